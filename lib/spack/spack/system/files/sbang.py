"""Scripts whose interpreter path is too long for the kernel: first lines that work.

The line ``#!/bin/sh <sbang>`` comes first and the old one second, where the program ``sbang``
finds it. Knows files and their first lines; is told where ``sbang`` lies.
"""

from __future__ import annotations

import os
import stat
import sys

from spack.errors import SpackError
from spack.system.files.writing import atomic_write
from spack.type_names import Union

#: Longest first line that the kernel reads, newline included, in bytes.
LINE_LIMIT = 511 if sys.platform == "darwin" else 127

#: Longest first line that is considered at all.
SEARCH_LIMIT = 4096

#: The start of the second line, by the interpreter that must take it for a comment.
_SECOND_LINES = ((b"/lua", b"--!"), (b"/node", b"//!"))

Text = Union[str, "os.PathLike[str]"]

#: The program: finds the second line that names an interpreter and runs it on the script.
PROGRAM = """\
#!/bin/sh
# Runs a script whose interpreter path is too long for the kernel. The script's first line is
# "#!/bin/sh <path of this file>", its second the interpreter line, as a comment of the language.
script="$1"
if [ -z "$script" ]; then
    echo "usage: sbang SCRIPT [ARGUMENT...]" >&2
    exit 1
fi
{ IFS= read -r line; IFS= read -r line; } < "$script"
case "$line" in
    '#!'*) line="${line#??}" ;;
    '--!'* | '//!'*) line="${line#???}" ;;
    '<?php #!'*) line="${line#????????}"; line="${line%'?>'*}" ;;
    *) echo "sbang: the second line of $script names no interpreter" >&2; exit 1 ;;
esac
# First word and rest, without blanks around them.
line="${line#"${line%%[! ]*}"}"
line="${line%"${line##*[! ]}"}"
interpreter="${line%% *}"
argument=""
case "$line" in
    *' '*) argument="${line#* }"; argument="${argument#"${argument%%[! ]*}"}" ;;
esac
case "$interpreter" in
    */perl*)
        # With -x perl starts at the line that names it, and takes its options from there.
        exec "$interpreter" -x "$@" ;;
    */env)
        set -f
        exec "$interpreter" $argument "$@" ;;
esac
if [ -n "$argument" ]; then
    exec "$interpreter" "$argument" "$@"
fi
exec "$interpreter" "$@"
"""


class SbangError(SpackError):
    """The path of ``sbang`` itself is too long for a first line."""


def shebang_line(sbang: Text) -> str:
    """The first line of a script that ``sbang`` runs, without newline. Raises SbangError."""
    line = f"#!/bin/sh {os.fspath(sbang)}"
    if len(os.fsencode(line)) + 1 > LINE_LIMIT:
        raise SbangError(
            f"the path of sbang is too long for the first line of a script: {os.fspath(sbang)}",
            hint="choose an install tree with a shorter path",
        )
    return line


def has_shebang(path: Text) -> bool:
    """Whether the file can be read and starts with ``#!``."""
    try:
        with open(path, "rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return False


def first_line(path: Text) -> bytes | None:
    """The first line with its newline if it starts with ``#!`` and is not absurdly long."""
    with open(path, "rb") as stream:
        start = stream.read(SEARCH_LIMIT)
    if not start.startswith(b"#!"):
        return None
    line, newline, _ = start.partition(b"\n")
    return line + newline if newline else None


def second_line(line: bytes) -> bytes:
    """The old first line as the second line that its interpreter takes for a comment."""
    body = line.rstrip(b"\r\n")[2:]
    words = [b"/" + os.path.basename(word) for word in body.split()]
    program = words[0] if words else b""
    if program == b"/env" and len(words) > 1:
        program = words[1]
    if program.startswith(b"/php"):
        return b"<?php #!" + body + b" ?>\n"
    for start, sign in _SECOND_LINES:
        if program.startswith(start):
            return sign + body + b"\n"
    return b"#!" + body + b"\n"


def filter_shebang(path: Text, sbang: Text) -> bool:
    """Put the line that runs ``sbang`` before a first line that is too long; whether it was.

    The mode is kept, a file without write permission is changed too. Raises OSError, SbangError.
    """
    line = first_line(path)
    if line is None or len(line) <= LINE_LIMIT:
        return False
    with open(path, "rb") as stream:
        content = stream.read()
    head = os.fsencode(shebang_line(sbang)) + b"\n" + second_line(line)
    mode = stat.S_IMODE(os.stat(path).st_mode)
    atomic_write(path, head + content[len(line) :], mode=mode)
    return True


def filter_tree(root: Text, sbang: Text) -> list[str]:
    """Treat every executable regular file below a directory; the paths changed, sorted."""
    changed = []
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            status = os.lstat(path)
            if not stat.S_ISREG(status.st_mode) or not status.st_mode & 0o111:
                continue
            if has_shebang(path) and filter_shebang(path, sbang):
                changed.append(path)
    return sorted(changed)


def install_sbang(path: Text) -> None:
    """Write the program to ``path``, executable for all, if it is absent or different."""
    target = os.fspath(path)
    try:
        with open(target, encoding="utf-8", errors="replace") as stream:
            if stream.read() == PROGRAM and os.access(target, os.X_OK):
                return
    except OSError:
        pass
    os.makedirs(os.path.dirname(target), exist_ok=True)
    atomic_write(target, PROGRAM, mode=0o755)
