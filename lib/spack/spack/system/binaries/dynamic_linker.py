"""The dynamic linker: which one a compiler uses, and where it looks for libraries.

Reads compiler output and the linker's configuration; must not know packages.
"""

from __future__ import annotations

import glob
import os
import shlex
from collections.abc import Sequence

from spack.system.processes import children as processes

#: Directories that are searched even without any configuration, most specific first.
_BUILT_IN = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")

_OPTION = "-dynamic-linker"


def parse_dynamic_linker(output: str) -> str | None:
    """The dynamic linker in what a compiler printed about a link (``-v`` or ``-###``), or None.

    The last line and the last option in it count.
    """
    for line in reversed(output.splitlines()):
        if _OPTION not in line:
            continue
        try:
            words = shlex.split(line)
        except ValueError:
            words = line.split()
        for at in range(len(words) - 1, -1, -1):
            name, equals, value = words[at].partition("=")
            if name not in (_OPTION, "-" + _OPTION):
                continue
            if equals and value:
                return value
            if not equals and at + 1 < len(words):
                return words[at + 1]
    return None


def default_search_paths(root: str = "/") -> list[str]:
    """Existing directories that the dynamic linker searches by default, in order.

    ``root`` is where the file system of the system starts. Reads ``etc/ld.so.conf`` (glibc) or
    ``etc/ld-musl-*.path`` (musl).
    """
    musl = sorted(glob.glob(os.path.join(root, "etc/ld-musl-*.path")))
    if musl:
        found = _musl_directories(musl)
    else:
        seen: set[str] = set()
        found = _configured(root, "/etc/ld.so.conf", seen)
        if glob.glob(os.path.join(root, "lib/ld-musl-*")) and not found:
            found = ["/lib", "/usr/local/lib", "/usr/lib"]
        found.extend(_multiarch(root))
        found.extend(_BUILT_IN)
    existing = (path for path in found if os.path.isdir(_below(root, path)))
    return list(dict.fromkeys(existing))


def _below(root: str, path: str) -> str:
    return os.path.join(root, path.lstrip("/"))


def _musl_directories(files: Sequence[str]) -> list[str]:
    with open(files[0], encoding="utf-8", errors="surrogateescape") as stream:
        return [part for part in stream.read().replace(":", "\n").split("\n") if part]


def _multiarch(root: str) -> list[str]:
    """Directories of Debian's kind that the linker there has built in."""
    names: list[str] = []
    for top in ("lib", "usr/lib"):
        for path in sorted(glob.glob(os.path.join(root, top, "*-linux-gnu*"))):
            names.append("/" + os.path.relpath(path, root))
    return names


def _configured(root: str, file: str, seen: set[str]) -> list[str]:
    path = _below(root, file)
    if path in seen:
        return []
    seen.add(path)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return []
    found: list[str] = []
    for line in lines:
        words = line.split("#")[0].replace(",", " ").split()
        if not words or words[0] == "hwcap":
            continue
        if words[0] == "include":
            for pattern in words[1:]:
                whole = pattern
                if not os.path.isabs(pattern):
                    whole = os.path.join(os.path.dirname(file), pattern)
                for name in sorted(glob.glob(_below(root, whole))):
                    found.extend(_configured(root, "/" + os.path.relpath(name, root), seen))
        else:
            found.extend(word.split("=")[0] for word in words if word.startswith("/"))
    return found


def linker_of_compiler(compiler: str) -> str | None:
    """The dynamic linker that programs made by a compiler ask for, or None if it does not say.

    The compiler is asked what it would do to link an empty C program.
    """
    commands: tuple[tuple[str, ...], ...] = (
        (compiler, "-###", "-x", "c", "/dev/null", "-o", "/dev/null"),
        (compiler, "-###", "/dev/null", "-o", "/dev/null"),
    )
    variables = {**os.environ, "LC_ALL": "C"}
    for command in commands:
        try:
            done = processes.run(command, variables=variables, seconds=60)
        except (processes.ProcessStartError, processes.ProcessTimeLimitError):
            return None
        found = parse_dynamic_linker(done.errors + "\n" + done.output)
        if found is not None:
            return found
    return None
