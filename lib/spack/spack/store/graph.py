"""The needs in a database, and what nothing needs any more. Knows no spec: edges are rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from spack.language import deptypes
from spack.store.database import Database
from spack.store.records import IndexRow, InstallRecord, RowDependency
from spack.type_names import Callable


def dependencies(
    database: Database, digest: str, types: int = deptypes.ALL, *, transitive: bool = True
) -> list[InstallRecord]:
    """The nodes that a node needs by edges of these types, itself not included, breadth first."""
    return _walk(database, (digest,), lambda h: _edges_of(database, h), types, transitive)


def dependents(
    database: Database, digest: str, types: int = deptypes.ALL, *, transitive: bool = True
) -> list[InstallRecord]:
    """Installed packages that need a node by edges of these types, breadth first."""
    return dependents_of_any(database, (digest,), types, transitive=transitive)


def dependents_of_any(
    database: Database,
    digests: Collection[str],
    types: int = deptypes.ALL,
    *,
    transitive: bool = True,
) -> list[InstallRecord]:
    """Installed packages that need one of some nodes and are none of them, breadth first."""
    parents: dict[str, list[RowDependency]] = {}
    for record in database.records():
        for edge in record.dependencies:
            parents.setdefault(edge.hash, []).append(
                RowDependency(record.hash, edge.deptypes, edge.virtuals)
            )
    found = _walk(database, digests, lambda h: parents.get(h, ()), types, transitive)
    return [record for record in found if record.installed]


def _edges_of(database: Database, digest: str) -> Sequence[RowDependency]:
    record = database.get(digest)
    return () if record is None else record.dependencies


def _walk(
    database: Database,
    digests: Collection[str],
    edges: Callable[[str], Sequence[RowDependency]],
    types: int,
    transitive: bool,
) -> list[InstallRecord]:
    found: dict[str, InstallRecord] = {}
    wave = list(digests)
    while wave:
        following = []
        for parent in wave:
            for edge in edges(parent):
                if edge.deptypes & types and edge.hash not in found and edge.hash not in digests:
                    record = database.get(edge.hash)
                    if record is not None:
                        found[edge.hash] = record
                        following.append(edge.hash)
        wave = following if transitive else []
    return list(found.values())


def unused(
    database: Database, roots: Iterable[str] = (), *, types: int = deptypes.LINK | deptypes.RUN
) -> list[InstallRecord]:
    """Installed packages of this store that nothing asked for needs, dependents first.

    Roots are the explicit records and the given hashes. Dependencies are followed along ``types``;
    externals are never unused.
    """
    rows = database.current().rows()
    wave = [digest for digest in roots if digest in rows]
    wave += [row.hash for row in rows.values() if row.explicit and row.installed]
    needed: set[str] = set(wave)
    while wave:
        row = rows.get(wave.pop())
        for edge in row.dependencies if row is not None else ():
            if edge.deptypes & types and edge.hash not in needed:
                needed.add(edge.hash)
                wave.append(edge.hash)
    unused = {
        row.hash
        for row in rows.values()
        if row.installed and not row.external and row.hash not in needed
    }
    order = dependents_first(unused, rows)
    return [InstallRecord(rows[digest], database.concrete) for digest in order]


def dependents_first(chosen: Iterable[str], rows: Mapping[str, IndexRow]) -> list[str]:
    """The chosen hashes, every one before those it depends on; ties by name."""
    waiting = dict.fromkeys(chosen, 0)
    for digest in waiting:
        for edge in rows[digest].dependencies:
            if edge.hash in waiting:
                waiting[edge.hash] += 1
    ready = sorted((d for d, n in waiting.items() if not n), key=lambda d: (rows[d].name, d))
    order = []
    while ready:
        digest = ready.pop(0)
        order.append(digest)
        for edge in rows[digest].dependencies:
            if edge.hash in waiting:
                waiting[edge.hash] -= 1
                if not waiting[edge.hash]:
                    ready.append(edge.hash)
    return order
