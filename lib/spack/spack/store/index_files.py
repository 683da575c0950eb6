"""The database on disk: ``index.json``, the journal of changes beside it, and a cache for readers.

Terms. The *index* is Spack's file: ``{"database": {"version": "8", "installs": {HASH: record}}}``.
The *journal* holds changes that are not in the index yet, one line for each transaction. *Folding*
writes a new index with the changes and removes the journal. The *rows* file is derived: where each
record starts in the index, and the few fields that listings need.

Readers never lock. The index is only ever replaced by a rename, the journal only ever grows by
one write of whole lines with a checksum each, so a reader sees a state that was true at some
moment. Journals are numbered, and an index names the last journal that is folded into it; a
journal that was folded and could not be removed is therefore ignored. A writer that is killed at
any byte leaves a torn last line, which is ignored and cut off by the next writer, or an unfinished
temporary file. Writing needs the lock that :mod:`spack.store.database` holds; here none is taken.

Knows nothing of specs beyond the keys of their dictionaries.
"""

from __future__ import annotations

import bisect
import contextlib
import json
import os
import zlib
from typing import (
    Any,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
    overload,
)

from spack.errors import SpackError
from spack.system.files.kept import Stamp

#: Version of the index that is written.
VERSION = "8"
#: Versions that are read.
READABLE = ("5", "6", "7", "8")

_ROWS_FORMAT = 2
_HASH_LENGTH = 32
_ENTRY_LENGTH = _HASH_LENGTH + 12 + 8 + 1

#: Up to this size of the index every change is folded at once: it costs a few milliseconds, and
#: other programs see it. Above, the journal is folded when it is larger than a part of the index.
_SMALL_INDEX = 1 << 20
_SMALL_JOURNAL = 1 << 18
_JOURNAL_SHARE = 4

_TYPE_BITS = {"build": 4, "link": 1, "run": 2, "test": 8}

#: A record of the index as it is in JSON.
RawRecord = Dict[str, Any]


class DatabaseFormatError(SpackError):
    """The index is of an unknown version or is no index at all."""


class RowDependency(NamedTuple):
    """An edge in a row: hash of the child, dependency type flags, virtuals it provides."""

    hash: str
    deptypes: int
    virtuals: Tuple[str, ...]


class _PackedEdges(Sequence[RowDependency]):
    """The edges of a row of a rows file, decoded when they are looked at.

    Most questions look at few edges of few rows, and the edges are the larger part of the file.
    """

    __slots__ = ("_edges", "_text", "_words")

    def __init__(self, text: str, words: "_EdgeWords") -> None:
        self._text = text
        self._words = words
        self._edges: Optional[Tuple[RowDependency, ...]] = None

    def _decoded(self) -> Tuple[RowDependency, ...]:
        if self._edges is None:
            numbers = [int(word) for word in self._text.split()]
            hashes, foreign, virtuals = self._words
            self._edges = tuple(
                RowDependency(
                    hashes[numbers[i]] if numbers[i] >= 0 else foreign[-1 - numbers[i]],
                    numbers[i + 1],
                    virtuals[numbers[i + 2]],
                )
                for i in range(0, len(numbers), 3)
            )
        return self._edges

    def __len__(self) -> int:
        return len(self._decoded())

    @overload
    def __getitem__(self, index: int) -> RowDependency: ...

    @overload
    def __getitem__(self, index: slice) -> Tuple[RowDependency, ...]: ...

    def __getitem__(
        self, index: Union[int, slice]
    ) -> Union[RowDependency, Tuple[RowDependency, ...]]:
        return self._decoded()[index]

    def __iter__(self) -> Iterator[RowDependency]:
        return iter(self._decoded())

    def __eq__(self, other: object) -> bool:
        return self._decoded() == (tuple(other) if isinstance(other, Sequence) else other)

    def __hash__(self) -> int:
        return hash(self._decoded())


class _EdgeWords(NamedTuple):
    """What the numbers of packed edges stand for; number -1 of a virtual is the last: none."""

    hashes: Sequence[str]
    foreign: Sequence[str]
    virtuals: Sequence[Tuple[str, ...]]


class Row(NamedTuple):
    """The fields of a record that listings, garbage collection and queries by name need.

    ``installation_time`` is in seconds since 1970.
    """

    hash: str
    name: str
    version: str
    namespace: str
    platform: str
    os: str
    target: str
    path: Optional[str]
    installed: bool
    explicit: bool
    external: bool
    ref_count: int
    installation_time: float
    deprecated_for: Optional[str]
    origin: Optional[str]
    build_spec: Optional[str]
    dependencies: Sequence[RowDependency]


def node_dependencies(node: Mapping[str, Any]) -> List[RowDependency]:
    """The edges of a node dictionary of any specfile version, in its order."""
    found = []
    listed = node.get("dependencies", ())
    pairs = listed.items() if isinstance(listed, dict) else ((d.get("name"), d) for d in listed)
    for _, edge in pairs:
        if isinstance(edge, dict):
            parameters = edge.get("parameters", edge)
            types = parameters.get("deptypes", edge.get("type", ()))
            virtuals = tuple(parameters.get("virtuals", ()))
            child = edge.get("hash", "")
        else:
            child, types, virtuals = edge[0], edge[1], ()
        bits = 0
        for name in (types,) if isinstance(types, str) else types:
            bits |= _TYPE_BITS.get(name, 0)
        found.append(RowDependency(child, bits, virtuals))
    return found


def _node_of(record: RawRecord) -> Mapping[str, Any]:
    """The node dictionary of a record; old versions nest it under the package name."""
    node = record["spec"]
    if "name" in node:
        return node  # type: ignore[no-any-return]
    ((name, body),) = node.items()
    return {"name": name, **body}


def row_of(digest: str, record: RawRecord) -> Row:
    """The row of a raw record."""
    node = _node_of(record)
    arch = node.get("arch") or {}
    target = arch.get("target", "") if isinstance(arch, dict) else ""
    if isinstance(target, dict):
        target = target.get("name", "")
    version = node.get("version")
    if version is None:
        version = ",".join(node.get("versions", ()))
    build_spec = node.get("build_spec") or {}
    path = record.get("path")
    return Row(
        hash=digest,
        name=node["name"],
        version=str(version),
        namespace=node.get("namespace") or "",
        platform=arch.get("platform", "") if isinstance(arch, dict) else "",
        os=arch.get("platform_os", "") if isinstance(arch, dict) else "",
        target=target,
        path=None if path in (None, "None") else path,
        installed=bool(record.get("installed")),
        explicit=bool(record.get("explicit")),
        external=bool(node.get("external")),
        ref_count=int(record.get("ref_count", 0)),
        installation_time=float(record.get("installation_time") or 0.0),
        deprecated_for=record.get("deprecated_for"),
        origin=record.get("origin"),
        build_spec=build_spec.get("hash") if isinstance(build_spec, dict) else None,
        dependencies=tuple(node_dependencies(node)),
    )


def _numbers(identity: Stamp) -> List[int]:
    """What tells one index file from another, as a rows file has it."""
    return [identity.size, identity.mtime_ns, identity.inode]


def _pack_rows(rows: Sequence[Row]) -> bytes:
    """Rows as JSON columns: three times smaller and faster to read than a list of maps."""
    numbers = {row.hash: index for index, row in enumerate(rows)}
    strings: Dict[str, int] = {}

    def number(text: Optional[str]) -> int:
        return -1 if text is None else strings.setdefault(text, len(strings))

    foreign: Dict[str, int] = {}
    edges: List[str] = []
    for row in rows:
        flat: List[int] = []
        for child, types, virtuals in row.dependencies:
            index = numbers.get(child)
            if index is None:
                # A child that is not recorded here (an upstream has it) gets a negative number.
                index = -1 - foreign.setdefault(child, len(foreign))
            flat += (index, types, number(",".join(virtuals)) if virtuals else -1)
        edges.append(" ".join(map(str, flat)))
    columns = {
        "names": [number(row.name) for row in rows],
        "versions": [number(row.version) for row in rows],
        "namespaces": [number(row.namespace) for row in rows],
        "platforms": [number(row.platform) for row in rows],
        "os": [number(row.os) for row in rows],
        "targets": [number(row.target) for row in rows],
        "paths": [row.path for row in rows],
        "flags": [
            (1 if row.installed else 0) | (2 if row.explicit else 0) | (4 if row.external else 0)
            for row in rows
        ],
        "ref_counts": [row.ref_count for row in rows],
        "times": [row.installation_time for row in rows],
        "deprecated": {str(i): r.deprecated_for for i, r in enumerate(rows) if r.deprecated_for},
        "origins": [number(row.origin) for row in rows],
        "build_specs": {str(i): r.build_spec for i, r in enumerate(rows) if r.build_spec},
        "edges": edges,
        "foreign": list(foreign),
        "strings": list(strings),
    }
    return json.dumps(columns, separators=(",", ":")).encode("ascii")


def _unpack_rows(hashes: Sequence[str], data: bytes) -> List[Row]:
    columns = json.loads(data)
    strings: List[Optional[str]] = [*columns["strings"], None]  # -1 finds None
    foreign = columns["foreign"]
    virtuals = [tuple(text.split(",")) for text in columns["strings"]] + [()]
    deprecated = columns["deprecated"]
    build_specs = columns["build_specs"]
    words = _EdgeWords(hashes, foreign, virtuals)
    rows: List[Row] = []
    values = zip(
        hashes,
        columns["names"],
        columns["versions"],
        columns["namespaces"],
        columns["platforms"],
        columns["os"],
        columns["targets"],
        columns["paths"],
        columns["flags"],
        columns["ref_counts"],
        columns["times"],
        columns["origins"],
        columns["edges"],
    )
    make_row = Row._make
    for value in values:
        digest, name, version, space, platform, system, target, path, flags = value[:9]
        refs, time, origin, edges = value[9:]
        index = str(len(rows)) if deprecated or build_specs else ""
        rows.append(
            make_row(
                (
                    digest,
                    strings[name],
                    strings[version],
                    strings[space],
                    strings[platform],
                    strings[system],
                    strings[target],
                    path,
                    bool(flags & 1),
                    bool(flags & 2),
                    bool(flags & 4),
                    refs,
                    time,
                    deprecated.get(index),
                    strings[origin],
                    build_specs.get(index),
                    _PackedEdges(edges, words) if edges else (),
                )
            )
        )
    return rows


class _Journal(NamedTuple):
    """What was read of a journal: its number, its changes, and how many of its bytes are whole."""

    number: int
    changes: Mapping[str, Optional[RawRecord]]
    valid_length: int
    length: int


_NO_JOURNAL = _Journal(0, {}, 0, 0)


def _line(payload: Mapping[str, Any]) -> bytes:
    body = json.dumps(payload, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _parse_journal(data: bytes) -> _Journal:
    """Whole lines up to the first that is torn or damaged."""
    number = 0
    changes: Dict[str, Optional[RawRecord]] = {}
    position = 0
    while True:
        end = data.find(b"\n", position)
        if end < 0:
            break
        line = data[position:end]
        body = line[9:]
        if line[8:9] != b" " or line[:8] != b"%08x" % zlib.crc32(body):
            break
        payload = json.loads(body)
        if position == 0:
            number = payload.get("journal", 0)
        for digest, record in payload.get("set", {}).items():
            changes[digest] = record
        for digest in payload.get("remove", ()):
            changes[digest] = None
        position = end + 1
    return _Journal(number, changes, position, len(data))


class _Index:
    """One index file, opened; records are parsed when they are asked for."""

    def __init__(
        self,
        descriptor: int,
        identity: Stamp,
        folded: int,
        version: str,
    ) -> None:
        self._descriptor = descriptor
        self.identity = identity
        self.folded = folded
        self.version = version
        self._table: Optional[bytes] = None
        self._rows_data: Optional[bytes] = None
        self._parsed: Optional[Dict[str, RawRecord]] = None
        self._rows: Optional[List[Row]] = None
        self._hashes: Optional[List[str]] = None
        self._texts: Dict[str, Tuple[int, int]] = {}

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def use_rows_file(self, table: bytes, rows: bytes) -> None:
        self._table = table
        self._rows_data = rows

    def use_parsed(self, records: Dict[str, RawRecord], places: Dict[str, Tuple[int, int]]) -> None:
        self._parsed = records
        self._texts = places

    def hashes(self) -> List[str]:
        """Every hash, sorted."""
        if self._hashes is None:
            if self._table is not None:
                text = self._table.decode("ascii")
                self._hashes = [
                    text[i : i + _HASH_LENGTH] for i in range(0, len(text), _ENTRY_LENGTH)
                ]
            else:
                self._hashes = sorted(self._parsed or ())
        return self._hashes

    def _place(self, digest: str) -> Optional[Tuple[int, int]]:
        """Offset and length of a record's text in the file, by bisection of the table."""
        if self._table is None:
            return self._texts.get(digest)
        wanted = digest.encode("ascii", "replace")
        low, high = 0, len(self._table) // _ENTRY_LENGTH
        while low < high:
            middle = (low + high) // 2
            start = middle * _ENTRY_LENGTH
            found = self._table[start : start + _HASH_LENGTH]
            if found == wanted:
                rest = self._table[start + _HASH_LENGTH : start + _ENTRY_LENGTH]
                return int(rest[:12], 16), int(rest[12:20], 16)
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return None

    def text(self, digest: str) -> Optional[bytes]:
        """The JSON text of a record."""
        place = self._place(digest)
        return None if place is None else os.pread(self._descriptor, place[1], place[0])

    def get(self, digest: str) -> Optional[RawRecord]:
        """A record, None when there is none."""
        if self._parsed is not None:
            return self._parsed.get(digest)
        text = self.text(digest)
        return None if text is None else json.loads(text)

    def rows(self) -> List[Row]:
        """The row of every record, sorted by hash."""
        if self._rows is None:
            if self._rows_data is not None:
                self._rows = _unpack_rows(self.hashes(), self._rows_data)
            else:
                parsed = self._parsed or {}
                self._rows = [row_of(digest, parsed[digest]) for digest in self.hashes()]
        return self._rows


class Snapshot:
    """One consistent state of the database: an index, and the changes of the journal over it."""

    def __init__(self, index: Optional[_Index], journal: _Journal) -> None:
        self._index = index
        self._stale = index is not None and journal.number <= index.folded
        self.journal = journal
        self.changes: Dict[str, Optional[RawRecord]] = {} if self._stale else dict(journal.changes)
        self._rows: Optional[Dict[str, Row]] = None

    @classmethod
    def nothing(cls) -> "Snapshot":
        """The state of a database without files."""
        return cls(None, _NO_JOURNAL)

    @property
    def version(self) -> str:
        """Version of the index; records of the journal are always of the newest."""
        return self._index.version if self._index is not None else VERSION

    @property
    def exists(self) -> bool:
        """Whether there was anything on disk."""
        return self._index is not None or self.journal.valid_length > 0

    def in_journal(self, digest: str) -> bool:
        """Whether the record comes from the journal and so is of the newest version."""
        return digest in self.changes

    def get(self, digest: str) -> Optional[RawRecord]:
        """A record as JSON, None when there is none. Do not change it."""
        if digest in self.changes:
            return self.changes[digest]
        return self._index.get(digest) if self._index is not None else None

    def hashes(self) -> List[str]:
        """Every hash, sorted."""
        stored = self._index.hashes() if self._index is not None else []
        if not self.changes:
            return stored
        kept: Set[str] = {digest for digest in stored if digest not in self.changes}
        kept.update(digest for digest, record in self.changes.items() if record is not None)
        return sorted(kept)

    def starting_with(self, start: str) -> List[str]:
        """Hashes that begin with ``start``."""
        hashes = self.hashes()
        first = bisect.bisect_left(hashes, start)
        last = bisect.bisect_left(hashes, start + "~")
        return hashes[first:last]

    def rows(self) -> Dict[str, Row]:
        """Hash to row. Do not change it."""
        if self._rows is None:
            rows = {row.hash: row for row in self._index.rows()} if self._index else {}
            for digest, record in self.changes.items():
                if record is None:
                    rows.pop(digest, None)
                else:
                    rows[digest] = row_of(digest, record)
            self._rows = rows
        return self._rows

    def row(self, digest: str) -> Optional[Row]:
        """The row of one record without making all others."""
        if self._rows is not None:
            return self._rows.get(digest)
        record = self.get(digest)
        return None if record is None else row_of(digest, record)

    def with_changes(self, changes: Mapping[str, Optional[RawRecord]]) -> None:
        """Apply changes that have been written to this state too."""
        self.changes.update(changes)
        if self._rows is not None:
            for digest, record in changes.items():
                if record is None:
                    self._rows.pop(digest, None)
                else:
                    self._rows[digest] = row_of(digest, record)

    def record_text(self, digest: str) -> bytes:
        """JSON text of a record that exists."""
        if digest not in self.changes and self._index is not None:
            text = self._index.text(digest)
            if text is not None:
                return text
        return json.dumps(self.get(digest), separators=(",", ":")).encode("ascii")

    @property
    def folded(self) -> int:
        """Number of the last journal that is part of the index."""
        return self._index.folded if self._index is not None else 0

    @property
    def journal_is_stale(self) -> bool:
        """Whether the journal on disk is part of the index already."""
        return self._stale and self.journal.length > 0

    @property
    def index_size(self) -> int:
        """Bytes of the index file."""
        return self._index.identity.size if self._index is not None else 0


class IndexFiles:
    """The files of one database directory.

    Args:
        directory: ``<store>/.spack-db``.
        writable: whether derived files may be written beside the index when reading.
        durable: flush to the disk after each write, which guards against power loss as well.
    """

    def __init__(self, directory: str, *, writable: bool = True, durable: bool = True) -> None:
        self.directory = directory
        self.index_path = os.path.join(directory, "index.json")
        self.journal_path = os.path.join(directory, "journal")
        self.rows_path = os.path.join(directory, "index_rows")
        self.verifier_path = os.path.join(directory, "index_verifier")
        self._writable = writable
        self._durable = durable

    def state(self) -> Tuple[Any, ...]:
        """Changes whenever the files do; two metadata calls."""
        return Stamp.of(self.index_path), Stamp.of(self.journal_path)

    def verifier(self) -> str:
        """Text of ``index_verifier``, "" when there is none."""
        try:
            with open(self.verifier_path, encoding="ascii", errors="replace") as stream:
                return stream.read().strip()
        except OSError:
            return ""

    def load(self) -> Snapshot:
        """The current state. Raises DatabaseFormatError.

        The journal is read before the index: if it is folded in between, the index names it.
        """
        journal = self._read_journal()
        return Snapshot(self._open_index(), journal)

    def _read_journal(self) -> _Journal:
        try:
            with open(self.journal_path, "rb") as stream:
                return _parse_journal(stream.read())
        except FileNotFoundError:
            return _NO_JOURNAL

    def _open_index(self) -> Optional[_Index]:
        try:
            descriptor = os.open(self.index_path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            identity = Stamp.of_status(os.fstat(descriptor))
            index = self._with_rows_file(descriptor, identity)
            if index is None:
                index = self._parse_index(descriptor, identity)
        except BaseException:
            os.close(descriptor)
            raise
        return index

    def _with_rows_file(self, descriptor: int, identity: Stamp) -> Optional[_Index]:
        """The index with its rows file, None unless that belongs to it and is whole."""
        try:
            with open(self.rows_path, "rb") as stream:
                data = stream.read()
        except OSError:
            return None
        end = data.find(b"\n")
        try:
            header = json.loads(data[:end])
            if header["format"] != _ROWS_FORMAT or header["index"] != _numbers(identity):
                return None
            table_length = header["table"]
            total = end + 1 + table_length + header["rows"]
            folded, version = header["folded"], header["version"]
        except (ValueError, KeyError, TypeError):
            return None
        if len(data) != total or table_length % _ENTRY_LENGTH:
            return None
        index = _Index(descriptor, identity, folded, version)
        index.use_rows_file(data[end + 1 : end + 1 + table_length], data[end + 1 + table_length :])
        return index

    def _parse_index(self, descriptor: int, identity: Stamp) -> _Index:
        data = os.pread(descriptor, identity.size, 0)
        while len(data) < identity.size:
            more = os.pread(descriptor, identity.size - len(data), len(data))
            if not more:
                break
            data += more
        try:
            database = json.loads(data)["database"]
            version = str(database["version"])
            records = database["installs"]
            folded = int(database.get("journal", 0))
        except (ValueError, KeyError, TypeError) as error:
            raise DatabaseFormatError(
                f"{self.index_path} is not a database index: {error}",
                hint="make it again from the installed packages: spack reindex",
            ) from error
        if version not in READABLE:
            raise DatabaseFormatError(
                f"{self.index_path} has version {version}; readable are {', '.join(READABLE)}",
                hint="use the Spack that wrote it, or `spack reindex` for an older version",
            )
        index = _Index(descriptor, identity, folded, version)
        places = _find_records(data, records)
        index.use_parsed(records, places)
        if self._writable and len(places) == len(records) and version == VERSION:
            with contextlib.suppress(OSError):
                self._write_rows_file(identity, folded, places, index.rows())
        return index

    def _write_rows_file(
        self,
        identity: Stamp,
        folded: int,
        places: Mapping[str, Tuple[int, int]],
        rows: Sequence[Row],
    ) -> None:
        if any(len(digest) != _HASH_LENGTH or not digest.isascii() for digest in places):
            return
        table = b"".join(
            b"%s%012x%08x\n" % (row.hash.encode("ascii"), *places[row.hash]) for row in rows
        )
        packed = _pack_rows(rows)
        header = {
            "format": _ROWS_FORMAT,
            "index": _numbers(identity),
            "folded": folded,
            "version": VERSION,
            "table": len(table),
            "rows": len(packed),
        }
        head = json.dumps(header, separators=(",", ":")).encode("ascii") + b"\n"
        self._replace(self.rows_path, [head, table, packed], durable=False)

    def _replace(self, path: str, parts: Sequence[bytes], *, durable: bool) -> os.stat_result:
        """Write a file completely and put it in place by a rename."""
        import tempfile  # takes other modules with it that a reader does not need

        prefix = os.path.basename(path) + "."
        handle, temporary = tempfile.mkstemp(dir=self.directory, prefix=prefix)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.writelines(parts)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
                os.fchmod(stream.fileno(), self._mode())
                status = os.fstat(stream.fileno())
            os.rename(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        if durable:
            self._sync_directory()
        return status

    def _mode(self) -> int:
        """Files are as readable and group-writable as the directory is."""
        return os.stat(self.directory).st_mode & 0o666 | 0o600

    def _sync_directory(self) -> None:
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def append(self, snapshot: Snapshot, changes: Mapping[str, Optional[RawRecord]]) -> Snapshot:
        """Write the changes of one transaction; the new state. The caller holds the lock.

        ``snapshot`` must have been loaded under the lock. Either all changes are in the journal
        afterwards or, when this process dies, none.
        """
        journal = snapshot.journal
        fresh = snapshot.journal_is_stale or journal.valid_length == 0
        number = snapshot.folded + 1 if fresh else journal.number
        payload: Dict[str, Any] = {}
        present = {digest: record for digest, record in changes.items() if record is not None}
        if present:
            payload["set"] = present
        if len(present) < len(changes):
            payload["remove"] = [digest for digest, record in changes.items() if record is None]
        data = _line(payload)
        start = 0 if fresh else journal.valid_length
        if fresh:
            data = _line({"journal": number}) + data
        descriptor = os.open(self.journal_path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if os.fstat(descriptor).st_size != start:
                os.ftruncate(descriptor, start)
            if start == 0:
                os.fchmod(descriptor, self._mode())
            written = 0
            while written < len(data):
                written += os.pwrite(descriptor, data[written:], start + written)
            if self._durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh and self._durable:
            self._sync_directory()
        merged = {**({} if fresh else journal.changes), **changes}
        length = start + len(data)
        return Snapshot(snapshot._index, _Journal(number, merged, length, length))

    def wants_folding(self, snapshot: Snapshot) -> bool:
        """Whether folding now costs less than having the journal read again and again."""
        length = snapshot.journal.length
        if snapshot.index_size + length <= _SMALL_INDEX:
            return True
        return length > _SMALL_JOURNAL and length * _JOURNAL_SHARE > snapshot.index_size

    def fold(self, snapshot: Snapshot) -> Snapshot:
        """Write a new index with everything; the new state. The caller holds the lock."""
        return self._write_index(snapshot, snapshot.hashes(), snapshot.record_text, snapshot.rows())

    def replace_all(self, snapshot: Snapshot, records: Mapping[str, RawRecord]) -> Snapshot:
        """Write a new index with exactly these records. The caller holds the lock."""

        def text(digest: str) -> bytes:
            return json.dumps(records[digest], separators=(",", ":")).encode("ascii")

        rows = {digest: row_of(digest, record) for digest, record in records.items()}
        return self._write_index(snapshot, sorted(records), text, rows)

    def _write_index(
        self, snapshot: Snapshot, hashes: Sequence[str], text: Any, rows: Mapping[str, Row]
    ) -> Snapshot:
        folded = max(snapshot.folded, snapshot.journal.number)
        places: Dict[str, Tuple[int, int]] = {}
        head = b'{"database":{"version":"%s","installs":{' % VERSION.encode("ascii")
        parts = [head]
        position = len(head)
        for digest in hashes:
            key = b'%s"%s":' % (b"," if places else b"", digest.encode("ascii"))
            body = text(digest)
            places[digest] = (position + len(key), len(body))
            parts += (key, body)
            position += len(key) + len(body)
        parts.append(b'},"journal":%d}}' % folded)
        status = self._replace(self.index_path, parts, durable=self._durable)
        with contextlib.suppress(OSError):
            self._write_rows_file(
                Stamp.of_status(status), folded, places, [rows[digest] for digest in hashes]
            )
        import uuid

        self._replace(self.verifier_path, [str(uuid.uuid4()).encode("ascii")], durable=False)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.journal_path)
        self._remove_leftovers()
        return self.load()

    def _remove_leftovers(self) -> None:
        """Remove what writers that died left. They wrote under the lock, which is held now."""
        for name in os.listdir(self.directory):
            if name.startswith(("index.json.", "index_verifier.")):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(self.directory, name))


def _find_records(data: bytes, records: Mapping[str, Any]) -> Dict[str, Tuple[int, int]]:
    """Where the text of each record lies in an index, found without knowing its spacing.

    Empty when the text is not ASCII: offsets of characters and bytes would differ.
    """
    if not data.isascii() or not records:
        return {}
    text = data.decode("ascii")
    start = text.find('"installs"')
    start = text.find("{", start) + 1
    decoder = json.JSONDecoder()
    places: Dict[str, Tuple[int, int]] = {}
    position = start
    while True:
        while text[position : position + 1] in (" ", "\n", "\t", "\r", ","):
            position += 1
        if text[position : position + 1] != '"':
            return places
        key, position = decoder.raw_decode(text, position)
        while text[position : position + 1] in (" ", "\n", "\t", "\r", ":"):
            position += 1
        _, end = decoder.raw_decode(text, position)
        places[key] = (position, end - position)
        position = end
