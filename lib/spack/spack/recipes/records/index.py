"""Records of all recipes of a repository, kept on disk.

What is kept, in a folder per repository below the cache directory:

``index``
    One line of JSON (what the records depend on, providers, tags, broken recipes, names of the data
    files), then the sorted package names one per line, then five 64-bit numbers per package: data
    file, offset, length, and time and size of its recipe.
``records-….data``
    One line of JSON per record: the files it was made from with time and size, and the record.

A file is never changed once it is written: an index is replaced as a whole, new records go to a
new data file, so that several processes may build and read at once. Anything unreadable, of
another program version or for another folder is ignored and made anew.

When is a record taken from the cache?  A start looks at the program, at what all recipes share
(build systems, ``repo.yaml``), at the time of the packages folder and, in a git clone, at the index
of git. If the latter two changed, every recipe file is looked at. Asking for a record looks at the
files it was made from; if one has changed, every recipe file is looked at too. Recipes that were
broken are read again when other repositories stand beside theirs: one may have been missing.

This module knows no package class; a :class:`RecipeSource` makes records.
"""

from __future__ import annotations

import array
import json
import os
import sys
import time
import weakref
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Protocol,
    Sequence,
    Set,
    Tuple,
)

import spack
from spack.errors import SpackError
from spack.recipes.build_context import available_processors
from spack.recipes.records.package_records import PackageRecord
from spack.recipes.records.record_json import RECORD_FORMAT, packed_record, unpacked_record
from spack.system.files.writing import atomic_write
from spack.system.processes.forking import forked_map

#: The form of the index and the data files.
CACHE_FORMAT = 3

#: Called with the number of finished recipes and of all recipes to be read.
Progress = Callable[[int, int], None]

_FEW = 4
_CHUNK = 48
_MOST_DATA_FILES = 8
_KEEP_SECONDS = 3600

#: Recipes that take so long to read that users want to know why it happens again.
_SLOW = 500

_Stamp = Tuple[int, int]
_NO_STAMP: _Stamp = (0, -1)


class RecipeSource(Protocol):
    """The repository, as far as the cache needs it."""

    root: str

    @property
    def packages_dir(self) -> str:
        """Folder of the package folders."""

    def list_directories(self) -> Dict[str, str]:
        """Package name -> folder name."""

    def recipe_file(self, name: str) -> str:
        """File of a recipe."""

    def module_name(self, name: str) -> str:
        """Python module of a recipe."""

    def extract(self, name: str) -> PackageRecord:
        """Make a record by importing the recipe."""

    def neighbours(self) -> List[str]:
        """Folders of all repositories that recipes can import from now, in order."""


class _Row(NamedTuple):
    """Where a record is, and the stamp of its recipe. Length 0: the recipe is broken."""

    file: int
    offset: int
    length: int
    time: int
    size: int


class _Extracted(NamedTuple):
    """The outcome for one recipe: a line of a data file, or the text of an error."""

    name: str
    line: bytes
    error: str
    provides: Tuple[str, ...]
    tags: Tuple[str, ...]
    bases: Tuple[str, ...]
    virtual: bool = False


def _stamp(path: str) -> _Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return _NO_STAMP
    return status.st_mtime_ns, status.st_size


def _tree_stamps(folder: str, skip: str) -> List[Tuple[str, int, int]]:
    """Stamps of the Python and YAML files in a folder and its sub-folders, without ``skip``."""
    found: List[Tuple[str, int, int]] = []
    for directory, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith((".", "__")) and os.path.join(directory, name) != skip
        ]
        for name in files:
            if name.endswith((".py", ".yaml")):
                path = os.path.join(directory, name)
                found.append((os.path.relpath(path, folder), *_stamp(path)))
    return sorted(found)


#: Modules whose change makes other records of the same recipes.
_MAKERS = (
    "declaring/declarations",
    "declaring/directive_scope",
    "declaring/relation_directives",
    "declaring/source_directives",
    "declaring/variant_directives",
    "declaring/variants",
    "finding/extraction",
    "hashing/canonical_expressions",
    "hashing/canonical_text",
    "hashing/content_hash",
    "hashing/package_hash",
    "hashing/recipe_text",
    "records/package_records",
    "records/record_json",
)


def program_signature() -> str:
    """Changes with this program: its version, the formats, the modules that make records."""
    layer = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parts: List[Any] = [spack.__version__, RECORD_FORMAT, CACHE_FORMAT, sys.version_info[:2]]
    parts += [_stamp(os.path.join(layer, name + ".py")) for name in _MAKERS]
    return _sha256(repr(parts))


def shared_signature(source: RecipeSource) -> str:
    """Changes with what all recipes of a repository share: everything outside of the packages."""
    stamps = _tree_stamps(source.root, source.packages_dir)
    return _sha256(repr(stamps))


def folder_signature(source: RecipeSource) -> str:
    """Changes when packages come or go, and when git changes files."""
    return repr([_stamp(path) for path in (source.packages_dir, *git_files(source.root))])


def git_files(directory: str) -> List[str]:
    """Files that change when git changes what is in a directory; none outside of a clone."""
    while True:
        git = os.path.join(directory, ".git")
        if os.path.exists(git):
            git = _git_directory(git)
            return [os.path.join(git, "index"), os.path.join(git, "HEAD")]
        parent = os.path.dirname(directory)
        if parent == directory:
            return []
        directory = parent


def _git_directory(path: str) -> str:
    """The directory of git: ``.git`` itself, or in a further work tree what that file names."""
    if not os.path.isfile(path):
        return path
    with open(path, encoding="utf-8", errors="replace") as file:
        named = file.read().partition("gitdir:")[2].strip()
    return os.path.join(os.path.dirname(path), named)


class _DataFile:
    """A data file, open for as long as the object lives."""

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self.descriptor)


class RepositoryIndex:
    """Names, providers, tags and records of one repository.

    ``refresh`` makes a newer index when a file behind a record is found changed. ``is_new`` says
    that all recipes were read for this one.
    """

    def __init__(
        self,
        folder: str,
        header: Mapping[str, Any],
        names: List[str],
        table: "array.array[int]",
        memory: Optional[List[bytes]] = None,
    ) -> None:
        self.folder = folder
        self.is_new = False
        self.header = header
        self._names = names
        self._table = table
        self._memory = memory
        self._places: Optional[Dict[str, int]] = None
        self._records: Dict[str, PackageRecord] = {}
        self._files: Dict[int, _DataFile] = {}
        self.refresh: Optional[Callable[[Set[str]], "RepositoryIndex"]] = None
        self.extract: Optional[Callable[[str], PackageRecord]] = None
        self.recipe_file: Optional[Callable[[str], str]] = None

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
    def places(self) -> Dict[str, int]:
        """Package name -> row."""
        if self._places is None:
            self._places = {name: place for place, name in enumerate(self._names)}
        return self._places

    def row(self, name: str) -> _Row:
        """Where the record of a package is."""
        start = 5 * self.places[name]
        return _Row(*self._table[start : start + 5])

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

    def mentioning(self, words: Sequence[str]) -> List[str]:
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

    def record(self, name: str) -> Optional[PackageRecord]:
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
        changed = _stamp(self.recipe_file(name)) != (row.time, row.size)
        if not changed and row.length:
            try:
                stamps, record = self.read(row)
            except (ValueError, TypeError, OSError):
                return self.extract(name)
            changed = any(_stamp(path) != (when, size) for path, when, size in stamps)
            if not changed and record.name == name:
                return record
        if changed and self.refresh is not None:
            self._adopt(self.refresh({name}))
            if name in self.places and self.row(name).length:
                return self.read(self.row(name))[1]
        return self.extract(name)

    def _adopt(self, newer: "RepositoryIndex") -> None:
        self.header, self._names, self._table = newer.header, newer._names, newer._table
        self._memory, self._places, self._files = newer._memory, None, {}

    def raw(self, row: _Row) -> bytes:
        """The line of a record."""
        if self._memory is not None:
            return self._memory[row.offset]
        file = self._files.get(row.file)
        if file is None:
            path = os.path.join(self.folder, self.header["data"][row.file][0])
            file = self._files[row.file] = _DataFile(path)
        return os.pread(file.descriptor, row.length, row.offset)

    def read(self, row: _Row) -> Tuple[List[Tuple[str, int, int]], PackageRecord]:
        """Stamps of the further files behind a record, and the record.

        Raises ValueError or OSError if the data file is not what the index says.
        """
        stamps, data = json.loads(self.raw(row))
        return stamps, unpacked_record(data)


class RecordCache:
    """Makes, stores and finds indexes.

    Args:
        directory: where they are kept; None: in memory only.
        workers: processes that read recipes; 0: one per available processor, up to eight.
    """

    def __init__(self, directory: Optional[str], *, workers: int = 0) -> None:
        self.directory = directory
        self._workers = workers
        self._check_all: Set[str] = set()

    def check_all_files(self, root: str) -> None:
        """Look at every recipe of a repository when its index is asked for next."""
        self._check_all.add(root)

    def folder_of(self, root: str) -> str:
        """Where the index of a repository is kept."""
        code = _sha256(os.path.realpath(root))[:16]
        return os.path.join(self.directory or "", "records", code)

    def index_of(
        self, source: RecipeSource, progress: Optional[Progress] = None
    ) -> RepositoryIndex:
        """An index that is right for the files as they are now."""
        index = None if self.directory is None else self._read(source)
        basis = (program_signature(), shared_signature(source))
        if index is None or (index.header["program"], index.header["shared"]) != basis:
            index = self._build(source, None, set(), progress)
            index.is_new = True
        elif source.root in self._check_all or index.header["folder"] != folder_signature(source):
            index = self._build(source, index, set(), progress)
        elif index.broken() and index.header["neighbours"] != source.neighbours():
            index = self._build(source, index, set(index.broken()), progress)
        self._check_all.discard(source.root)
        return self._connect(index, source)

    def _connect(self, index: RepositoryIndex, source: RecipeSource) -> RepositoryIndex:
        index.extract = source.extract
        index.recipe_file = source.recipe_file
        index.refresh = lambda names: self._build(source, index, names, None)
        return index

    # -- reading -------------------------------------------------------------------------------

    def _read(self, source: RecipeSource) -> Optional[RepositoryIndex]:
        folder = self.folder_of(source.root)
        try:
            with open(os.path.join(folder, "index"), "rb") as file:
                content = file.read()
            return _parse_index(folder, content, source.root)
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None

    # -- building ------------------------------------------------------------------------------

    def _build(
        self,
        source: RecipeSource,
        old: Optional[RepositoryIndex],
        forced: Set[str],
        progress: Optional[Progress],
    ) -> RepositoryIndex:
        signatures = {
            "program": program_signature(),
            "shared": shared_signature(source),
            "folder": folder_signature(source),
        }
        stamps = {name: _stamp(source.recipe_file(name)) for name in source.list_directories()}
        needed = _outdated(source, old, stamps, forced)
        extracted = {e.name: e for e in self._extract_all(source, needed, progress)}
        return self._store(source, old, stamps, extracted, signatures)

    def _extract_all(
        self, source: RecipeSource, names: Sequence[str], progress: Optional[Progress]
    ) -> List[_Extracted]:
        if not names:
            return []
        loaded = any(source.module_name(name) in sys.modules for name in names)
        if len(names) <= _FEW and not loaded:
            return [_extract(source, name) for name in names]
        chunks = [list(names[start : start + _CHUNK]) for start in range(0, len(names), _CHUNK)]
        workers = min(self._workers or min(8, available_processors()), len(chunks))

        def extract(number: int) -> List[_Extracted]:
            return [_extract(source, name) for name in chunks[number]]

        def report(done: int) -> None:
            if progress is not None:
                progress(min(done * _CHUNK, len(names)), len(names))

        found = forked_map(extract, len(chunks), workers, report, _forget_recipe_modules)
        return [record for chunk in found for record in chunk]

    def _store(
        self,
        source: RecipeSource,
        old: Optional[RepositoryIndex],
        stamps: Mapping[str, _Stamp],
        extracted: Mapping[str, _Extracted],
        signatures: Mapping[str, str],
    ) -> RepositoryIndex:
        names = sorted(stamps)
        data_files: List[Tuple[str, int]] = [] if old is None else list(old.header["data"])
        compact = len(data_files) >= _MOST_DATA_FILES or self.directory is None
        if compact:
            data_files = []
        lines: List[bytes] = []
        table = array.array("q")
        offset = 0
        number = len(data_files)
        for name in names:
            new = extracted.get(name)
            if new is None and not compact:
                assert old is not None
                table.extend(old.row(name))
                continue
            if new is None:
                assert old is not None
                row = old.row(name)
                line = old.raw(row) if row.length else b""
            else:
                line = new.line
            place = len(lines) if self.directory is None else offset
            table.extend((number, place, len(line), *stamps[name]))
            lines.append(line)
            offset += len(line)
        header: Dict[str, Any] = dict(signatures)
        header.update(_joint(old, names, extracted))
        header["root"] = os.path.realpath(source.root)
        header["neighbours"] = source.neighbours()
        header["data"] = data_files
        header["format"] = CACHE_FORMAT
        header["count"] = len(names)
        if self.directory is None:
            return self._connect(RepositoryIndex("", header, names, table, lines), source)
        folder = self.folder_of(source.root)
        try:
            if lines:
                data_files.append((_write_data(folder, lines), offset))
            _write_index(folder, header, names, table)
            _remove_old(folder, data_files)
        except OSError as error:
            # A cache that cannot be written must not stop anybody.
            if len(extracted) >= _SLOW:
                _tell(folder, len(extracted), error)
            if old is None or compact:
                place_table = _memory_table(table, lines)
                return self._connect(RepositoryIndex("", header, names, place_table, lines), source)
            return self._store_in_memory(source, old, stamps, extracted, signatures)
        return self._connect(RepositoryIndex(folder, header, names, table), source)

    def _store_in_memory(
        self,
        source: RecipeSource,
        old: RepositoryIndex,
        stamps: Mapping[str, _Stamp],
        extracted: Mapping[str, _Extracted],
        signatures: Mapping[str, str],
    ) -> RepositoryIndex:
        memory = RecordCache(None, workers=self._workers)
        return memory._store(source, old, stamps, extracted, signatures)


def _memory_table(table: "array.array[int]", lines: Sequence[bytes]) -> "array.array[int]":
    """The table with numbers of lines in place of offsets."""
    changed = array.array("q", table)
    for place in range(len(lines)):
        changed[5 * place + 1] = place
    return changed


def _outdated(
    source: RecipeSource,
    old: Optional[RepositoryIndex],
    stamps: Mapping[str, _Stamp],
    forced: Set[str],
) -> List[str]:
    """Names whose records must be made anew: changed, new, or based on a changed recipe."""
    if old is None:
        return sorted(stamps)
    changed = {
        name for name, stamp in stamps.items() if not old.has(name) or old.row(name)[3:] != stamp
    }
    changed.update(name for name in forced if name in stamps)
    files = {source.recipe_file(name) for name in changed}
    files.update(source.recipe_file(name) for name in old.names() if name not in stamps)
    for file, heirs in old.header["heirs"].items():
        if file in files:
            changed.update(name for name in heirs if name in stamps)
    changed.update(name for name in old.broken() if name in stamps and files)
    return sorted(changed)


def _joint(
    old: Optional[RepositoryIndex], names: Sequence[str], extracted: Mapping[str, _Extracted]
) -> Dict[str, Any]:
    """Providers, tags, heirs and broken recipes: those of the old index, brought up to date."""
    present = set(names)
    tables: Dict[str, Dict[str, List[str]]] = {"providers": {}, "tags": {}, "heirs": {}}
    broken: Dict[str, str] = {}
    if old is not None:
        for key, table in tables.items():
            for word, holders in old.header[key].items():
                kept = [n for n in holders if n in present and n not in extracted]
                if kept:
                    table[word] = kept
        broken = {n: t for n, t in old.broken().items() if n in present and n not in extracted}
    for new in extracted.values():
        if new.error:
            broken[new.name] = new.error
        for key, found in (("providers", new.provides), ("tags", new.tags), ("heirs", new.bases)):
            for word in found:
                tables[key].setdefault(word, []).append(new.name)
    result: Dict[str, Any] = {
        key: {word: sorted(set(holders)) for word, holders in sorted(table.items())}
        for key, table in tables.items()
    }
    result["broken"] = dict(sorted(broken.items()))
    virtual = set() if old is None else set(old.header["virtual"]) & present - set(extracted)
    virtual.update(new.name for new in extracted.values() if new.virtual)
    result["virtual"] = sorted(virtual)
    return result


def _extract(source: RecipeSource, name: str) -> _Extracted:
    try:
        record = source.extract(name)
        others = [path for path in record.dependent_files if path != record.path]
        stamps = [(path, *_stamp(path)) for path in others]
        line = json.dumps([stamps, packed_record(record)], separators=(",", ":")).encode()
    except SpackError as error:
        return _Extracted(name, b"", str(error), (), (), ())
    except Exception as error:
        text = f"{source.recipe_file(name)}: {type(error).__name__}: {error}"
        return _Extracted(name, b"", text, (), (), ())
    return _Extracted(
        name,
        line + b"\n",
        "",
        tuple(record.provided_names()),
        tuple({tag.lower() for tag in record.tags}),
        tuple(path for path in others if path.endswith("package.py")),
        record.virtual,
    )


def _forget_recipe_modules() -> None:
    """Drop inherited recipe modules: their files may have changed."""
    for name in [n for n in sys.modules if n.startswith(("spack_repo.", "spack.pkg."))]:
        del sys.modules[name]


def _tell(folder: str, count: int, error: OSError) -> None:
    from spack.system.terminal.messages import warn

    warn(
        f"what {count} recipes say cannot be kept in {folder}: {error.strerror or error}",
        "every command has to read them anew, until there is room and the right to write",
    )


def _write_data(folder: str, lines: Sequence[bytes]) -> str:
    import tempfile

    os.makedirs(folder, exist_ok=True)
    handle, path = tempfile.mkstemp(prefix="records-", suffix=".data", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(lines)
        os.chmod(path, 0o644)
    except BaseException:
        # What a full disk or Ctrl-C cut would take the last room.
        os.unlink(path)
        raise
    return os.path.basename(path)


def _write_index(
    folder: str, header: Mapping[str, Any], names: Sequence[str], table: "array.array[int]"
) -> None:
    os.makedirs(folder, exist_ok=True)
    text = json.dumps(header, separators=(",", ":")).encode()
    listed = "".join(name + "\n" for name in names).encode()
    first = f"{len(text)} {len(listed)} {sys.byteorder}\n".encode()
    atomic_write(os.path.join(folder, "index"), first + text + listed + table.tobytes())


def _parse_index(folder: str, content: bytes, root: str) -> Optional[RepositoryIndex]:
    """Raises ValueError, KeyError or TypeError for content of another form."""
    end = content.index(b"\n") + 1
    header_length, names_length, byteorder = content[:end].split()
    if byteorder.decode() != sys.byteorder:
        return None
    names_at = end + int(header_length)
    table_at = names_at + int(names_length)
    header = json.loads(content[end:names_at])
    names = content[names_at:table_at].decode().split()
    table = array.array("q")
    table.frombytes(content[table_at:])
    if header["format"] != CACHE_FORMAT or header["root"] != os.path.realpath(root):
        return None
    if len(names) != header["count"] or len(table) != 5 * len(names):
        return None
    if not all(isinstance(header[key], list) for key in ("virtual", "neighbours")):
        return None
    if not all(isinstance(header[key], dict) for key in ("providers", "tags", "heirs", "broken")):
        return None
    for name, size in header["data"]:
        if os.path.getsize(os.path.join(folder, name)) != size:
            return None
    return RepositoryIndex(folder, header, names, table)


def _remove_old(folder: str, data_files: Sequence[Tuple[str, int]]) -> None:
    """Remove data files of earlier indexes that nobody can still be about to open."""
    needed = {name for name, _ in data_files}
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.endswith(".data") and name not in needed:
            if os.path.getmtime(path) < time.time() - _KEEP_SECONDS:
                os.unlink(path)


def _sha256(text: str) -> str:
    """The digest of a text. Loading OpenSSL takes longer than many a command that needs none."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
