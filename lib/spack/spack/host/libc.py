"""The C library that a compiler links programs with: glibc or musl, version and prefix.

Asks compilers and dynamic linkers; must not know packages.
"""

from __future__ import annotations

import functools
import os
import re
import sys

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.system.binaries import dynamic_linker, elf
from spack.system.files.kept import Stamp
from spack.system.processes import children as processes

_GLIBC = re.compile(
    r"(?:GLIBC|GNU libc|GNU C Library|ld\.so|ldd).*?(?:version |\) )(\d+\.\d+(?:\.\d+)?)",
    re.DOTALL | re.IGNORECASE,
)
_MUSL = re.compile(r"^Version (\d+\.\d+(?:\.\d+)?)", re.MULTILINE)

#: Parts of a path that stand between a prefix and the dynamic linker.
_PLACES = re.compile(r"/lib(?:64|32|x32)?(?:/[^/]*-linux-[^/]*)?\Z")


class Libc(NamedTuple):
    """A C library: package name, version, and the prefix it is installed in."""

    name: str
    version: str
    prefix: str

    def __str__(self) -> str:
        return f"{self.name}@={self.version}"


def detect(compiler: str) -> Libc | None:
    """The C library of programs that the compiler makes, or None if it does not say.

    The answer is kept while the compiler's file does not change.
    """
    stamp = Stamp.of(compiler)
    return None if stamp is None else _detect(compiler, stamp)


@functools.cache
def _detect(compiler: str, stamp: Stamp) -> Libc | None:
    linker = dynamic_linker.linker_of_compiler(compiler)
    return from_dynamic_linker(linker) if linker else None


def of_interpreter() -> Libc | None:
    """The C library of the running Python interpreter, or None outside Linux."""
    linker = linker_of_interpreter()
    return from_dynamic_linker(linker) if linker else None


def linker_of_interpreter() -> str | None:
    """The dynamic linker of the running Python interpreter, or None outside Linux."""
    try:
        return elf.interpreter(os.path.realpath(sys.executable))
    except (SpackError, OSError):
        return None


def linker_of(compiler: str) -> str | None:
    """The dynamic linker of programs that the compiler makes, or None if it does not say."""
    return dynamic_linker.linker_of_compiler(compiler) if os.path.exists(compiler) else None


@functools.cache
def from_dynamic_linker(linker: str) -> Libc | None:
    """The C library that a dynamic linker belongs to, or None if it does not say."""
    if not os.path.isfile(linker):
        return None
    real = os.path.realpath(linker)
    prefix = prefix_of_linker(real)
    if "musl" in os.path.basename(linker) or "musl" in os.path.basename(real):
        found = _MUSL.search(_ask([linker]))
        return Libc("musl", found.group(1), prefix) if found else None
    text = _ask([linker, "--version"])
    if re.search(r"^musl libc", text, re.MULTILINE):
        found = _MUSL.search(text)
        return Libc("musl", found.group(1), prefix) if found else None
    version = glibc_version(text) or _version_in_name(real) or _version_of_ldd(prefix)
    return Libc("glibc", version, prefix) if version else None


def glibc_version(text: str) -> str | None:
    """The version in what glibc's programs print about themselves, or None."""
    first = "\n".join(text.splitlines()[:2])
    if not re.search(r"glibc|gnu libc|gnu c library|stable release|ldd|ld\.so", first, re.I):
        return None
    said = re.search(r"release version (\d+\.\d+(?:\.\d+)?)", first)
    found = said or _GLIBC.search(first)
    return found.group(1) if found else None


def _version_in_name(path: str) -> str | None:
    """Older releases name the file ``ld-2.17.so``."""
    found = re.fullmatch(r"ld-(\d+\.\d+(?:\.\d+)?)\.so", os.path.basename(path))
    return found.group(1) if found else None


def _version_of_ldd(prefix: str) -> str | None:
    """The version of the script ``ldd`` in the same prefix."""
    ldd = os.path.join(prefix, "bin", "ldd")
    return glibc_version(_ask([ldd, "--version"])) if os.path.isfile(ldd) else None


def prefix_of_linker(path: str) -> str:
    """The prefix of a library from the real path of its dynamic linker.

    ``/lib64/ld.so`` belongs to ``/usr``, where its headers are.
    """
    directory = os.path.dirname(path)
    prefix = _PLACES.sub("", directory)
    return prefix if prefix not in ("", "/") else "/usr"


def _ask(command: list[str]) -> str:
    try:
        done = processes.run(command, variables={**os.environ, "LC_ALL": "C"}, seconds=30)
    except (processes.ProcessStartError, processes.ProcessTimeLimitError):
        return ""
    return done.output + done.errors
