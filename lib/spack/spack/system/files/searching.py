"""Finding files below directories by name patterns. Reads directories, changes nothing."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Iterable, Sequence

from spack.type_names import Union

Names = Union[str, Sequence[str]]


def _texts(value: str | os.PathLike[str] | Iterable[str], what: str) -> list[str]:
    if isinstance(value, (str, os.PathLike)):
        return [os.fspath(value)]
    if not isinstance(value, Iterable):
        raise TypeError(
            f"{what} must be a string or a sequence of strings, not {type(value).__name__}"
        )
    return [os.fspath(item) for item in value]


def find(
    root: str | os.PathLike[str] | Sequence[str],
    files: Names,
    recursive: bool = True,
    *,
    max_depth: int | None = None,
) -> list[str]:
    """Absolute paths of everything below the roots that matches a pattern.

    A pattern is compared with each file name; one with a slash is globbed from every directory
    visited. Directories are searched breadth-first, linked ones too, each once. The result is
    sorted per pattern, patterns in the order given; a root that does not exist has nothing.

    Args:
        recursive: look below the roots' own entries.
        max_depth: how many levels below a root to look; 0 is the root's own entries.

    Raises:
        ValueError: ``max_depth`` without ``recursive``.
    """
    roots = [os.path.abspath(path) for path in _texts(root, "root")]
    patterns = _texts(files, "files")
    if not recursive:
        if max_depth:
            raise ValueError(f"max_depth={max_depth} needs recursive=True")
        max_depth = 0
    simple: list[tuple[str, re.Pattern[str]]] = []
    deep: list[str] = []
    for pattern in dict.fromkeys(patterns):
        if os.sep in pattern:
            deep.append(pattern)
        else:
            simple.append((pattern, re.compile(fnmatch.translate(os.path.normcase(pattern)))))
    found: dict[str, set[str]] = {pattern: set() for pattern in patterns}
    globbed: dict[str, set[tuple[int, int]]] = {pattern: set() for pattern in deep}
    seen: set[tuple[int, int]] = set()
    real: list[tuple[int, str]] = [(0, path) for path in roots]
    links: list[tuple[int, str]] = []
    # Real directories first: their own path is the one reported, not that of a link to them.
    while real or links:
        queue = real if real else links
        depth, directory = queue.pop(0)
        if not _first_visit(directory, seen):
            continue
        for pattern in deep:
            for path in sorted(glob.glob(os.path.join(glob.escape(directory), pattern))):
                # One file is found once, whatever links lead to it.
                if _first_visit(path, globbed[pattern]):
                    found[pattern].add(path)
        for entry in _entries(directory):
            name = os.path.normcase(entry.name)
            for pattern, compiled in simple:
                if compiled.match(name):
                    found[pattern].add(os.path.join(directory, entry.name))
            if max_depth is not None and depth >= max_depth:
                continue
            try:
                if entry.is_dir(follow_symlinks=True):
                    target = links if entry.is_symlink() else real
                    target.append((depth + 1, os.path.join(directory, entry.name)))
            except OSError:
                continue
    return list(dict.fromkeys(path for pattern in found for path in sorted(found[pattern])))


def _first_visit(path: str, seen: set[tuple[int, int]]) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    key = (status.st_dev, status.st_ino)
    if key in seen:
        return False
    seen.add(key)
    return True


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def find_first(root: str, files: Names, bfs_depth: int = 2) -> str | None:
    """The first entry below ``root`` whose name matches, or None.

    Breadth-first down to ``bfs_depth`` levels, which finds shallow files soon, then depth-first.
    Linked directories are not entered.
    """
    patterns = [re.compile(fnmatch.translate(os.path.normcase(p))) for p in _texts(files, "files")]
    level = [root]
    for _ in range(max(1, bfs_depth)):
        below: list[str] = []
        for directory in level:
            hit, inner = _look(directory, patterns)
            if hit is not None:
                return hit
            below.extend(inner)
        level = below
    stack = list(reversed(level))
    while stack:
        hit, inner = _look(stack.pop(), patterns)
        if hit is not None:
            return hit
        stack.extend(reversed(inner))
    return None


def _look(directory: str, patterns: Sequence[re.Pattern[str]]) -> tuple[str | None, list[str]]:
    inner: list[str] = []
    for entry in _entries(directory):
        path = os.path.join(directory, entry.name)
        if any(pattern.match(os.path.normcase(entry.name)) for pattern in patterns):
            return path, []
        if entry.is_dir(follow_symlinks=False):
            inner.append(path)
    return None, inner
