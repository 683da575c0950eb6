"""The database of a store: what is installed where, with queries and crash-safe changes.

Reading takes no lock and parses no spec that is not asked for. Changes are made in
:meth:`Database.transaction`, which holds the lock and becomes visible at once when it ends. Stores
below this one (upstreams) are read and never written. Files and formats are the business of
:mod:`spack.store.index_files`; must not know recipes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property

from spack.language.concrete_specs import ConcreteSpec
from spack.language.versions import parse_version
from spack.store.index_files import VERSION, IndexFiles, Snapshot
from spack.store.records import (
    InstallRecord,
    NoSuchSpecError,
    RawRecord,
    flat_node,
    node_dependencies,
)
from spack.type_names import TYPE_CHECKING, Any, Callable

# A question about what is installed does not need it.
if TYPE_CHECKING:
    from spack.store.changes import DatabaseChanges, Transaction

#: Directory of the database below the root of a store.
DIRECTORY = ".spack-db"

#: Version of the index to that of the node dictionaries in it.
_NODE_VERSION = {"5": 1, "6": 3, "7": 4, "8": 5}

#: Seconds to wait for the lock of the database unless configured.
LOCK_TIMEOUT = 60.0


class Database:
    """The records of one store, with read-only stores below it.

    Nothing is read before the first question.

    Args:
        root: root of the store; the files are in ``<root>/.spack-db``.
        upstreams: databases to look into after this one, nearest first.
        read_only: refuse changes and write no derived files.
        lock_timeout: seconds to wait for the lock, None for ever.
        durable: flush every change to the disk.
        locks: take the lock for changes; without, only one process may change the store.
        when_empty: called when a question finds no files of the database; may raise.
    """

    def __init__(
        self,
        root: str,
        *,
        upstreams: Sequence[Database] = (),
        read_only: bool = False,
        lock_timeout: float | None = LOCK_TIMEOUT,
        durable: bool = True,
        locks: bool = True,
        when_empty: Callable[[], None] = lambda: None,
    ) -> None:
        self.root = root
        self._when_empty = when_empty
        self.directory = os.path.join(root, DIRECTORY)
        self.upstreams = tuple(upstreams)
        self.read_only = read_only
        self.lock_timeout = lock_timeout
        self.locks = locks
        self.files = IndexFiles(self.directory, writable=not read_only, durable=durable)
        self._snapshot: Snapshot | None = None
        self._state: tuple[Any, ...] | None = None
        self._specs: dict[str, ConcreteSpec] = {}

    # Reading

    def refresh(self) -> None:
        """See changes that others have made since the last question; costs two file checks."""
        state = self.files.state()
        if self._snapshot is None or state != self._state:
            snapshot = self.files.load()
            if not snapshot.exists:
                self._when_empty()
            self._snapshot, self._state = snapshot, state

    def current(self) -> Snapshot:
        """The state that questions are answered from."""
        if self._snapshot is None:
            self.refresh()
        assert self._snapshot is not None
        return self._snapshot

    def get(self, digest: str) -> InstallRecord | None:
        """The record of a full hash, here or upstream; None when there is none."""
        row = self.current().row(digest)
        own = None if row is None else InstallRecord(row, self.concrete)
        if own is not None and own.installed:
            return own
        return self.upstream_record(digest) or own

    def local(self, digest: str) -> InstallRecord | None:
        """The record of a full hash in this store alone."""
        row = self.current().row(digest)
        return None if row is None else InstallRecord(row, self.concrete)

    def upstream_record(self, digest: str) -> InstallRecord | None:
        """The record of a full hash in the nearest upstream that has it installed."""
        for upstream in self.upstreams:
            record = upstream.get(digest)
            if record is not None and record.installed:
                record.upstream = True
                return record
        return None

    def is_installed(self, digest: str) -> bool:
        """Whether a hash is installed here or upstream."""
        record = self.get(digest)
        return record is not None and record.installed

    def starting_with(self, start: str, *, installed: bool | None = None) -> list[InstallRecord]:
        """Records whose hash begins with ``start``, here and upstream."""
        found: dict[str, InstallRecord] = {}
        for database in self._chain():
            for digest in database.current().starting_with(start.lower()):
                record = self.get(digest)
                if record is not None and (installed is None or record.installed == installed):
                    found.setdefault(digest, record)
        return list(found.values())

    def _chain(self) -> Iterator[Database]:
        yield self
        for upstream in self.upstreams:
            yield from upstream._chain()

    def concrete(self, digest: str) -> ConcreteSpec:
        """The concrete spec of a full hash, nodes shared between all specs of this database.

        Raises NoSuchSpecError when it, or a node below it, is recorded nowhere.
        """
        known = self._specs.get(digest)
        if known is None:
            known = self._read_spec(digest)
        return known

    def _raw(self, digest: str) -> tuple[RawRecord | None, str]:
        """A record as JSON and the version of its format, here or upstream."""
        for database in self._chain():
            snapshot = database.current()
            record = snapshot.get(digest)
            if record is not None:
                new = snapshot.in_journal(digest)
                return record, VERSION if new else snapshot.version
        return None, VERSION

    def _read_spec(self, digest: str) -> ConcreteSpec:
        """Parse a node and what lies below it, as far as it is not parsed already."""
        from spack.language.serialization import graph_from_nodes

        waiting: dict[str, dict[str, Mapping[str, Any]]] = {}
        known: dict[str, ConcreteSpec] = {}
        seen: set[str] = set()
        stack = [digest]
        while stack:
            wanted = stack.pop()
            if wanted in self._specs:
                known[wanted] = self._specs[wanted]
                continue
            if wanted in seen:
                continue
            seen.add(wanted)
            record, version = self._raw(wanted)
            if record is None:
                raise NoSuchSpecError(
                    f"the database of {self.root} has no record /{wanted[:7]}"
                    + (f", which /{digest[:7]} needs" if wanted != digest else ""),
                    hint="rebuild it from the installed packages with spack reindex",
                )
            node = flat_node(record["spec"])
            waiting.setdefault(version, {})[wanted] = node
            stack += [edge.hash for edge in node_dependencies(node)]
            build_spec = node.get("build_spec")
            if build_spec:
                stack.append(build_spec["hash"])
        # An upstream may be of an older version: its nodes are complete below themselves.
        for version in sorted(waiting):
            nodes = waiting[version].items()
            known = graph_from_nodes(nodes, _NODE_VERSION[version], known=known)
        self._specs.update(known)
        return self._specs[digest]

    def names(self) -> set[str]:
        """Names of the packages that are recorded, here and upstream."""
        return {name for database in self._chain() for name in database.current().names()}

    def records(self, *, upstream: bool = True, name: str | None = None) -> list[InstallRecord]:
        """Every record, installed or not; those of this store hide those below.

        With a name those of one package: no others are looked at.
        """
        found: dict[str, InstallRecord] = {}
        for database in self._chain() if upstream else (self,):
            for digest, row in database.current().rows(name).items():
                old = found.get(digest)
                if old is None or (row.installed and not old.installed):
                    found[digest] = InstallRecord(row, self.concrete, database is not self)
        return list(found.values())

    def query(
        self,
        *,
        installed: bool | None = True,
        explicit: bool | None = None,
        deprecated: bool | None = None,
        hashes: Collection[str] | None = None,
        since: float | None = None,
        until: float | None = None,
        upstream: bool = True,
        name: str | None = None,
        where: Callable[[InstallRecord], bool] | None = None,
    ) -> list[InstallRecord]:
        """Records that match, sorted by name, version and hash.

        Args:
            installed: True, False (recorded and absent), or None for both.
            explicit: True, False, or None for both.
            deprecated: True, False, or None for both.
            hashes: only these full hashes.
            since, until: bounds of the installation time, seconds since 1970, both inclusive.
            upstream: look into the stores below too.
            name: only records of this package.
            where: a last condition.
        """
        if hashes is None:
            candidates: Iterable[InstallRecord | None] = self.records(upstream=upstream, name=name)
        else:
            candidates = (self.get(digest) for digest in hashes)
        found = []
        for record in candidates:
            if record is None or (record.upstream and not upstream):
                continue
            row = record.row
            if name not in (None, row.name):
                continue
            if installed is not None and row.installed != installed:
                continue
            if explicit is not None and row.explicit != explicit:
                continue
            if deprecated is not None and (row.deprecated_for is not None) != deprecated:
                continue
            if since is not None and row.installation_time < since:
                continue
            if until is not None and row.installation_time > until:
                continue
            if where is None or where(record):
                found.append(record)
        return sorted(found, key=_by_name_and_version)

    # Changing

    @cached_property
    def _changes(self) -> DatabaseChanges:
        from spack.store.changes import DatabaseChanges

        return DatabaseChanges(self)

    def adopt(self, snapshot: Snapshot, gone: Iterable[str] = ()) -> None:
        """Answer questions from a state that was just written or loaded under the lock."""
        self._snapshot = snapshot
        self._state = self.files.state()
        for digest in gone:
            self._specs.pop(digest, None)

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Make changes together. They are on disk when the block ends; none of them on an error.

        Blocks may be nested; the outermost one writes. Raises LockTimeoutError and
        ReadOnlyDatabaseError.
        """
        return self._changes.transaction()

    def add(
        self,
        concrete: ConcreteSpec,
        path: str | None,
        *,
        explicit: bool = False,
    ) -> InstallRecord:
        """Record a node as installed; see :meth:`Transaction.add`."""
        with self.transaction() as changes:
            changes.add(concrete, path, explicit=explicit)
        record = self.local(concrete.dag_hash())
        assert record is not None
        return record

    def remove(self, digest: str) -> None:
        """Take a node out; see :meth:`Transaction.remove`."""
        with self.transaction() as changes:
            changes.remove(digest)

    def set_explicit(self, digests: Iterable[str], explicit: bool) -> None:
        """Mark records as asked for by a user, or as not. Raises NoSuchSpecError."""
        with self.transaction() as changes:
            for digest in digests:
                changes.update(digest, explicit=explicit)

    def deprecate(self, digest: str, replacement: str | None) -> None:
        """Note that a node is replaced by another; see :meth:`Transaction.deprecate`."""
        with self.transaction() as changes:
            changes.deprecate(digest, replacement)

    def raw_records(self) -> dict[str, RawRecord]:
        """Every record of this store as JSON, in the newest format; none when it is unreadable."""
        return self._changes.raw_records()

    def replace_all(self, records: Mapping[str, RawRecord]) -> None:
        """Have exactly these records, for making the database anew."""
        self._changes.replace_all(records)
        self._specs.clear()


def _by_name_and_version(record: InstallRecord) -> tuple[Any, ...]:
    return (record.name, parse_version(record.version), record.hash)
