"""Merge directory trees into one: a pure plan, computed over a small reading interface.

Where two trees have a file of the same path the tree that comes first wins and the other is
reported (:class:`Clash`). A symbolic link to a directory of its own tree counts as a file, until
another tree has a real directory there; then its content is merged in. A directory that one tree
alone has may be planned as a whole (:attr:`Tree.foldable`).
"""

from __future__ import annotations

import enum
import os
from collections.abc import Sequence

from spack.named_tuples import NamedTuple
from spack.type_names import Protocol


class EntryKind(enum.IntEnum):
    """Entry at a path of a tree: a link is one to a directory of the same tree."""

    FILE = 0
    DIRECTORY = 1
    DIRECTORY_LINK = 2


class TreeReader(Protocol):
    """Lists directories; the one place where a plan meets the disk."""

    def entries(self, root: str, folder: str) -> list[tuple[str, int]]:
        """Names and kinds in a folder (relative, may be empty) of a tree, in any order."""


class Tree(NamedTuple):
    """A tree to merge: where it is and below which folder of the result its content goes.

    Attributes:
        foldable: where this tree alone has a directory below its first level, the plan has the
            directory instead of its files.
    """

    root: str
    folder: str = ""
    foldable: bool = False


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
            are directories where trees are foldable.
        clashes: in the order of the paths.
    """

    directories: tuple[str, ...]
    files: dict[str, tuple[int, str]]
    clashes: tuple[Clash, ...]


class DiskTrees:
    """Reads real directories, without the metadata folder ``.spack`` of a prefix."""

    def entries(self, root: str, folder: str) -> list[tuple[str, int]]:
        """See :class:`TreeReader`."""
        place = f"{root}/{folder}"
        result: list[tuple[str, int]] = []
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
        return result


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


def merge(trees: Sequence[Tree], reader: TreeReader) -> MergePlan:
    """Plan the merged tree."""
    # Folding needs to see every tree of a directory at once.
    folders = {tree.folder for tree in trees}
    nested = len(folders) > 1 and any(
        not one or any(other.startswith(one + os.sep) for other in folders) for one in folders
    )
    work = _Merge(trees, reader, fold=not nested)
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

    def __init__(self, trees: Sequence[Tree], reader: TreeReader, *, fold: bool) -> None:
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
        names: dict[str, list[tuple[_Part, int]]] = {}
        for part in parts:
            start = part.source + os.sep if part.source else ""
            for name, kind in self.reader.entries(self.trees[part.tree].root, part.source):
                names.setdefault(name, []).append((_Part(part.tree, start + name), kind))
        start = folder + os.sep if folder else ""
        for name, found in sorted(names.items()):
            path = start + name
            plain = len(found) == 1 and found[0][1] == EntryKind.FILE
            if plain and path not in self.files and path not in self.directories:
                self.files[path] = found[0][0]
            else:
                self.decide(path, found)

    def decide(self, path: str, found: list[tuple[_Part, int]]) -> None:
        """Entry at one path of the result."""
        first, kind = found[0]
        planned = path in self.directories
        as_directory = (
            planned
            or kind == EntryKind.DIRECTORY
            or (
                kind == EntryKind.DIRECTORY_LINK
                and any(other == EntryKind.DIRECTORY for _, other in found)
            )
        )
        if not as_directory:
            taken = self.files.setdefault(path, first)
            owners = [part for part, _ in found if part.tree != taken[0]]
            self.clashes += [Clash(path, taken[0], part.tree) for part in owners]
            return
        joined = [part for part, other in found if other != EntryKind.FILE]
        owner = joined[0].tree if joined else first.tree
        self.clashes += [
            Clash(path, owner, part.tree) for part, other in found if other == EntryKind.FILE
        ]
        if not joined:
            return
        if path in self.files:
            taken = self.files[path]
            self.clashes += [Clash(path, taken[0], part.tree) for part in joined]
            return
        alone = len(joined) == 1 and not planned and kind == EntryKind.DIRECTORY
        if alone and self.fold and self.trees[owner].foldable and os.sep in joined[0].source:
            self.files[path] = joined[0]
            return
        self.directories[path] = None
        self.pending.append((path, joined))
