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
import stat
import time
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.store.packed_rows import (
    pack_names,
    pack_rows,
    packed_path,
    positions,
    unpack_names,
    unpack_rows,
)
from spack.store.records import IndexRow, RawRecord, flat_node, row_of
from spack.system.files.kept import Stamp

#: Version of the index that is written.
VERSION = "8"
#: Versions that are read.
READABLE = ("5", "6", "7", "8")

_ROWS_FORMAT = 4
_HASH_LENGTH = 32
#: No first line of a rows file is longer.
_HEAD_LENGTH = 4096
_ENTRY_LENGTH = _HASH_LENGTH + 12 + 8 + 1


class DatabaseFormatError(SpackError):
    """The index is of an unknown version or is not an index at all."""


def _numbers(identity: Stamp) -> list[int]:
    """The numbers that tell one index file from another, as a rows file has them."""
    return [identity.size, identity.mtime_ns, identity.inode]


def as_text(record: RawRecord | None) -> bytes:
    """A record as the index has it."""
    return json.dumps(record, separators=(",", ":")).encode("ascii")


class Journal(NamedTuple):
    """Content of a journal: its number, its changes, and how many of its bytes are whole."""

    number: int
    changes: Mapping[str, RawRecord | None]
    valid_length: int
    length: int


_NO_JOURNAL = Journal(0, {}, 0, 0)


def _parse_journal(data: bytes) -> Journal:
    """Whole lines up to the first that is torn or damaged."""
    number = 0
    changes: dict[str, RawRecord | None] = {}
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
    return Journal(number, changes, position, len(data))


def _read(descriptor: int, start: int, length: int) -> bytes:
    """Bytes of a file that is only ever replaced, so that it has them."""
    parts: list[bytes] = []
    while length and (part := os.pread(descriptor, length, start)):
        parts.append(part)
        start += len(part)
        length -= len(part)
    return b"".join(parts)


class _Sections:
    """The parts of an opened rows file that few questions need; each is read once."""

    def __init__(self, descriptor: int, start: int, rows: int, names: int) -> None:
        self._descriptor = os.dup(descriptor)
        self._place = start, rows, names
        self._rows: bytes | None = None

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def rows(self) -> bytes:
        start, length, _ = self._place
        if self._rows is None:
            self._rows = _read(self._descriptor, start, length)
        return self._rows

    def names(self) -> bytes:
        start, rows, length = self._place
        return _read(self._descriptor, start + rows, length)


class _Index:
    """One index file, opened; records are parsed when they are asked for."""

    def __init__(self, descriptor: int, identity: Stamp, folded: int, version: str) -> None:
        self._descriptor = os.dup(descriptor)
        self.identity = identity
        self.folded = folded
        self.version = version
        self._table: bytes | None = None
        self._rows_file: _Sections | None = None
        self._parsed: dict[str, RawRecord] | None = None
        self._rows: list[IndexRow] | None = None
        self._hashes: list[str] | None = None
        self._names: dict[str, str | list[str]] | None = None
        self._texts: dict[str, tuple[int, int]] = {}

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def use_rows_file(self, table: bytes, sections: _Sections) -> None:
        self._table = table
        self._rows_file = sections

    def use_parsed(self, records: dict[str, RawRecord], places: dict[str, tuple[int, int]]) -> None:
        self._parsed = records
        self._texts = places

    def hashes(self) -> list[str]:
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

    def names(self) -> Collection[str]:
        """Names of the packages that are recorded."""
        return self._by_name().keys()

    def named(self, name: str) -> list[str]:
        """Hashes of the records of a package, sorted; no rows are made for it."""
        found = self._by_name().get(name)
        if not isinstance(found, str) or self._table is None:
            return list(found or ())
        starts = [position * _ENTRY_LENGTH for position in positions(found)]
        return [self._table[i : i + _HASH_LENGTH].decode("ascii") for i in starts]

    def _by_name(self) -> Mapping[str, str | list[str]]:
        """Packages with the positions of their rows if there is a rows file, or their hashes."""
        if self._names is None:
            if self._rows_file is not None:
                self._names = {**unpack_names(self._rows_file.names())}
            else:
                self._names = {}
                for digest, record in sorted((self._parsed or {}).items()):
                    hashes = self._names.setdefault(flat_node(record["spec"])["name"], [])
                    assert isinstance(hashes, list)
                    hashes.append(digest)
        return self._names

    def _place(self, digest: str) -> tuple[int, int] | None:
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

    def text(self, digest: str) -> bytes | None:
        """The JSON text of a record."""
        place = self._place(digest)
        return None if place is None else os.pread(self._descriptor, place[1], place[0])

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Every hash with the JSON text of its record, sorted; the file is read at once."""
        if self._table is None and not self._texts:
            for digest in self.hashes():
                yield digest, as_text(self.get(digest))
            return
        data = _read(self._descriptor, 0, self.identity.size)
        for number, digest in enumerate(self.hashes()):
            if self._table is None:
                start, length = self._texts[digest]
            else:
                entry = number * _ENTRY_LENGTH + _HASH_LENGTH
                start = int(self._table[entry : entry + 12], 16)
                length = int(self._table[entry + 12 : entry + 20], 16)
            yield digest, data[start : start + length]

    def get(self, digest: str) -> RawRecord | None:
        """A record, None when there is none."""
        if self._parsed is not None:
            return self._parsed.get(digest)
        text = self.text(digest)
        return None if text is None else json.loads(text)

    def mentions(self, path: str) -> bool:
        """Whether a record may have this path; False only if none has."""
        return self._rows_file is None or packed_path(path) in self._rows_file.rows()

    def rows(self) -> list[IndexRow]:
        """The row of every record, sorted by hash."""
        if self._rows is None:
            if self._rows_file is not None:
                self._rows = unpack_rows(self.hashes(), self._rows_file.rows())
            else:
                parsed = self._parsed or {}
                self._rows = [row_of(digest, parsed[digest]) for digest in self.hashes()]
        return self._rows


class Snapshot:
    """One consistent state of the database: an index, and the changes of the journal over it."""

    def __init__(self, index: _Index | None, journal: Journal) -> None:
        self._index = index
        self._stale = index is not None and journal.number <= index.folded
        self.journal = journal
        self.changes: dict[str, RawRecord | None] = {} if self._stale else dict(journal.changes)
        self._rows: dict[str, IndexRow] | None = None

    def with_journal(self, journal: Journal) -> Snapshot:
        """The same index with another journal over it."""
        return Snapshot(self._index, journal)

    @classmethod
    def nothing(cls) -> Snapshot:
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

    def get(self, digest: str) -> RawRecord | None:
        """A record as JSON, None when there is none. Do not change it."""
        if digest in self.changes:
            return self.changes[digest]
        return self._index.get(digest) if self._index is not None else None

    def hashes(self) -> list[str]:
        """Every hash, sorted."""
        stored = self._index.hashes() if self._index is not None else []
        if not self.changes:
            return stored
        kept: set[str] = {digest for digest in stored if digest not in self.changes}
        kept.update(digest for digest, record in self.changes.items() if record is not None)
        return sorted(kept)

    def names(self) -> set[str]:
        """Names of the packages that may be recorded: all that are."""
        found = set(self._index.names()) if self._index is not None else set()
        changed = (record for record in self.changes.values() if record is not None)
        return found.union(flat_node(record["spec"])["name"] for record in changed)

    def named(self, name: str) -> list[str]:
        """Hashes of the records of a package."""
        stored = self._index.named(name) if self._index is not None else []
        found = [digest for digest in stored if digest not in self.changes]
        for digest, record in self.changes.items():
            if record is not None and flat_node(record["spec"])["name"] == name:
                found.append(digest)
        return found

    def starting_with(self, start: str) -> list[str]:
        """Hashes that begin with ``start``."""
        hashes = self.hashes()
        first = bisect.bisect_left(hashes, start)
        last = bisect.bisect_left(hashes, start + "~")
        return hashes[first:last]

    def rows(self, name: str | None = None) -> Mapping[str, IndexRow]:
        """Hash to row, of one package or of all. Do not change it."""
        if name is not None:
            found = ((digest, self.row(digest)) for digest in self.named(name))
            return {digest: row for digest, row in found if row is not None}
        if self._rows is None:
            rows = {row.hash: row for row in self._index.rows()} if self._index else {}
            for digest, record in self.changes.items():
                if record is None:
                    rows.pop(digest, None)
                else:
                    rows[digest] = row_of(digest, record)
            self._rows = rows
        return self._rows

    def rows_at(self, path: str) -> list[IndexRow]:
        """The rows with a path; rows are made only if the path is mentioned anywhere."""
        changed = {
            digest: row_of(digest, record)
            for digest, record in self.changes.items()
            if record is not None and record.get("path") == path
        }
        if self._rows is None and (self._index is None or not self._index.mentions(path)):
            return list(changed.values())
        return [row for row in self.rows().values() if row.path == path]

    def row(self, digest: str) -> IndexRow | None:
        """The row of one record without making all others."""
        if self._rows is not None:
            return self._rows.get(digest)
        record = self.get(digest)
        return None if record is None else row_of(digest, record)

    def texts(self) -> dict[str, bytes]:
        """Every hash with the JSON text of its record, sorted."""
        found = dict(self._index.texts()) if self._index is not None else {}
        if not self.changes:
            return found
        for digest, record in self.changes.items():
            if record is None:
                found.pop(digest, None)
            else:
                found[digest] = as_text(record)
        return dict(sorted(found.items()))

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
        self._writable = writable
        self.durable = durable

    def state(self) -> tuple[Any, ...]:
        """Changes whenever the files do; two metadata calls."""
        return Stamp.of(self.index_path), Stamp.of(self.journal_path)

    def load(self) -> Snapshot:
        """The current state. Raises DatabaseFormatError.

        The journal is read before the index: if it is folded in between, the index names it.
        """
        journal = self._read_journal()
        return Snapshot(self._open_index(), journal)

    def _read_journal(self) -> Journal:
        try:
            with open(self.journal_path, "rb") as stream:
                return _parse_journal(stream.read())
        except FileNotFoundError:
            return _NO_JOURNAL

    def _open_index(self) -> _Index | None:
        try:
            # Without waiting: a pipe in the place of the index has nobody who writes into it.
            descriptor = os.open(self.index_path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                kind = "directory" if stat.S_ISDIR(status.st_mode) else "special file"
                raise DatabaseFormatError(
                    f"{self.index_path} is a {kind}, not a database index",
                    hint="rebuild it from the installed packages with spack reindex",
                )
            identity = Stamp.of_status(status)
            index = self._with_rows_file(descriptor, identity)
            if index is None:
                index = self._parse_index(descriptor, identity)
            return index
        finally:
            os.close(descriptor)

    def _with_rows_file(self, descriptor: int, identity: Stamp) -> _Index | None:
        """The index with its rows file, None unless that belongs to it and is whole."""
        try:
            rows_file = os.open(self.rows_path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            return self._opened_with(rows_file, descriptor, identity)
        except OSError:
            return None
        finally:
            os.close(rows_file)

    def _opened_with(self, rows_file: int, descriptor: int, identity: Stamp) -> _Index | None:
        head = os.pread(rows_file, _HEAD_LENGTH, 0)
        end = head.find(b"\n")
        try:
            header = json.loads(head[:end])
            if header["format"] != _ROWS_FORMAT or header["index"] != _numbers(identity):
                return None
            table_length = header["table"]
            rows, names = header["rows"], header["names"]
            total = end + 1 + table_length + rows + names
            folded, version = header["folded"], header["version"]
        except (ValueError, KeyError, TypeError):
            return None
        if os.fstat(rows_file).st_size != total or table_length % _ENTRY_LENGTH:
            return None
        index = _Index(descriptor, identity, folded, version)
        sections = _Sections(rows_file, end + 1 + table_length, rows, names)
        index.use_rows_file(_read(rows_file, end + 1, table_length), sections)
        return index

    def _parse_index(self, descriptor: int, identity: Stamp) -> _Index:
        with open(descriptor, "rb", closefd=False) as stream:
            data = stream.read()
        try:
            database = json.loads(data)["database"]
            version = str(database["version"])
            records = database["installs"]
            folded = int(database.get("journal", 0))
        except (ValueError, KeyError, TypeError) as error:
            raise DatabaseFormatError(
                f"{self.index_path} is not a database index: {error}",
                hint="rebuild it from the installed packages with spack reindex",
            ) from error
        if version not in READABLE:
            raise DatabaseFormatError(
                f"{self.index_path} has version {version}, but only"
                f" {', '.join(READABLE)} can be read",
                hint="use the Spack that wrote it, or run spack reindex if the version is older",
            )
        index = _Index(descriptor, identity, folded, version)
        places = _find_records(data, records)
        index.use_parsed(records, places)
        try:
            rows = index.rows()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DatabaseFormatError(
                f"{self.index_path} has a record that is not one of a package: {error!r}",
                hint="rebuild it from the installed packages with spack reindex",
            ) from error
        if self._writable and len(places) == len(records) and version == VERSION:
            with contextlib.suppress(OSError):
                self.write_rows_file(identity, folded, places, rows)
        return index

    def write_rows_file(
        self,
        identity: Stamp,
        folded: int,
        places: Mapping[str, tuple[int, int]],
        rows: Sequence[IndexRow],
    ) -> None:
        """Write the derived file of an index; ``places`` are offset and length of each record."""
        if any(len(digest) != _HASH_LENGTH or not digest.isascii() for digest in places):
            return
        table = b"".join(
            b"%s%012x%08x\n" % (row.hash.encode("ascii"), *places[row.hash]) for row in rows
        )
        packed, names = pack_rows(rows), pack_names(rows)
        header = {
            "format": _ROWS_FORMAT,
            "index": _numbers(identity),
            "folded": folded,
            "version": VERSION,
            "table": len(table),
            "rows": len(packed),
            "names": len(names),
        }
        head = json.dumps(header, separators=(",", ":")).encode("ascii") + b"\n"
        self.replace(self.rows_path, [head, table, packed, names], durable=False)

    def replace(self, path: str, parts: Sequence[bytes], *, durable: bool) -> None:
        """Write a file completely and put it in place by a rename."""
        from spack.system.files.writing import atomic_write

        if os.path.isdir(path):
            # What stands in the way is left to its owner under another name.
            folder, name = os.path.split(path)
            os.rename(path, os.path.join(folder, f"former-{time.time_ns()}-{name}"))
        atomic_write(path, b"".join(parts), mode=self.mode(), durable=durable)

    def mode(self) -> int:
        """Files are as readable and group-writable as the directory is."""
        return os.stat(self.directory).st_mode & 0o666 | 0o600


def _find_records(data: bytes, records: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """The places of the records' texts in an index, found without knowing its spacing.

    Empty when the text is not ASCII: offsets of characters and bytes would differ.
    """
    if not data.isascii() or not records:
        return {}
    text = data.decode("ascii")
    start = text.find('"installs"')
    start = text.find("{", start) + 1
    decoder = json.JSONDecoder()
    places: dict[str, tuple[int, int]] = {}
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
