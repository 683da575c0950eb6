"""Line by line substitution in text files, the way recipes edit sources.

Undecodable bytes survive, line ends stay, and a failure restores the file. Must not know why a
file is edited.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from re import Match

from spack.type_names import Callable, Union

Replacement = Union[str, Callable[[Match[str]], str]]

_REFERENCE = re.compile(r"\\(\\|[1-9])")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")


def _substitute(match: Match[str], text: str) -> str:
    def one(found: Match[str]) -> str:
        sign = found.group(1)
        if sign == "\\":
            return "\\"
        return match.group(int(sign)) or ""

    return _REFERENCE.sub(one, text)


def filter_file(
    regex: str,
    repl: Replacement,
    *filenames: str,
    string: bool = False,
    backup: bool = False,
    ignore_absent: bool = False,
    start_at: str | None = None,
    stop_at: str | None = None,
    encoding: str | None = "utf-8",
) -> None:
    r"""Replace every match of a pattern in each line of the files.

    A line includes its end, and patterns see one line at a time. In ``repl`` the signs ``\1`` to
    ``\9`` are groups and ``\\`` is one backslash; nothing else is special. A function gets the
    match instead.

    Args:
        string: the pattern is literal text.
        backup: keep the old content beside the file, under a random name that starts with the
            name of the file.
        ignore_absent: skip files that do not exist instead of raising FileNotFoundError.
        start_at: only lines after the first line equal to this (blanks around it ignored).
        stop_at: only lines before the next line equal to this.
        encoding: of the files.
    """
    pattern = re.compile(re.escape(regex) if string else regex)
    if callable(repl):
        action: Callable[[Match[str]], str] = repl
    else:
        text = repl

        def action(match: Match[str]) -> str:
            return _substitute(match, text)

    for name in filenames:
        path = os.path.abspath(name)
        if ignore_absent and not os.path.exists(path):
            continue
        _rewrite(
            path,
            encoding,
            backup,
            lambda lines: _filtered(lines, pattern, action, start_at, stop_at),
        )


def _filtered(
    lines: Iterator[str],
    pattern: re.Pattern[str],
    action: Callable[[Match[str]], str],
    start_at: str | None,
    stop_at: str | None,
) -> Iterator[str]:
    active = start_at is None
    for line in lines:
        if active and stop_at is not None and line.strip() == stop_at:
            yield line
            yield from lines
            return
        if active:
            yield pattern.sub(action, line)
        else:
            active = line.strip() == start_at
            yield line


def _rewrite(
    path: str, encoding: str | None, backup: bool, change: Callable[[Iterator[str]], Iterator[str]]
) -> None:
    """Write the changed lines into the same file; an exception restores it."""
    directory, name = os.path.split(os.path.realpath(path))
    descriptor, copy = tempfile.mkstemp(prefix=name + ".", dir=directory)
    os.close(descriptor)
    keep = backup
    try:
        shutil.copy2(path, copy)
        with open(copy, encoding=encoding, errors="surrogateescape", newline="") as source:
            content = source.read()
        try:
            with open(path, "w", encoding=encoding, errors="surrogateescape", newline="") as target:
                target.writelines(change(match.group() for match in _LINE.finditer(content)))
        except BaseException:
            keep = True
            os.replace(copy, os.path.realpath(path))
            raise
    finally:
        if not keep:
            os.unlink(copy)


class FileFilter:
    """Several files to which the same substitutions are applied."""

    def __init__(self, *filenames: str) -> None:
        self.filenames: tuple[str, ...] = filenames

    def filter(
        self,
        regex: str,
        repl: Replacement,
        string: bool = False,
        backup: bool = False,
        ignore_absent: bool = False,
        start_at: str | None = None,
        stop_at: str | None = None,
    ) -> None:
        """Like :func:`filter_file` on the files of this object."""
        filter_file(
            regex,
            repl,
            *self.filenames,
            string=string,
            backup=backup,
            ignore_absent=ignore_absent,
            start_at=start_at,
            stop_at=stop_at,
        )


def change_sed_delimiter(old_delim: str, new_delim: str, *filenames: str) -> None:
    """Rewrite ``s`` commands of sed in the files to use another delimiter.

    A command is recognised when it is a whole line and has one of the flags ``g``, ``I``, ``p``,
    or when it stands in single or double quotes, where the flag may be missing. The flag becomes
    ``g``.
    """
    old = re.escape(old_delim)
    body = rf"s{old}([^{old}]*){old}([^{old}]*){old}"
    new = rf"s{new_delim}\1{new_delim}\2{new_delim}g"
    shapes: list[tuple[str, str]] = [
        (rf"^{body}[gIp]$", new),
        (rf"'{body}[gIp]?'", f"'{new}'"),
        (rf'"{body}[gIp]?"', f'"{new}"'),
    ]
    for name in filenames:
        for pattern, text in shapes:
            filter_file(pattern, text, name)
