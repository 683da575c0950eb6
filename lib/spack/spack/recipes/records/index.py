"""The index of a repository's records: names, providers, tags, and each record when asked for.

What is kept, in a folder per repository:

``index``
    One line of JSON (what the records depend on, providers, tags, broken recipes, names of the data
    files), then the sorted package names one per line, then six 64-bit numbers per package: data
    file, offset, length, and the stamp of its recipe.
``names``
    The names alone, for shells that complete them. Its time is that of the folder of packages
    when it was listed: the names hold while neither of the two is newer than the other.
``records-….data``
    One line of JSON per record: the files it was made from with their stamps, and the record.

A data file only grows while it is made and never changes then; an index is replaced as a whole, so
that several processes may build and read at once. This module knows no package class.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence

from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PackageRecord
from spack.recipes.records.recipe_state import StampRow, stamp_row
from spack.recipes.records.record_json import unpacked_record
from spack.system.files.kept import lasting_stamp, read_kept, write_kept
from spack.type_names import Any, Callable

#: The form of the index and the data files.
CACHE_FORMAT = 4

#: The file with the names alone.
NAMES = "names"

#: Numbers of a row, and the one that stands for a data file where a record is in memory.
COLUMNS, IN_MEMORY = 6, -1

_TABLES = ("providers", "tags", "heirs", "foreign", "broken")


class Row(NamedTuple):
    """The place of a record, and the stamp of its recipe. Length 0: the recipe is broken."""

    file: int
    offset: int
    length: int
    mtime_ns: int
    size: int
    inode: int

    @property
    def stamp(self) -> StampRow:
        """The stamp of the recipe."""
        return self.mtime_ns, self.size, self.inode


class _DataFile:
    """A data file, open for as long as the object lives."""

    descriptor = -1

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)


class RepositoryIndex:
    """Names, providers, tags and records of one repository.

    ``refresh`` makes a newer index when a file behind a record is found changed. ``is_new`` says
    that all recipes were read for this one.

    Args:
        folder: where it is kept; "" for one in memory.
        table: :data:`COLUMNS` numbers for each name, see :class:`Row`.
        memory: lines of records that are in no data file.
    """

    def __init__(
        self,
        folder: str,
        header: Mapping[str, Any],
        names: list[str],
        table: array.array[int],
        memory: Sequence[bytes] = (),
    ) -> None:
        self.folder = folder
        self.is_new = False
        self.header = header
        self._names = names
        self.table = table
        self.memory = memory
        self._places: dict[str, int] | None = None
        self._records: dict[str, PackageRecord] = {}
        self._files: dict[int, _DataFile] = {}
        self.refresh: Callable[[set[str]], RepositoryIndex] | None = None
        self.extract: Callable[[str], PackageRecord] | None = None
        self.recipe_file: Callable[[str], str] | None = None

    # -- look-ups ------------------------------------------------------------------------------

    def names(self) -> Sequence[str]:
        """Names of all recipes, sorted; those that only describe a virtual are among them."""
        return self._names

    def has(self, name: str) -> bool:
        """Whether a recipe of that name exists."""
        return name in self.places

    def virtual_recipes(self) -> Sequence[str]:
        """Names of the recipes that only describe a virtual, sorted."""
        found: Sequence[str] = self.header["virtual"]
        return found

    @property
    def places(self) -> dict[str, int]:
        """Package name -> row."""
        if self._places is None:
            self._places = {name: place for place, name in enumerate(self._names)}
        return self._places

    def row(self, name: str) -> Row:
        """The row with the place of the record of a package."""
        start = COLUMNS * self.places[name]
        return Row(*self.table[start : start + COLUMNS])

    def providers(self, virtual: str) -> Sequence[str]:
        """Names of the packages that may provide a virtual, sorted."""
        found: Sequence[str] = self.header["providers"].get(virtual, ())
        return found

    def virtuals(self) -> Sequence[str]:
        """Names of all virtuals that something provides, sorted."""
        return sorted(self.header["providers"])

    def with_tag(self, tag: str) -> Sequence[str]:
        """Names of the packages with a tag, sorted."""
        found: Sequence[str] = self.header["tags"].get(tag.lower(), ())
        return found

    def tags(self) -> Mapping[str, Sequence[str]]:
        """Tag in lower case -> names."""
        tags: Mapping[str, Sequence[str]] = self.header["tags"]
        return tags

    def mentioning(self, words: Sequence[str]) -> list[str]:
        """Names of packages whose stored record has one of the words in it somewhere.

        Much faster than reading the records: a first choice for questions about all of them.
        """
        wanted = [json.dumps(word)[1:-1].encode() for word in words]
        found = []
        for name in self._names:
            line = self.raw(self.row(name))
            if any(word in line for word in wanted):
                found.append(name)
        return found

    def broken(self) -> Mapping[str, str]:
        """Packages whose recipe could not be read -> why."""
        broken: Mapping[str, str] = self.header["broken"]
        return broken

    # -- records -------------------------------------------------------------------------------

    def record(self, name: str) -> PackageRecord | None:
        """The record of a package, None for an unknown one. A broken recipe raises its error."""
        found = self._records.get(name)
        if found is None:
            if name not in self.places:
                return None
            found = self._current_record(name)
            self._records[name] = found
        return found

    def _current_record(self, name: str) -> PackageRecord:
        assert self.recipe_file is not None and self.extract is not None
        row = self.row(name)
        changed = stamp_row(self.recipe_file(name)) != row.stamp
        if not changed and row.length:
            try:
                stamps, record = self.read(row)
            except (ValueError, TypeError, OSError):
                return self.extract(name)
            changed = any(lasting_stamp(path) != stamp for path, stamp in stamps)
            if not changed and record.name == name:
                return record
        if changed and self.refresh is not None:
            self._adopt(self.refresh({name}))
            if name in self.places and self.row(name).length:
                return self.read(self.row(name))[1]
        return self.extract(name)

    def _adopt(self, newer: RepositoryIndex) -> None:
        self.folder, self.header = newer.folder, newer.header
        self._names, self.table = newer._names, newer.table
        self.memory, self._places, self._files = newer.memory, None, {}

    def raw(self, row: Row) -> bytes:
        """The line of a record."""
        if row.file == IN_MEMORY:
            return self.memory[row.offset]
        file = self._files.get(row.file)
        if file is None:
            path = os.path.join(self.folder, self.header["data"][row.file][0])
            file = self._files[row.file] = _DataFile(path)
        return os.pread(file.descriptor, row.length, row.offset)

    def read(self, row: Row) -> tuple[list[tuple[str, list[int] | None]], PackageRecord]:
        """Stamps of the further files behind a record, and the record.

        Raises ValueError or OSError if the data file is not what the index says.
        """
        stamps, data = json.loads(self.raw(row))
        return stamps, unpacked_record(data)


def write_index(index: RepositoryIndex, loss: str) -> bool:
    """Replace the index of a folder; False, and a warning of a ``loss``, where that cannot be."""
    text = json.dumps(index.header, separators=(",", ":")).encode()
    listed = "".join(name + "\n" for name in index.names()).encode()
    first = f"{len(text)} {len(listed)} {sys.byteorder}\n".encode()
    content = first + text + listed + index.table.tobytes()
    return write_kept(os.path.join(index.folder, "index"), content, loss=loss)


def write_names(folder: str, names: Sequence[str], listed: int) -> None:
    """Replace the names for shells. ``listed`` is the time of the folder of packages (ns)."""
    path = os.path.join(folder, NAMES)
    if write_kept(path, "".join(name + "\n" for name in names)):
        with contextlib.suppress(OSError):
            os.utime(path, ns=(listed, listed))


def read_index(folder: str, root: str) -> RepositoryIndex:
    """The index in a folder, of the repository at ``root``.

    Raises:
        DamagedError: there is none, it or its data files are cut, or it is of another form.
    """
    return read_kept(os.path.join(folder, "index"), lambda content: _parse(folder, content, root))


def _parse(folder: str, content: bytes, root: str) -> RepositoryIndex:
    end = content.index(b"\n") + 1
    header_length, names_length, byteorder = content[:end].split()
    names_at = end + int(header_length)
    table_at = names_at + int(names_length)
    header = json.loads(content[end:names_at])
    names = content[names_at:table_at].decode().split()
    table = array.array("q")
    table.frombytes(content[table_at:])
    whole = (
        byteorder.decode() == sys.byteorder
        and header["format"] == CACHE_FORMAT
        and header["root"] == os.path.realpath(root)
        and len(names) == header["count"]
        and len(table) == COLUMNS * len(names)
        and all(isinstance(header[key], list) for key in ("virtual", "neighbours"))
        and all(isinstance(header[key], dict) for key in _TABLES)
        and all(os.path.getsize(os.path.join(folder, f)) >= size for f, size in header["data"])
    )
    if not whole:
        raise ValueError("it is not an index of this form and repository")
    return RepositoryIndex(folder, header, names, table)
