"""An index that is being made: takes records as they come, and keeps what there is now and then.

What was kept before an interruption is an index that lacks some recipes and says so; the next draft
goes on from there. Must not know how records are made.
"""

from __future__ import annotations

import array
import os
import time
from collections.abc import Sequence

from spack.recipes.records.extracting import Extracted
from spack.recipes.records.index import (
    CACHE_FORMAT,
    IN_MEMORY,
    RepositoryIndex,
    Row,
    write_index,
    write_names,
)
from spack.recipes.records.recipe_state import RecipeSource, RecipeState, StampRow
from spack.system.files.kept import drop_oldest, tell_loss
from spack.type_names import Any

_MOST_DATA_FILES = 8
_KEEP_SECONDS = 3600

#: Seconds after which what was made is kept while more is made.
_OFTEN = 2.0

#: Recipes that take so long to read that users want to know how far it is, and why again.
MANY = 500


class IndexDraft:
    """The rows of an old index that still hold, and new ones.

    Args:
        folder: where it is kept; None: in memory only.
        outdated: names of which the old index has no record that holds.
    """

    def __init__(
        self,
        folder: str | None,
        source: RecipeSource,
        state: RecipeState,
        old: RepositoryIndex | None,
        outdated: set[str],
    ) -> None:
        self._folder = folder
        self._source = source
        self._stamps = state.stamps
        self._signatures = state.signatures
        self._listed = state.listed
        self._old = old
        self._loss = f"the records of {len(outdated)} recipes" if len(outdated) >= MANY else ""
        self._made: dict[str, Extracted] = {}
        #: Lines that are in no data file of the old index, by name, and rows of the other names.
        self._lines: dict[str, bytes] = {}
        self._rows: dict[str, Row] = {}
        self._data: list[tuple[str, int]] = []
        if old is not None:
            rows = {name: old.row(name) for name in state.stamps if name not in outdated}
            data = old.header["data"]
            if old.folder == (folder or "") and len(data) < _MOST_DATA_FILES:
                self._rows, self._data = rows, list(data)
            else:
                self._lines = {n: old.raw(row) if row.length else b"" for n, row in rows.items()}
        self._path: str | None = None
        self._places: dict[str, tuple[int, int]] = {}
        self._size = 0
        self._kept_at = time.monotonic()

    def add(self, made: Sequence[Extracted]) -> None:
        """Take some records; they are kept at once if that is long ago."""
        for record in made:
            self._made[record.name] = record
            self._lines[record.name] = record.line
        if time.monotonic() - self._kept_at > _OFTEN:
            self.keep(complete=False)

    def finished(self) -> RepositoryIndex:
        """The index with all rows, kept if that can be."""
        kept = self.keep(complete=True)
        return self._in_memory() if kept is None else kept

    def keep(self, *, complete: bool) -> RepositoryIndex | None:
        """Keep what there is; None, and never tried again, where that cannot be."""
        folder = self._folder
        if folder is None:
            return None
        try:
            self._append(folder)
        except OSError as error:
            tell_loss(self._loss, folder, error)
            self._folder = None
            return None
        data = list(self._data)
        if self._path is not None:
            data.append((os.path.basename(self._path), self._size))
        number = len(self._data)
        rows = dict(self._rows)
        for name, (offset, length) in self._places.items():
            rows[name] = Row(number, offset, length, *self._stamps[name])
        index = self._index(folder, rows, data, complete)
        if not write_index(index, self._loss):
            self._folder = None
            return None
        if complete:
            _remove_old(folder, data)
            write_names(folder, index.names(), self._listed)
        self._kept_at = time.monotonic()
        return index

    def _append(self, folder: str) -> None:
        """Write the lines that are not in the data file yet."""
        import tempfile

        names = [name for name in self._lines if name not in self._places]
        if not names:
            return
        if self._path is None:
            os.makedirs(folder, exist_ok=True)
            handle, self._path = tempfile.mkstemp(prefix="records-", suffix=".data", dir=folder)
            os.fchmod(handle, 0o644)
            os.close(handle)
        try:
            with open(self._path, "r+b") as file:
                file.seek(self._size)
                file.writelines(self._lines[name] for name in names)
        except BaseException:
            # What a full disk or Ctrl-C cut would take the last room.
            if self._size:
                os.truncate(self._path, self._size)
            else:
                os.unlink(self._path)
                self._path = None
            raise
        for name in names:
            length = len(self._lines[name])
            self._places[name] = self._size, length
            self._size += length

    def _in_memory(self) -> RepositoryIndex:
        """The index with new lines in memory, and old rows where they are."""
        old = self._old
        memory = [] if old is None else list(old.memory)
        rows = dict(self._rows)
        for name, line in self._lines.items():
            rows[name] = Row(IN_MEMORY, len(memory), len(line), *self._stamps[name])
            memory.append(line)
        folder = "" if old is None else old.folder
        data = [(os.path.join(folder, name), size) for name, size in self._data]
        return self._index("", rows, data, True, memory)

    def _index(
        self,
        folder: str,
        rows: dict[str, Row],
        data: Sequence[tuple[str, int]],
        complete: bool,
        memory: Sequence[bytes] = (),
    ) -> RepositoryIndex:
        names = sorted(rows)
        table = array.array("q")
        for name in names:
            table.extend(rows[name])
        header: dict[str, Any] = dict(self._signatures)
        header.update(self._joint(set(names)))
        header["root"] = os.path.realpath(self._source.root)
        header["neighbours"] = self._source.neighbours()
        header["data"] = list(data)
        header["format"] = CACHE_FORMAT
        header["count"] = len(names)
        header["complete"] = complete
        return RepositoryIndex(folder, header, names, table, memory)

    def _joint(self, present: set[str]) -> dict[str, Any]:
        """Data about several recipes: those of the old index, brought up to date."""
        tables: dict[str, dict[str, list[str]]] = {"providers": {}, "tags": {}, "heirs": {}}
        broken: dict[str, str] = {}
        virtual: set[str] = set()
        foreign: dict[str, StampRow] = {}
        if self._old is not None:
            header, still = self._old.header, present - set(self._made)
            for key, table in tables.items():
                for word, holders in header[key].items():
                    kept = [name for name in holders if name in still]
                    if kept:
                        table[word] = kept
            broken = {name: text for name, text in header["broken"].items() if name in still}
            virtual = still.intersection(header["virtual"])
            foreign = {f: stamp for f, stamp in header["foreign"].items() if f in tables["heirs"]}
        own = self._source.packages_dir + os.sep
        for new in self._made.values():
            if new.error:
                broken[new.name] = new.error
            if new.virtual:
                virtual.add(new.name)
            bases = [file for file, _ in new.bases]
            for key, words in (("providers", new.provides), ("tags", new.tags), ("heirs", bases)):
                for word in words:
                    tables[key].setdefault(word, []).append(new.name)
            foreign.update((file, stamp) for file, stamp in new.bases if not file.startswith(own))
        return {
            **{
                key: {word: sorted(set(holders)) for word, holders in sorted(table.items())}
                for key, table in tables.items()
            },
            "broken": dict(sorted(broken.items())),
            "virtual": sorted(virtual),
            "foreign": foreign,
        }


def _remove_old(folder: str, data: Sequence[tuple[str, int]]) -> None:
    """Remove data files of earlier indexes that nobody can still be about to open."""
    needed = {name for name, _ in data}
    names = [n for n in os.listdir(folder) if n.endswith(".data") and n not in needed]
    drop_oldest((os.path.join(folder, name) for name in names), 0, _KEEP_SECONDS)
