"""The database of a store: what is installed where, with queries and crash-safe changes.

Reading takes no lock and parses no spec that is not asked for. Changes are made in
:meth:`Database.transaction`, which holds the lock and becomes visible at once when it ends. Stores
below this one (upstreams) are read and never written. Files and formats are the business of
:mod:`spack.store.index_files`; must not know recipes.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from spack.errors import SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.language.serialization import graph_from_nodes
from spack.language.specs import Spec
from spack.language.versions import parse_version
from spack.store.index_files import VERSION, DatabaseFormatError, IndexFiles, Row, Snapshot
from spack.store.records import (
    InstallRecord,
    RawRecord,
    RowDependency,
    node_dependencies,
    record_dict,
)
from spack.system.files.locks import Lock

#: Directory of the database below the root of a store.
DIRECTORY = ".spack-db"

#: Version of the index to that of the node dictionaries in it.
_NODE_VERSION = {"5": 1, "6": 3, "7": 4, "8": 5}

#: Seconds to wait for the lock of the database unless configured.
LOCK_TIMEOUT = 60.0

#: Seconds for which one who writes again leaves the lock to others.
_COURTESY = 0.002


class NoSuchSpecError(SpackError):
    """Nothing in the store matches."""


class AmbiguousSpecError(SpackError):
    """Several installed specs match where one is wanted."""


class ReadOnlyDatabaseError(SpackError):
    """A change of a database that is only read."""


class PrefixTakenError(SpackError):
    """Two installed specs would share a prefix."""


class Transaction:
    """Changes that are being collected; made by :meth:`Database.transaction`."""

    def __init__(self, database: "Database", snapshot: Snapshot) -> None:
        self._database = database
        self._snapshot = snapshot
        self.changes: Dict[str, Optional[RawRecord]] = {}

    def get(self, digest: str) -> Optional[RawRecord]:
        """The record as it will be. Do not change it: see :meth:`put`."""
        if digest in self.changes:
            return self.changes[digest]
        return self._snapshot.get(digest)

    def put(self, digest: str, record: RawRecord) -> None:
        """Set a whole record."""
        self.changes[digest] = record

    def update(self, digest: str, **fields: Any) -> None:
        """Change fields of a record. Raises NoSuchSpecError."""
        record = self.get(digest)
        if record is None:
            raise NoSuchSpecError(f"the store has no record /{digest[:7]}")
        self.changes[digest] = {**record, **fields}

    def add(
        self,
        concrete: ConcreteSpec,
        path: Optional[str],
        *,
        explicit: bool = False,
        installed: bool = True,
        installation_time: Optional[float] = None,
        origin: Optional[str] = None,
    ) -> None:
        """Record a node as installed at ``path``, and those below it that are not recorded.

        Those are recorded as absent, externals as present. A node that was asked for explicitly
        once stays explicit. Raises PrefixTakenError.
        """
        when = time.time() if installation_time is None else installation_time
        digest = concrete.dag_hash()
        if path is not None and installed and concrete.external is None:
            self._check_path(digest, path)
        self._add_closure(concrete, when)
        old = self.get(digest)
        if old is None:
            self._create(concrete, path, installed, explicit, when, origin)
            return
        changed = {
            **old,
            "path": path,
            "installed": installed,
            "explicit": explicit or bool(old.get("explicit")),
            "installation_time": when,
        }
        if origin is not None:
            changed["origin"] = origin
        self.changes[digest] = changed

    def _check_path(self, digest: str, path: str) -> None:
        for other, record in self.changes.items():
            if other != digest and record and record["installed"] and record["path"] == path:
                raise PrefixTakenError(_taken(path, other))
        for row in self._snapshot.rows().values():
            if row.path == path and row.hash != digest and row.installed:
                if row.hash not in self.changes and not row.external:
                    raise PrefixTakenError(_taken(path, row.hash))

    def _add_closure(self, concrete: ConcreteSpec, when: float) -> None:
        """Record what lies below a node, children first."""
        stack: List[Tuple[ConcreteSpec, bool]] = [(concrete, False)]
        seen: Set[str] = set()
        root = concrete.dag_hash()
        while stack:
            node, ready = stack.pop()
            digest = node.dag_hash()
            if ready:
                if digest != root and self.get(digest) is None:
                    external = node.external is not None
                    path = node.external.path if node.external is not None else None
                    self._create(node, path, external, False, when, None)
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
        upstream = self._database.upstream_record(digest)
        return upstream is not None and upstream.installed

    def _create(
        self,
        concrete: ConcreteSpec,
        path: Optional[str],
        installed: bool,
        explicit: bool,
        when: float,
        origin: Optional[str],
    ) -> None:
        node = concrete.node_dict()
        digest = concrete.dag_hash()
        self.changes[digest] = record_dict(
            node,
            path=path,
            installed=installed,
            explicit=explicit,
            installation_time=when,
            origin=origin,
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
        record = self.get(digest)
        if record is None:
            raise NoSuchSpecError(f"the store has no record /{digest[:7]}")
        if int(record.get("ref_count", 0)) > 0:
            self.changes[digest] = {**record, "installed": False}
            return
        self._drop(digest, record)

    def _drop(self, digest: str, record: RawRecord) -> None:
        stack = [(digest, record)]
        while stack:
            gone, old = stack.pop()
            self.changes[gone] = None
            if old.get("deprecated_for"):
                self.count(old["deprecated_for"], -1)
            for edge in node_dependencies(_flat(old["spec"])):
                left = self.count(edge.hash, -1)
                child = self.get(edge.hash)
                if child is not None and not left and not child.get("installed"):
                    stack.append((edge.hash, child))


def _taken(path: str, digest: str) -> str:
    return f"the prefix {path} belongs to /{digest[:7]} already"


def _flat(node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "name" in node:
        return node
    ((name, body),) = node.items()
    return {"name": name, **body}


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
    """

    def __init__(
        self,
        root: str,
        *,
        upstreams: Sequence["Database"] = (),
        read_only: bool = False,
        lock_timeout: Optional[float] = LOCK_TIMEOUT,
        durable: bool = True,
        locks: bool = True,
    ) -> None:
        self.root = root
        self.directory = os.path.join(root, DIRECTORY)
        self.upstreams = tuple(upstreams)
        self.read_only = read_only
        self.lock_timeout = lock_timeout
        self._locks = locks
        self._files = IndexFiles(self.directory, writable=not read_only, durable=durable)
        self._snapshot: Optional[Snapshot] = None
        self._state: Optional[Tuple[Any, ...]] = None
        self._specs: Dict[str, ConcreteSpec] = {}
        self._transaction: Optional[Transaction] = None
        self._released = -_COURTESY

    # Reading

    def refresh(self) -> None:
        """See changes that others have made since the last question; costs two file checks."""
        state = self._files.state()
        if self._snapshot is None or state != self._state:
            self._snapshot = self._files.load()
            self._state = state

    def _current(self) -> Snapshot:
        if self._snapshot is None:
            self.refresh()
        assert self._snapshot is not None
        return self._snapshot

    @property
    def verifier(self) -> str:
        """Changes with every write of the index."""
        return self._files.verifier()

    def get(self, digest: str) -> Optional[InstallRecord]:
        """The record of a full hash, here or upstream; None when there is none."""
        row = self._current().row(digest)
        own = None if row is None else InstallRecord(row, self.concrete)
        if own is not None and own.installed:
            return own
        return self.upstream_record(digest) or own

    def local(self, digest: str) -> Optional[InstallRecord]:
        """The record of a full hash in this store alone."""
        row = self._current().row(digest)
        return None if row is None else InstallRecord(row, self.concrete)

    def upstream_record(self, digest: str) -> Optional[InstallRecord]:
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

    def starting_with(self, start: str, *, installed: Optional[bool] = None) -> List[InstallRecord]:
        """Records whose hash begins with ``start``, here and upstream."""
        found: Dict[str, InstallRecord] = {}
        for database in self._chain():
            for digest in database._current().starting_with(start.lower()):
                record = self.get(digest)
                if record is not None and (installed is None or record.installed == installed):
                    found.setdefault(digest, record)
        return list(found.values())

    def _chain(self) -> Iterator["Database"]:
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

    def _raw(self, digest: str) -> Tuple[Optional[RawRecord], str]:
        """A record as JSON and the version of its format, here or upstream."""
        for database in self._chain():
            snapshot = database._current()
            record = snapshot.get(digest)
            if record is not None:
                new = snapshot.in_journal(digest)
                return record, VERSION if new else snapshot.version
        return None, VERSION

    def _read_spec(self, digest: str) -> ConcreteSpec:
        """Parse a node and what lies below it, as far as it is not parsed already."""
        waiting: Dict[str, Dict[str, Mapping[str, Any]]] = {}
        known: Dict[str, ConcreteSpec] = {}
        seen: Set[str] = set()
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
                    hint="make it again from the installed packages: spack reindex",
                )
            node = _flat(record["spec"])
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

    def records(self, *, upstream: bool = True) -> List[InstallRecord]:
        """Every record, installed or not; those of this store hide those below."""
        found: Dict[str, InstallRecord] = {}
        for database in self._chain() if upstream else (self,):
            for digest, row in database._current().rows().items():
                old = found.get(digest)
                if old is None or (row.installed and not old.installed):
                    found[digest] = InstallRecord(row, self.concrete, database is not self)
        return list(found.values())

    def query(
        self,
        constraint: Union[Spec, str, None] = None,
        *,
        installed: Optional[bool] = True,
        explicit: Optional[bool] = None,
        deprecated: Optional[bool] = None,
        hashes: Optional[Collection[str]] = None,
        since: Optional[float] = None,
        until: Optional[float] = None,
        upstream: bool = True,
        where: Optional[Callable[[InstallRecord], bool]] = None,
    ) -> List[InstallRecord]:
        """Records that match, sorted by name, version and hash.

        Args:
            constraint: spec or its text; None matches everything. A virtual name matches what
                recorded dependents use for it.
            installed: True, False (recorded and absent), or None for both.
            explicit: True, False, or None for both.
            deprecated: True, False, or None for both.
            hashes: only these full hashes.
            since, until: bounds of the installation time, seconds since 1970, both inclusive.
            upstream: look into the stores below too.
            where: a last condition.
        """
        wanted = parse_spec(constraint) if isinstance(constraint, str) else constraint
        found = []
        for record in self._candidates(wanted, hashes, upstream):
            row = record.row
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
            if wanted is not None and not self._matches(record, wanted):
                continue
            if where is None or where(record):
                found.append(record)
        return sorted(found, key=_by_name_and_version)

    def _candidates(
        self, wanted: Optional[Spec], hashes: Optional[Collection[str]], upstream: bool
    ) -> Iterable[InstallRecord]:
        if hashes is not None:
            found = (self.get(digest) for digest in hashes)
            return [r for r in found if r is not None and (upstream or not r.upstream)]
        if wanted is not None and wanted.abstract_hash:
            records = self.starting_with(wanted.abstract_hash)
            return [r for r in records if upstream or not r.upstream]
        return self.records(upstream=upstream)

    def _matches(self, record: InstallRecord, wanted: Spec) -> bool:
        """Whether a record satisfies a spec; its own spec is read only if fields do not decide."""
        row = record.row
        if wanted.name is not None and wanted.name != row.name:
            return self._provides(row.hash, wanted) and satisfies(record.spec, _anonymous(wanted))
        if wanted.namespace is not None and wanted.namespace != row.namespace:
            return False
        if wanted.platform is not None and wanted.platform != row.platform:
            return False
        if wanted.os is not None and wanted.os != row.os:
            return False
        if wanted.abstract_hash and not row.hash.startswith(wanted.abstract_hash):
            return False
        if not wanted.versions.is_any and not row.version.startswith("git."):
            if not wanted.versions.contains(parse_version(row.version)):
                return False
        if not (wanted.variants or wanted.flags or wanted.target or wanted.dependencies):
            if wanted.versions.is_any or not row.version.startswith("git."):
                return True
        return satisfies(record.spec, wanted)

    def _provides(self, digest: str, wanted: Spec) -> bool:
        """Whether a recorded dependent uses the node for the virtual that a spec names."""
        if not wanted.versions.is_any:
            return False
        for database in self._chain():
            for row in database._current().rows().values():
                for edge in row.dependencies:
                    if edge.hash == digest and wanted.name in edge.virtuals:
                        return True
        return False

    def one(
        self, constraint: Union[Spec, str], *, installed: Optional[bool] = True
    ) -> InstallRecord:
        """The one record that matches. Raises NoSuchSpecError or AmbiguousSpecError."""
        found = self.query(constraint, installed=installed)
        if not found:
            raise NoSuchSpecError(
                f"no installed package matches {constraint}", hint="spack find lists what there is"
            )
        if len(found) > 1:
            lines = [f"    {r.name}@{r.version} /{r.hash[:7]}  {r.path or ''}" for r in found]
            raise AmbiguousSpecError(
                f"{constraint} matches {len(found)} installed packages",
                details="\n".join(lines),
                hint=f"name one by its hash: /{found[0].hash[:7]}",
            )
        return found[0]

    def dependencies(
        self, digest: str, types: int = deptypes.ALL, *, transitive: bool = True
    ) -> List[InstallRecord]:
        """What a node needs by edges of these types, itself not included, breadth first."""
        return self._walk(digest, lambda h: self._edges_of(h), types, transitive)

    def dependents(
        self,
        digest: str,
        types: int = deptypes.ALL,
        *,
        transitive: bool = True,
        installed: Optional[bool] = True,
    ) -> List[InstallRecord]:
        """Recorded nodes that need a node by edges of these types, breadth first."""
        parents: Dict[str, List[RowDependency]] = {}
        for record in self.records():
            for edge in record.dependencies:
                parents.setdefault(edge.hash, []).append(
                    RowDependency(record.hash, edge.deptypes, edge.virtuals)
                )
        found = self._walk(digest, lambda h: parents.get(h, ()), types, transitive)
        return [r for r in found if installed is None or r.installed == installed]

    def _edges_of(self, digest: str) -> Sequence[RowDependency]:
        record = self.get(digest)
        return () if record is None else record.dependencies

    def _walk(
        self,
        digest: str,
        edges: Callable[[str], Sequence[RowDependency]],
        types: int,
        transitive: bool,
    ) -> List[InstallRecord]:
        found: Dict[str, InstallRecord] = {}
        wave = [digest]
        while wave:
            following = []
            for parent in wave:
                for edge in edges(parent):
                    if edge.deptypes & types and edge.hash not in found and edge.hash != digest:
                        record = self.get(edge.hash)
                        if record is not None:
                            found[edge.hash] = record
                            following.append(edge.hash)
            wave = following if transitive else []
        return list(found.values())

    def unused(
        self,
        roots: Iterable[str] = (),
        *,
        types: int = deptypes.LINK | deptypes.RUN,
        explicit_is_root: bool = True,
    ) -> List[InstallRecord]:
        """Installed packages of this store that nothing asked for needs, dependents first.

        Roots are the explicit records, unless switched off, and the given hashes. Dependencies
        are followed along ``types``; externals are never unused.
        """
        rows = self._current().rows()
        wave = [digest for digest in roots if digest in rows]
        if explicit_is_root:
            wave += [row.hash for row in rows.values() if row.explicit and row.installed]
        needed: Set[str] = set(wave)
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
        order = _dependents_first(unused, rows)
        return [InstallRecord(rows[digest], self.concrete) for digest in order]

    # Changing

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Make changes together. They are on disk when the block ends; none of them on an error.

        Blocks may be nested; the outermost one writes. Raises LockTimeoutError and
        ReadOnlyDatabaseError.
        """
        if self._transaction is not None:
            yield self._transaction
            return
        if self.read_only:
            raise ReadOnlyDatabaseError(f"the store {self.root} is only read here")
        with self._locked():
            snapshot = self._files.load()
            snapshot = self._in_newest_format(snapshot)
            self._transaction = Transaction(self, snapshot)
            try:
                yield self._transaction
                changes = self._transaction.changes
            finally:
                self._transaction = None
            if changes:
                snapshot = self._files.append(snapshot, changes)
                if self._files.wants_folding(snapshot):
                    snapshot = self._files.fold(snapshot)
            self._snapshot = snapshot
            self._state = self._files.state()
            for digest, record in changes.items():
                if record is None:
                    self._specs.pop(digest, None)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            os.makedirs(self.directory, exist_ok=True)
        except OSError as error:
            raise ReadOnlyDatabaseError(
                f"cannot write the database {self.directory}: {error.strerror}"
            ) from error
        if not self._locks:
            yield
            return
        waited = time.monotonic() - self._released
        if waited < _COURTESY:
            time.sleep(_COURTESY - waited)
        lock = Lock(os.path.join(self.directory, "lock"), description="the database")
        try:
            with lock.exclusive(timeout=self.lock_timeout):
                yield
        finally:
            self._released = time.monotonic()

    def _in_newest_format(self, snapshot: Snapshot) -> Snapshot:
        """Rewrite an index of an older version before the first change of it."""
        if snapshot.version == VERSION:
            return snapshot
        self._snapshot = snapshot
        converted: Dict[str, RawRecord] = {}
        for digest in snapshot.hashes():
            record = snapshot.get(digest)
            assert record is not None
            converted[digest] = {**record, "spec": self.concrete(digest).node_dict()}
        return self._files.replace_all(snapshot, converted)

    def add(
        self,
        concrete: ConcreteSpec,
        path: Optional[str],
        *,
        explicit: bool = False,
        installation_time: Optional[float] = None,
        origin: Optional[str] = None,
    ) -> InstallRecord:
        """Record a node as installed; see :meth:`Transaction.add`."""
        with self.transaction() as changes:
            changes.add(
                concrete,
                path,
                explicit=explicit,
                installation_time=installation_time,
                origin=origin,
            )
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

    def deprecate(self, digest: str, replacement: Optional[str]) -> None:
        """Note that a node is replaced by another; None takes it back. Raises NoSuchSpecError."""
        with self.transaction() as changes:
            old = changes.get(digest)
            if old is None:
                raise NoSuchSpecError(f"the store has no record /{digest[:7]}")
            before = old.get("deprecated_for")
            if before == replacement:
                return
            if before is not None:
                changes.count(before, -1)
            if replacement is not None:
                if changes.get(replacement) is None:
                    raise NoSuchSpecError(f"the store has no record /{replacement[:7]}")
                changes.count(replacement, 1)
            changes.update(digest, deprecated_for=replacement)

    def fold(self) -> None:
        """Bring ``index.json`` up to date, for programs that read only that file."""
        if self.read_only:
            return
        with self._locked():
            snapshot = self._in_newest_format(self._files.load())
            if snapshot.changes or not os.path.exists(self._files.index_path):
                snapshot = self._files.fold(snapshot)
            self._snapshot = snapshot
            self._state = self._files.state()

    def raw_records(self) -> Dict[str, RawRecord]:
        """Every record of this store as JSON, in the newest format; none when it is unreadable."""
        try:
            self.refresh()
            snapshot = self._current()
            raw = {digest: snapshot.get(digest) for digest in snapshot.hashes()}
        except DatabaseFormatError:
            return {}
        found = {}
        for digest, record in raw.items():
            assert record is not None
            if snapshot.version != VERSION and not snapshot.in_journal(digest):
                record = {**record, "spec": self.concrete(digest).node_dict()}
            found[digest] = record
        return found

    def replace_all(self, records: Mapping[str, RawRecord]) -> None:
        """Have exactly these records, for making the database anew."""
        if self.read_only:
            raise ReadOnlyDatabaseError(f"the store {self.root} is only read here")
        with self._locked():
            try:
                before = self._files.load()
            except DatabaseFormatError:
                before = Snapshot.nothing()
            self._snapshot = self._files.replace_all(before, records)
            self._state = self._files.state()
            self._specs.clear()


def _anonymous(wanted: Spec) -> Spec:
    """The constraint without name and version, for a provider of a virtual."""
    return Spec(
        None,
        variants=wanted.variants,
        flags=wanted.flags,
        platform=wanted.platform,
        os=wanted.os,
        target=wanted.target,
        dependencies=wanted.dependencies,
    )


def _by_name_and_version(record: InstallRecord) -> Tuple[Any, ...]:
    return (record.name, parse_version(record.version), record.hash)


def _dependents_first(chosen: Set[str], rows: Mapping[str, Row]) -> List[str]:
    """The chosen hashes, every one before those it depends on; ties by name."""
    waiting = dict.fromkeys(chosen, 0)
    for digest in chosen:
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
