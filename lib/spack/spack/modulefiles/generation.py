"""Writes the module files of a set: all of them, or those of some packages.

One process at a time changes a set. A file that is there already, for a package of which nothing
has changed since it was written, is not made again: what it was made from is kept in a cache.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.digests import sha1
from spack.modulefiles import writing
from spack.modulefiles.index import Entry, index_path, index_text, read_index
from spack.modulefiles.layout import FilePlace
from spack.modulefiles.module_set import ModuleSet
from spack.named_tuples import NamedTuple
from spack.store.records import InstallRecord
from spack.system.files.kept import DamagedError, Stamp, read_kept, write_kept
from spack.system.files.locks import Lock
from spack.type_names import Callable

#: The file in the root of a set that is locked while it is changed.
LOCK_NAME = ".module-files-lock"

_FORMAT = 1


class NameClashError(SpackError):
    """Several packages have one module file."""


class Failure(NamedTuple):
    """A package without a module file because of an error."""

    label: str
    error: SpackError


class RefreshReport(NamedTuple):
    """Results of a refresh."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    failures: tuple[Failure, ...] = ()
    clashes: tuple[str, ...] = ()


class _Made(NamedTuple):
    """A file as it was written, kept for the next time."""

    made_from: str
    place: FilePlace
    mtime_ns: int
    size: int

    def is_there(self) -> bool:
        stamp = Stamp.of(self.place.path)
        return stamp is not None and (stamp.mtime_ns, stamp.size) == (self.mtime_ns, self.size)


class Kept:
    """The state that the files of one set were made from.

    Args:
        path: the file of the cache; None keeps nothing.
        made_from: what all files of the set depend on.
    """

    def __init__(self, path: str | None, made_from: str) -> None:
        self._path = path
        self._made_from = made_from
        self.files: dict[str, _Made] = {}

    def read(self) -> None:
        """Read what was kept the last time, if it is about the same settings."""
        if self._path is None:
            return
        try:
            kept_from, rows = read_kept(self._path, _parse)
        except DamagedError:
            return
        if kept_from == self._made_from:
            self.files = rows

    def write(self) -> None:
        """Keep what the files are made from now."""
        if self._path is None:
            return
        rows = {
            digest: [made.made_from, *made.place, made.mtime_ns, made.size]
            for digest, made in self.files.items()
        }
        write_kept(self._path, json.dumps([_FORMAT, self._made_from, rows]))


def _parse(data: bytes) -> tuple[str, dict[str, _Made]]:
    number, made_from, rows = json.loads(data)
    if number != _FORMAT:
        raise ValueError("another format")
    found = {
        digest: _Made(source, FilePlace(name, folder, path, hidden), mtime_ns, size)
        for digest, (source, name, folder, path, hidden, mtime_ns, size) in rows.items()
    }
    return made_from, found


def digest_of(*parts: object) -> str:
    """A short text that differs where the parts do."""
    text: str = sha1(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()
    return text


def locked(root: str) -> Lock:
    """The lock of the files of a set."""
    return Lock(os.path.join(root, LOCK_NAME), description=f"module files in {root}")


def refresh(
    files: ModuleSet,
    records: Sequence[InstallRecord],
    kept: Kept,
    made_from: Callable[[InstallRecord], str],
    *,
    delete_tree: bool = False,
    following: bool = False,
) -> RefreshReport:
    """Write the files of some installed packages; specs are read of those that have changed.

    Args:
        made_from: what the file of a package depends on, apart from the settings.
        delete_tree: remove every other file of the set, once the new ones are there.
        following: remove files of these packages under former names; of several packages with one
            file the last is taken, and the others are told.

    Raises:
        NameClashError: several packages have one file; nothing is written.
        ConfigurationError, OSError
    """
    os.makedirs(files.root, exist_ok=True)
    with locked(files.root).exclusive():
        return _Refresh(files, kept, made_from).run(records, delete_tree, following)


class _Refresh:
    """One change of a set, under its lock."""

    def __init__(
        self, files: ModuleSet, kept: Kept, made_from: Callable[[InstallRecord], str]
    ) -> None:
        self.files = files
        self.kept = kept
        self.made_from = made_from
        self.index: dict[str, Entry] = {}
        self.failures: list[Failure] = []
        self.left_out: set[str] = set()

    def run(
        self, records: Sequence[InstallRecord], delete_tree: bool, following: bool
    ) -> RefreshReport:
        self.kept.read()
        former = read_index(self.files.root)
        self.index = {} if delete_tree else dict(former)
        places, stamps, changed = self.places(records)
        clashes = self.clashes(records, places)
        if clashes and not following:
            raise NameClashError(
                f"several packages have one {self.files.kind} module file",
                details="\n".join(f"    {line}" for line in clashes),
                hint=f"add hash_length, suffixes or projections to modules:"
                f"{self.files.settings.name}:{self.files.kind}",
            )
        written = sum(self.write(node, places, stamps) for node in changed)
        hidden = [places[node.dag_hash()] for node in changed if node.dag_hash() in places]
        writing.hide(self.files.kind, hidden)
        self.set_defaults(records, places)
        for digest in self.left_out:
            self.index.pop(digest, None)
        for digest, place in places.items():
            self.index[digest] = Entry(place.path, place.use_name)
        writing.write_changed(index_path(self.files.root), index_text(self.index))
        if following:
            _remove_unused(self.files.root, self.files.kind, former, self.index)
        removed = self.remove_others(former) if delete_tree else 0
        self.kept.write()
        return RefreshReport(
            written, len(places) - written, removed, tuple(self.failures), tuple(clashes)
        )

    def places(
        self, records: Sequence[InstallRecord]
    ) -> tuple[dict[str, FilePlace], dict[str, str], list[ConcreteSpec]]:
        """The place of each file, what it is made from, and the packages whose files change."""
        places: dict[str, FilePlace] = {}
        stamps: dict[str, str] = {}
        changed: list[ConcreteSpec] = []
        for record in records:
            digest = record.hash
            stamp = stamps[digest] = self.made_from(record)
            made = self.kept.files.get(digest)
            if made is not None and made.made_from == stamp and made.is_there():
                places[digest] = made.place
                continue
            node = record.spec
            try:
                place = self.files.place(node)
            except SpackError as error:
                self.failures.append(Failure(node.label, error))
                continue
            if place is None:
                self.left_out.add(digest)
                self.kept.files.pop(digest, None)
            else:
                places[digest] = place
                changed.append(node)
        return places, stamps, changed

    def clashes(
        self, records: Sequence[InstallRecord], places: Mapping[str, FilePlace]
    ) -> list[str]:
        """A line for each file that several packages have."""
        owners: dict[str, list[str]] = {}
        for digest, place in places.items():
            owners.setdefault(place.path, []).append(digest)
        for digest, entry in self.index.items():
            if digest not in places and digest not in self.left_out and entry.path in owners:
                owners[entry.path].insert(0, digest)
        shared = {path: found for path, found in owners.items() if len(found) > 1}
        labels = {record.hash: record.spec.label for record in records} if shared else {}
        return [
            f"{path}: " + ", ".join(labels.get(digest, f"/{digest[:7]}") for digest in found)
            for path, found in shared.items()
        ]

    def write(
        self, node: ConcreteSpec, places: dict[str, FilePlace], stamps: Mapping[str, str]
    ) -> bool:
        """Write the file of a package; whether it is another than before."""
        digest = node.dag_hash()
        place = places[digest]
        try:
            text = self.files.text(node)
            is_new = writing.write_changed(place.path, text)
        except SpackError as error:
            self.failures.append(Failure(node.label, error))
            del places[digest]
            self.kept.files.pop(digest, None)
            return False
        stamp = Stamp.of(place.path)
        if stamp is not None:
            self.kept.files[digest] = _Made(stamps[digest], place, stamp.mtime_ns, stamp.size)
        return is_new

    def set_defaults(
        self, records: Iterable[InstallRecord], places: Mapping[str, FilePlace]
    ) -> None:
        """Mark the defaults; of several in a directory the last wins."""
        if not self.files.rules.settings.defaults:
            return
        chosen: dict[str, str] = {}
        for record in records:
            place = places.get(record.hash)
            if place is not None and self.files.rules.is_default(record.spec):
                chosen[os.path.dirname(place.path)] = place.path
        for path in chosen.values():
            writing.set_default(path)

    def remove_others(self, former: Mapping[str, Entry]) -> int:
        """Remove what does not belong to the set any more, if the tree is one of module files."""
        root = self.files.root
        names = (".modulerc", ".modulerc.lua")
        kept = {entry.path for entry in self.index.values()}
        gone = [entry for entry in former.values() if entry.path not in kept]
        hidden_before = [(os.path.dirname(entry.path), entry.use_name) for entry in gone]
        writing.hide(self.files.kind, (), hidden_before)
        kept.update(
            os.path.join(root, name) for name in (os.path.basename(index_path(root)), LOCK_NAME)
        )
        hidden = {os.path.dirname(entry.path) for entry in self.index.values()}
        kept.update(os.path.join(directory, name) for directory in hidden for name in names)
        for digest in former.keys() - self.index.keys():
            self.kept.files.pop(digest, None)
        return len(writing.remove_others(root, kept)) if former else 0


def remove(root: str, kind: str, digests: Iterable[str]) -> list[str]:
    """Remove the files of some packages from a set; the names of the modules that went."""
    if not os.path.isfile(index_path(root)):
        return []
    with locked(root).exclusive():
        index = read_index(root)
        gone = {digest: index.pop(digest) for digest in digests if digest in index}
        _remove_unused(root, kind, gone, index)
        if gone:
            writing.write_changed(index_path(root), index_text(index))
        return [entry.use_name for entry in gone.values()]


def _remove_unused(
    root: str, kind: str, former: Mapping[str, Entry], index: Mapping[str, Entry]
) -> None:
    """Remove the files of a former index that are in no entry of the present one."""
    needed = {entry.path for entry in index.values()}
    for entry in former.values():
        if entry.path not in needed:
            writing.hide(kind, (), [(os.path.dirname(entry.path), entry.use_name)])
            writing.remove_file(entry.path, root)
