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


class EntryKind(enum.Enum):
    """Entry at a path of a tree: a link is one to a directory of the same tree."""

    FILE = ""
    DIRECTORY = "/"
    DIRECTORY_LINK = "//"


_KINDS = tuple(kind.value for kind in EntryKind)


class TreeReader(Protocol):
    """Lists directories; the one place where a plan meets the disk."""

    def entries(self, root: str, folder: str) -> list[str]:
        """Names in a folder (relative, may be empty) of a tree, in any order.

        The value of its :class:`EntryKind` is at the end of each.
        """


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

    def entries(self, root: str, folder: str) -> list[str]:
        """See :class:`TreeReader`."""
        place = f"{root}/{folder}"
        found = []
        with os.scandir(place) as scan:
            for entry in scan:
                name = entry.name
                if entry.is_dir(follow_symlinks=False):
                    name += "/"
                elif entry.is_symlink() and _stays_inside(root, place, entry.path):
                    name += "//"
                found.append(name)
        if not folder:
            for kind in _KINDS:
                if ".spack" + kind in found:
                    found.remove(".spack" + kind)
        return found


def _stays_inside(root: str, place: str, path: str) -> bool:
    """Whether a link leads to a directory of its tree that does not contain the link."""
    if not os.path.isdir(path):
        return False
    target = os.path.realpath(path)
    here = os.path.realpath(place)
    return target.startswith(os.path.realpath(root) + os.sep) and not (
        here == target or here.startswith(target + os.sep)
    )


#: The number of a tree and the kind of what it has at a path.
_Owner = tuple[int, EntryKind]


def merge(trees: Sequence[Tree], reader: TreeReader) -> MergePlan:
    """Plan the merged tree."""
    folders = {tree.folder for tree in trees}
    nested = len(folders) > 1 and any(
        not one or any(other.startswith(one + os.sep) for other in folders) for one in folders
    )
    work = _Merge(trees, reader, nested=nested)
    starts: dict[str, list[int]] = {}
    for number, tree in enumerate(trees):
        starts.setdefault(tree.folder, []).append(number)
    for folder in starts:
        work.make_parents(folder)
    work.pending = sorted(starts.items(), reverse=True)
    work.run()
    return MergePlan(tuple(sorted(work.directories)), work.files, tuple(sorted(work.clashes)))


class _Merge:
    """The state of one merge: directories still to be visited and what was decided.

    What a tree has at a path of the result, it has at the same path below its own folder there.
    """

    def __init__(self, trees: Sequence[Tree], reader: TreeReader, *, nested: bool) -> None:
        self.trees = trees
        self.owners = [tuple((n, kind) for kind in EntryKind) for n, _ in enumerate(trees)]
        self.starts = [len(tree.folder) + 1 if tree.folder else 0 for tree in trees]
        self.reader = reader
        #: Whether the folder of a tree is in that of another, so that paths may be visited twice.
        self.nested = nested
        self.pending: list[tuple[str, list[int]]] = []
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

    def visit(self, folder: str, parts: list[int]) -> None:
        """Merge one directory of the result, of which some trees have a part."""
        first: dict[str, _Owner] = {}
        others: dict[str, list[_Owner]] = {}
        entries, trees, starts = self.reader.entries, self.trees, self.starts
        for tree in parts:
            file, directory, link = self.owners[tree]
            for name in entries(trees[tree].root, folder[starts[tree] :]):
                owner = file
                if name[-1] == "/":
                    name, owner = name[:-1], directory
                    if name[-1] == "/":
                        name, owner = name[:-1], link
                if first.setdefault(name, owner) is not owner:
                    others.setdefault(name, []).append(owner)
        start = folder + os.sep if folder else ""
        files, is_directory = self.files, EntryKind.DIRECTORY
        for name in sorted(first):
            path = start + name
            owner = first[name]
            if self.nested or name in others:
                self.decide(path, [owner, *others.get(name, ())])
                continue
            tree, kind = owner
            source = path[starts[tree] :]
            if kind is is_directory and not self.folds(tree, source):
                self.go_into(path, [tree])
            else:
                files[path] = tree, source

    def folds(self, tree: int, source: str) -> bool:
        """Whether the plan has a directory that one tree alone has, instead of its files."""
        # Folding needs to see every tree of a directory at once.
        return not self.nested and self.trees[tree].foldable and os.sep in source

    def go_into(self, path: str, trees: list[int]) -> None:
        """Have a directory in the result and merge what trees have in it."""
        self.directories[path] = None
        self.pending.append((path, trees))

    def decide(self, path: str, found: list[_Owner]) -> None:
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
            taken, _ = self.files.setdefault(path, (first, self.source(first, path)))
            self.clashes += [Clash(path, taken, tree) for tree, _ in found if tree != taken]
            return
        joined = [tree for tree, other in found if other is not EntryKind.FILE]
        owner = joined[0] if joined else first
        self.clashes += [
            Clash(path, owner, tree) for tree, other in found if other is EntryKind.FILE
        ]
        if not joined:
            return
        if path in self.files:
            taken, _ = self.files[path]
            self.clashes += [Clash(path, taken, tree) for tree in joined]
            return
        source = self.source(owner, path)
        alone = len(joined) == 1 and not planned and kind is EntryKind.DIRECTORY
        if alone and self.folds(owner, source):
            self.files[path] = owner, source
        else:
            self.go_into(path, joined)

    def source(self, tree: int, path: str) -> str:
        """The path of the result as one below the root of a tree."""
        return path[self.starts[tree] :]
