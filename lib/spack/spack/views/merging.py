"""Merge directory trees into one: a pure plan, computed over a small reading interface.

Where two trees have a file of the same path the tree that comes first wins and the other is
reported (:class:`Clash`). A symbolic link to a directory of its own tree counts as a file, until
another tree has a real directory there; then its content is merged in.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Sequence

from spack.named_tuples import NamedTuple
from spack.type_names import Protocol


class EntryKind(enum.Enum):
    """Entry at a path of a tree."""

    FILE = "file"
    DIRECTORY = "directory"
    DIRECTORY_LINK = "link to a directory of the same tree"


class TreeReader(Protocol):
    """Lists directories; the one place where a plan meets the disk."""

    def entries(self, root: str, folder: str) -> list[tuple[str, EntryKind]]:
        """Sorted names and kinds in a folder (relative, may be empty) of a tree."""


class Tree(NamedTuple):
    """A tree to merge: where it is and below which folder of the result its content goes."""

    root: str
    folder: str = ""


class Clash(NamedTuple):
    """Two trees with something at the same path; numbers count the trees."""

    path: str
    kept: int
    dropped: int


class MergePlan(NamedTuple):
    """The merged tree.

    Attributes:
        directories: to make, parents before children.
        files: destination to (number of the tree, source relative to that tree's root); sources
            may be directories when folding.
        clashes: in the order of the paths.
    """

    directories: tuple[str, ...]
    files: dict[str, tuple[int, str]]
    clashes: tuple[Clash, ...]


class DiskTrees:
    """Reads real directories, without the metadata folder ``.spack`` of a prefix."""

    def entries(self, root: str, folder: str) -> list[tuple[str, EntryKind]]:
        """See :class:`TreeReader`."""
        place = os.path.join(root, folder)
        result = []
        with os.scandir(place) as scan:
            for entry in scan:
                if not folder and entry.name == ".spack":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    kind = EntryKind.DIRECTORY
                elif entry.is_symlink() and _stays_inside(root, place, entry.path):
                    kind = EntryKind.DIRECTORY_LINK
                else:
                    kind = EntryKind.FILE
                result.append((entry.name, kind))
        return sorted(result)


def _stays_inside(root: str, place: str, path: str) -> bool:
    """Whether a link leads to a directory of its tree that does not contain the link."""
    if not os.path.isdir(path):
        return False
    target = os.path.realpath(path)
    here = os.path.realpath(place)
    return target.startswith(os.path.realpath(root) + os.sep) and not (
        here == target or here.startswith(target + os.sep)
    )


class _Part(NamedTuple):
    """One tree's share of a directory of the result."""

    tree: int
    source: str


def merge(trees: Sequence[Tree], reader: TreeReader, *, fold: bool = False) -> MergePlan:
    """Plan the merged tree.

    Args:
        fold: where one tree alone has a directory below the first level, link the directory
            instead of its files.
    """
    # Folding needs to see every tree of a directory at once.
    work = _Merge(trees, reader, fold and len({tree.folder for tree in trees}) == 1)
    starts: dict[str, list[_Part]] = {}
    for number, tree in enumerate(trees):
        starts.setdefault(tree.folder, []).append(_Part(number, ""))
    for folder in starts:
        work.make_parents(folder)
    work.pending = sorted(starts.items(), reverse=True)
    work.run()
    return MergePlan(tuple(sorted(work.directories)), work.files, tuple(sorted(work.clashes)))


class _Merge:
    """The state of one merge: directories still to be visited and what was decided."""

    def __init__(self, trees: Sequence[Tree], reader: TreeReader, fold: bool) -> None:
        self.trees = trees
        self.reader = reader
        self.fold = fold
        self.pending: list[tuple[str, list[_Part]]] = []
        self.directories: dict[str, None] = {}
        self.files: dict[str, tuple[int, str]] = {}
        self.clashes: list[Clash] = []

    def make_parents(self, folder: str) -> None:
        while folder:
            self.directories[folder] = None
            folder = os.path.dirname(folder)

    def run(self) -> None:
        while self.pending:
            folder, parts = self.pending.pop()
            self.visit(folder, parts)

    def visit(self, folder: str, parts: list[_Part]) -> None:
        """Merge one directory of the result."""
        names: dict[str, list[tuple[_Part, EntryKind]]] = {}
        for part in parts:
            for name, kind in self.reader.entries(self.trees[part.tree].root, part.source):
                below = _Part(part.tree, os.path.join(part.source, name))
                names.setdefault(name, []).append((below, kind))
        for name, found in sorted(names.items()):
            self.decide(os.path.join(folder, name), found)

    def decide(self, path: str, found: list[tuple[_Part, EntryKind]]) -> None:
        """Entry at one path of the result."""
        first, kind = found[0]
        planned = path in self.directories
        as_directory = (
            planned
            or kind is EntryKind.DIRECTORY
            or (
                kind is EntryKind.DIRECTORY_LINK
                and any(other is EntryKind.DIRECTORY for _, other in found)
            )
        )
        if not as_directory:
            taken = self.files.setdefault(path, first)
            owners = [part for part, _ in found if part.tree != taken[0]]
            self.clashes += [Clash(path, taken[0], part.tree) for part in owners]
            return
        joined = [part for part, other in found if other is not EntryKind.FILE]
        owner = joined[0].tree if joined else first.tree
        self.clashes += [
            Clash(path, owner, part.tree) for part, other in found if other is EntryKind.FILE
        ]
        if not joined:
            return
        if path in self.files:
            taken = self.files[path]
            self.clashes += [Clash(path, taken[0], part.tree) for part in joined]
            return
        alone = len(joined) == 1 and not planned and kind is EntryKind.DIRECTORY
        if self.fold and alone and os.sep in path:
            self.files[path] = joined[0]
            return
        self.directories[path] = None
        self.pending.append((path, joined))
