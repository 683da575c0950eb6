"""Writes the files of a set: one at a time by rename, and only those whose content changes.

Who loads modules meanwhile sees the old file or the new one of each. Files that no longer belong go
after the new ones are there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Mapping

from spack.modulefiles.layout import FilePlace
from spack.system.files.writing import atomic_write

#: The link to the file that is loaded where a name alone is asked for.
DEFAULT = "default"

_HIDING = {"tcl": ".modulerc", "lmod": ".modulerc.lua"}
_HEADS = {"tcl": "#%Module4.7", "lmod": ""}


def write_changed(path: str, text: str) -> bool:
    """Give a file a content; whether it had another."""
    data = text.encode()
    try:
        with open(path, "rb", 0) as stream:
            if stream.read() == data:
                return False
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.islink(path):
        os.unlink(path)  # A link is replaced, not what it points to.
    atomic_write(path, data, durable=False)
    return True


def hiding_line(kind: str, use_name: str) -> str:
    """The line of an rc file that hides a module."""
    if kind == "lmod":
        return f'hide_version("{use_name}")'
    return f"module-hide --soft --hidden-loaded {use_name}"


def hide(kind: str, places: Iterable[FilePlace], gone: Iterable[tuple[str, str]] = ()) -> None:
    """Write the rc files that hide some modules and show others; what else is in them stays.

    Args:
        places: of all files that may have changed.
        gone: directory and name of modules that are no more.
    """
    hidden: dict[str, dict[str, bool]] = {}
    for place in places:
        lines = hidden.setdefault(os.path.dirname(place.path), {})
        lines[hiding_line(kind, place.use_name)] = place.hidden
    for directory, name in gone:
        hidden.setdefault(directory, {}).setdefault(hiding_line(kind, name), False)
    for directory, lines in hidden.items():
        _change_rc(os.path.join(directory, _HIDING[kind]), _HEADS[kind], lines)


def _change_rc(path: str, head: str, wanted: Mapping[str, bool]) -> None:
    try:
        with open(path, encoding="utf-8") as stream:
            old = stream.read()
    except FileNotFoundError:
        old = ""
    lines = [line for line in old.splitlines() if wanted.get(line, True)]
    present = set(lines)
    lines += [line for line, is_hidden in wanted.items() if is_hidden and line not in present]
    if not any(line.strip() and line != head for line in lines):
        if old:
            _remove(path)
        return
    if head and head not in lines:
        lines.insert(0, head)
    text = "\n".join(lines) + "\n"
    if text != old:
        atomic_write(path, text, durable=False)


def set_default(path: str) -> bool:
    """Make a file the default of its directory; whether another was."""
    link = os.path.join(os.path.dirname(path), DEFAULT)
    target = os.path.basename(path)
    with contextlib.suppress(OSError):
        if os.path.basename(os.readlink(link)) == target and os.path.exists(link):
            return False
    temporary = f"{link}.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    os.symlink(target, temporary)
    os.replace(temporary, link)
    return True


def remove_file(path: str, root: str) -> None:
    """Remove a module file, a default that points to it, and directories that become empty."""
    directory = os.path.dirname(path)
    link = os.path.join(directory, DEFAULT)
    with contextlib.suppress(OSError):
        if os.path.basename(os.readlink(link)) == os.path.basename(path):
            os.unlink(link)
    _remove(path)
    while directory.startswith(root + os.sep):
        try:
            os.rmdir(directory)
        except OSError:
            return
        directory = os.path.dirname(directory)


def remove_others(root: str, kept: Collection[str]) -> list[str]:
    """Remove every file of a tree but some, and its empty directories; what was removed."""
    removed = []
    for directory, _, names in os.walk(root, topdown=False):
        for name in names:
            path = os.path.join(directory, name)
            if path in kept:
                continue
            if name == DEFAULT and os.path.islink(path):
                target = os.path.join(directory, os.path.basename(os.readlink(path)))
                if target in kept:
                    continue
            _remove(path)
            removed.append(path)
        if directory != root:
            with contextlib.suppress(OSError):
                os.rmdir(directory)
    return removed


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(path)
