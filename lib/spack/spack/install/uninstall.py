"""Removing installed packages: what may go, in which order, and the removal itself."""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import SpackError
from spack.language import deptypes
from spack.store.graph import dependents as installed_dependents
from spack.store.graph import dependents_first
from spack.store.records import InstallRecord
from spack.store.store import Store
from spack.type_names import Callable

#: Edges along which an installed package needs another one.
NEEDED = deptypes.LINK | deptypes.RUN


class NeededByOthersError(SpackError):
    """Installed packages need what is to be removed."""


class UpstreamError(SpackError):
    """A package of a read-only store cannot be removed."""


def select(
    store: Store, records: Sequence[InstallRecord], *, dependents: bool = False, force: bool = False
) -> list[InstallRecord]:
    """Select all that has to go for ``records`` to be removed, dependents before dependencies.

    Args:
        dependents: also what needs them.
        force: although others need them, which break.

    Raises NeededByOthersError with the list of those others, UpstreamError.
    """
    database = store.database
    chosen: dict[str, InstallRecord] = {}
    for record in records:
        if record.upstream:
            raise UpstreamError(
                f"{record.name}@{record.version} /{record.hash[:7]} belongs to an upstream store",
                hint="uninstall it there",
            )
        chosen[record.hash] = record
    needing: dict[str, list[InstallRecord]] = {}
    for record in list(chosen.values()):
        for other in installed_dependents(database, record.hash, NEEDED):
            if other.hash in chosen or other.upstream:
                continue
            if dependents:
                chosen[other.hash] = other
            else:
                needing.setdefault(record.hash, []).append(other)
    if needing and not force:
        lines = []
        for digest, others in needing.items():
            record = chosen[digest]
            lines.append(f"    {record.name}@{record.version} /{digest[:7]} is needed by")
            lines += [f"        {o.name}@{o.version} /{o.hash[:7]}" for o in others]
        raise NeededByOthersError(
            "other installed packages need these",
            details="\n".join(lines),
            hint="uninstall the dependents, too (--dependents), or uninstall anyway (--force)",
        )
    return [chosen[digest] for digest in dependents_first(chosen, database.current().rows())]


def uninstall(
    store: Store,
    records: Sequence[InstallRecord],
    *,
    dependents: bool = False,
    force: bool = False,
    before_remove: Callable[[InstallRecord], None] = lambda record: None,
) -> list[InstallRecord]:
    """Remove packages; those removed, in order.

    ``before_remove`` is called for each under its lock, for module files and the like. Raises
    NeededByOthersError, UpstreamError, LockTimeoutError, ReadOnlyStoreError.
    """
    removed = []
    for record in select(store, records, dependents=dependents, force=force):
        store.check_writable()
        with store.locks.writing(record.hash):
            store.database.refresh()
            now = store.database.local(record.hash)
            if now is None or not now.installed:
                continue
            before_remove(now)
            store.uninstall(now)
            removed.append(record)
    return removed


def mark(store: Store, records: Sequence[InstallRecord], *, explicit: bool) -> int:
    """Mark packages of this store as asked for, or as not; how many changed.

    Raises ReadOnlyStoreError.
    """
    changing = [
        record.hash for record in records if not record.upstream and record.explicit != explicit
    ]
    if changing:
        store.check_writable()
        store.database.set_explicit(changing, explicit)
    return len(changing)
