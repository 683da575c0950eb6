"""One index file that is open, with its rows file if that belongs to it.

Records are parsed and parts of the rows file read when they are asked for. Knows no journal and not
how files are found and written: :mod:`spack.store.index_files` does.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Iterator, Mapping

from spack.store.packed_rows import packed_path, positions, unpack_names, unpack_rows
from spack.store.records import IndexRow, RawRecord, flat_node, row_of
from spack.system.files.kept import Stamp

HASH_LENGTH = 32
#: Bytes of a line of the table of a rows file: hash, offset and length of the record.
ENTRY_LENGTH = HASH_LENGTH + 12 + 8 + 1


def as_text(record: RawRecord | None) -> bytes:
    """A record as the index has it."""
    return json.dumps(record, separators=(",", ":")).encode("ascii")


def read_at(descriptor: int, start: int, length: int) -> bytes:
    """Bytes of a file that is only ever replaced, so that it has them."""
    parts: list[bytes] = []
    while length and (part := os.pread(descriptor, length, start)):
        parts.append(part)
        start += len(part)
        length -= len(part)
    return b"".join(parts)


class Sections:
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
            self._rows = read_at(self._descriptor, start, length)
        return self._rows

    def names(self) -> bytes:
        start, rows, length = self._place
        return read_at(self._descriptor, start + rows, length)


class OpenedIndex:
    """One index file, opened; records are parsed when they are asked for."""

    def __init__(self, descriptor: int, identity: Stamp, folded: int, version: str) -> None:
        self._descriptor = os.dup(descriptor)
        self.identity = identity
        self.folded = folded
        self.version = version
        self._table: bytes | None = None
        self._rows_file: Sections | None = None
        self._parsed: dict[str, RawRecord] | None = None
        self._rows: list[IndexRow] | None = None
        self._hashes: list[str] | None = None
        self._names: dict[str, str | list[str]] | None = None
        self._texts: dict[str, tuple[int, int]] = {}

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def use_rows_file(self, table: bytes, sections: Sections) -> None:
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
                    text[i : i + HASH_LENGTH] for i in range(0, len(text), ENTRY_LENGTH)
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
        starts = [position * ENTRY_LENGTH for position in positions(found)]
        return [self._table[i : i + HASH_LENGTH].decode("ascii") for i in starts]

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
        low, high = 0, len(self._table) // ENTRY_LENGTH
        while low < high:
            middle = (low + high) // 2
            start = middle * ENTRY_LENGTH
            found = self._table[start : start + HASH_LENGTH]
            if found == wanted:
                rest = self._table[start + HASH_LENGTH : start + ENTRY_LENGTH]
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
        data = read_at(self._descriptor, 0, self.identity.size)
        for number, digest in enumerate(self.hashes()):
            if self._table is None:
                start, length = self._texts[digest]
            else:
                entry = number * ENTRY_LENGTH + HASH_LENGTH
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
