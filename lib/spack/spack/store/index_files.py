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
from collections.abc import Mapping, Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.store.opened_index import (
    ENTRY_LENGTH,
    HASH_LENGTH,
    OpenedIndex,
    Sections,
    as_text,
    read_at,
)
from spack.store.packed_rows import pack_names, pack_rows
from spack.store.records import IndexRow, RawRecord, flat_node, row_of
from spack.system.files.kept import Stamp
from spack.type_names import Any

#: Version of the index that is written.
VERSION = "8"
#: Versions that are read.
READABLE = ("5", "6", "7", "8")

_ROWS_FORMAT = 4
#: No first line of a rows file is longer.
_HEAD_LENGTH = 4096


class DatabaseFormatError(SpackError):
    """The index is of an unknown version or is not an index at all."""


def _numbers(identity: Stamp) -> list[int]:
    """The numbers that tell one index file from another, as a rows file has them."""
    return [identity.size, identity.mtime_ns, identity.inode]


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


class Snapshot:
    """One consistent state of the database: an index, and the changes of the journal over it."""

    def __init__(self, index: OpenedIndex | None, journal: Journal) -> None:
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

    def _open_index(self) -> OpenedIndex | None:
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

    def _with_rows_file(self, descriptor: int, identity: Stamp) -> OpenedIndex | None:
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

    def _opened_with(self, rows_file: int, descriptor: int, identity: Stamp) -> OpenedIndex | None:
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
        if os.fstat(rows_file).st_size != total or table_length % ENTRY_LENGTH:
            return None
        index = OpenedIndex(descriptor, identity, folded, version)
        sections = Sections(rows_file, end + 1 + table_length, rows, names)
        index.use_rows_file(read_at(rows_file, end + 1, table_length), sections)
        return index

    def _parse_index(self, descriptor: int, identity: Stamp) -> OpenedIndex:
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
        index = OpenedIndex(descriptor, identity, folded, version)
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
        if any(len(digest) != HASH_LENGTH or not digest.isascii() for digest in places):
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
