"""Changes of a database: collected in a transaction, written under the lock.

Loaded when something changes. Knows the records as JSON; how files are written is the business of
:mod:`spack.store.index_writing`.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.store.index_files import VERSION, DatabaseFormatError, IndexFiles, Snapshot
from spack.store.index_writing import append, fold, replace_all, wants_folding
from spack.store.records import (
    InstallRecord,
    NoSuchSpecError,
    RawRecord,
    flat_node,
    node_dependencies,
    record_dict,
)
from spack.system.files.locks import Lock
from spack.type_names import Any, Callable, Protocol

#: Seconds for which one who writes again leaves the lock to others.
_COURTESY = 0.002


class ReadOnlyDatabaseError(SpackError):
    """A change of a database that is only read."""


class PrefixTakenError(SpackError):
    """Two installed specs would share a prefix."""


class Transaction:
    """Changes that are being collected; made by :meth:`Database.transaction`."""

    def __init__(
        self, snapshot: Snapshot, upstream_record: Callable[[str], InstallRecord | None]
    ) -> None:
        self._snapshot = snapshot
        self._upstream_record = upstream_record
        self.changes: dict[str, RawRecord | None] = {}

    def get(self, digest: str) -> RawRecord | None:
        """The record as it will be. Do not change it: see :meth:`put`."""
        if digest in self.changes:
            return self.changes[digest]
        return self._snapshot.get(digest)

    def put(self, digest: str, record: RawRecord) -> None:
        """Set a whole record."""
        self.changes[digest] = record

    def update(self, digest: str, **fields: Any) -> None:
        """Change fields of a record. Raises NoSuchSpecError."""
        self.changes[digest] = {**self._existing(digest), **fields}

    def _existing(self, digest: str) -> RawRecord:
        record = self.get(digest)
        if record is None:
            raise NoSuchSpecError(f"the store has no record /{digest[:7]}")
        return record

    def add(
        self,
        concrete: ConcreteSpec,
        path: str | None,
        *,
        explicit: bool = False,
    ) -> None:
        """Record a node as installed at ``path``, and those below it that are not recorded.

        Those are recorded as absent, externals as present. A node that was asked for explicitly
        once stays explicit. Raises PrefixTakenError.
        """
        when = time.time()
        digest = concrete.dag_hash()
        if path is not None and concrete.external is None:
            self._check_path(digest, path)
        self._add_closure(concrete, when)
        old = self.get(digest)
        if old is None:
            self._create(concrete, path, True, explicit, when)
            return
        self.changes[digest] = {
            **old,
            "path": path,
            "installed": True,
            "explicit": explicit or bool(old.get("explicit")),
            "installation_time": when,
        }

    def _check_path(self, digest: str, path: str) -> None:
        for other, record in self.changes.items():
            if other != digest and record and record["installed"] and record["path"] == path:
                raise PrefixTakenError(_taken(path, other))
        for row in self._snapshot.rows_at(path):
            if row.hash != digest and row.installed:
                if row.hash not in self.changes and not row.external:
                    raise PrefixTakenError(_taken(path, row.hash))

    def _add_closure(self, concrete: ConcreteSpec, when: float) -> None:
        """Record what lies below a node, children first."""
        stack: list[tuple[ConcreteSpec, bool]] = [(concrete, False)]
        seen: set[str] = set()
        root = concrete.dag_hash()
        while stack:
            node, ready = stack.pop()
            digest = node.dag_hash()
            if ready:
                if digest != root and self.get(digest) is None:
                    external = node.external is not None
                    path = node.external.path if node.external is not None else None
                    self._create(node, path, external, False, when)
                continue
            if digest in seen or (digest != root and self._known(digest)):
                continue
            seen.add(digest)
            stack.append((node, True))
            for edge in node.dependencies:
                stack.append((edge.spec, False))
            if node.build_spec is not None:
                stack.append((node.build_spec, False))

    def _known(self, digest: str) -> bool:
        if self.get(digest) is not None:
            return True
        upstream = self._upstream_record(digest)
        return upstream is not None and upstream.installed

    def _create(
        self,
        concrete: ConcreteSpec,
        path: str | None,
        installed: bool,
        explicit: bool,
        when: float,
    ) -> None:
        node = concrete.node_dict()
        digest = concrete.dag_hash()
        self.changes[digest] = record_dict(
            node,
            path=path,
            installed=installed,
            explicit=explicit,
            installation_time=when,
        )
        for edge in node_dependencies(node):
            self.count(edge.hash, 1)

    def count(self, digest: str, step: int) -> int:
        """Change the number of dependents of a record; the new number, 0 for unrecorded ones."""
        record = self.get(digest)
        if record is None:
            return 0
        number = max(0, int(record.get("ref_count", 0)) + step)
        self.changes[digest] = {**record, "ref_count": number}
        return number

    def remove(self, digest: str) -> None:
        """Take a node out: it stays as absent while recorded dependents need it.

        Records of absent nodes that only it needed go too. Raises NoSuchSpecError.
        """
        record = self._existing(digest)
        if int(record.get("ref_count", 0)) > 0:
            self.changes[digest] = {**record, "installed": False}
            return
        self._drop(digest, record)

    def deprecate(self, digest: str, replacement: str | None) -> None:
        """Note that a node is replaced by another; None takes it back. Raises NoSuchSpecError."""
        before = self._existing(digest).get("deprecated_for")
        if before == replacement:
            return
        if before is not None:
            self.count(before, -1)
        if replacement is not None:
            self._existing(replacement)
            self.count(replacement, 1)
        self.update(digest, deprecated_for=replacement)

    def _drop(self, digest: str, record: RawRecord) -> None:
        stack = [(digest, record)]
        while stack:
            gone, old = stack.pop()
            self.changes[gone] = None
            if old.get("deprecated_for"):
                self.count(old["deprecated_for"], -1)
            for edge in node_dependencies(flat_node(old["spec"])):
                left = self.count(edge.hash, -1)
                child = self.get(edge.hash)
                if child is not None and not left and not child.get("installed"):
                    stack.append((edge.hash, child))


def _taken(path: str, digest: str) -> str:
    return f"the prefix {path} belongs to /{digest[:7]} already"


class ChangedDatabase(Protocol):
    """The database as those who change it see it."""

    root: str
    directory: str
    read_only: bool
    lock_timeout: float | None
    locks: bool
    files: IndexFiles

    def refresh(self) -> None:
        """See changes that others have made."""

    def current(self) -> Snapshot:
        """The state that questions are answered from."""

    def adopt(self, snapshot: Snapshot, gone: Iterable[str] = ()) -> None:
        """Answer questions from another state."""

    def concrete(self, digest: str) -> ConcreteSpec:
        """The spec of a recorded hash."""

    def upstream_record(self, digest: str) -> InstallRecord | None:
        """The record of a hash that is installed upstream."""


class DatabaseChanges:
    """The writer of one database: it holds the lock."""

    def __init__(self, database: ChangedDatabase) -> None:
        self._database = database
        self._files = database.files
        self._transaction: Transaction | None = None
        self._released = -_COURTESY

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """See :meth:`spack.store.database.Database.transaction`."""
        if self._transaction is not None:
            yield self._transaction
            return
        if self._database.read_only:
            raise ReadOnlyDatabaseError(f"the store {self._database.root} is only read here")
        with self._locked():
            snapshot = self._files.load()
            snapshot = self._in_newest_format(snapshot)
            self._transaction = Transaction(snapshot, self._database.upstream_record)
            try:
                yield self._transaction
                changes = self._transaction.changes
            finally:
                self._transaction = None
            if changes:
                snapshot = append(self._files, snapshot, changes)
                if wants_folding(snapshot):
                    snapshot = fold(self._files, snapshot)
            gone = [digest for digest, record in changes.items() if record is None]
            self._database.adopt(snapshot, gone)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            os.makedirs(self._database.directory, exist_ok=True)
        except OSError as error:
            raise ReadOnlyDatabaseError(
                f"cannot write the database {self._database.directory}: {error.strerror}"
            ) from error
        if not self._database.locks:
            yield
            return
        waited = time.monotonic() - self._released
        if waited < _COURTESY:
            time.sleep(_COURTESY - waited)
        lock = Lock(os.path.join(self._database.directory, "lock"), description="the database")
        try:
            with lock.exclusive(timeout=self._database.lock_timeout):
                yield
        finally:
            self._released = time.monotonic()

    def _in_newest_format(self, snapshot: Snapshot) -> Snapshot:
        """Rewrite an index of an older version before the first change of it."""
        if snapshot.version == VERSION:
            return snapshot
        self._database.adopt(snapshot)
        converted: dict[str, RawRecord] = {}
        for digest in snapshot.hashes():
            record = snapshot.get(digest)
            assert record is not None
            converted[digest] = {**record, "spec": self._database.concrete(digest).node_dict()}
        return replace_all(self._files, snapshot, converted)

    def raw_records(self) -> dict[str, RawRecord]:
        """Every record of this store as JSON, in the newest format; none when it is unreadable."""
        try:
            self._database.refresh()
            snapshot = self._database.current()
            raw = {digest: snapshot.get(digest) for digest in snapshot.hashes()}
        except DatabaseFormatError:
            return {}
        found = {}
        for digest, record in raw.items():
            assert record is not None
            if snapshot.version != VERSION and not snapshot.in_journal(digest):
                record = {**record, "spec": self._database.concrete(digest).node_dict()}
            found[digest] = record
        return found

    def replace_all(self, records: Mapping[str, RawRecord]) -> None:
        """Have exactly these records, for making the database anew."""
        if self._database.read_only:
            raise ReadOnlyDatabaseError(f"the store {self._database.root} is only read here")
        with self._locked():
            try:
                before = self._files.load()
            except DatabaseFormatError:
                before = Snapshot.nothing()
            self._database.adopt(replace_all(self._files, before, records))
