"""Checks and adjustments of the ELF files of a new prefix: run paths, sonames, needed libraries.

Knows directories of files; must not know packages.
"""

from __future__ import annotations

import fnmatch
import os
import stat
import subprocess
from collections.abc import Iterable, Iterator, Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.system.binaries import elf
from spack.system.binaries.elf import ElfError

#: Needed entries that are satisfied outside of search paths: by the kernel, the dynamic linker or
#: the driver of a device.
ALWAYS_PRESENT = (
    "ld-*.so*", "linux-vdso.so*", "linux-gate.so*",
    "libc.so*", "libc.musl-*", "libm.so*", "libdl.so*", "libpthread.so*", "librt.so*",
    "libutil.so*", "libresolv.so*", "libnsl.so*", "libanl.so*", "libcrypt.so*", "libmvec.so*",
    "libcuda.so*", "libnvidia-*.so*", "libnvcuvid.so*", "libxpmem.so*",
)  # fmt: skip


class UnresolvedLibrariesError(SpackError):
    """Installed files need libraries that nothing will find when they run."""


class Unresolved(NamedTuple):
    """A file of the prefix and the needed entry that is not found."""

    path: str
    library: str


def elf_files(prefix: str) -> Iterator[str]:
    """Regular ELF files of a prefix that are programs or shared objects, each content once."""
    seen = set()
    for directory, folders, names in os.walk(prefix):
        folders[:] = sorted(name for name in folders if name != ".spack")
        for name in sorted(names):
            path = os.path.join(directory, name)
            status = os.lstat(path)
            if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) in seen:
                continue
            if not elf.is_elf(path):
                continue
            try:
                kind = elf.read_elf(path).type
            except (ElfError, OSError):
                continue
            if kind in (elf.ET_EXEC, elf.ET_DYN):
                seen.add((status.st_dev, status.st_ino))
                yield path


def drop_redundant_rpaths(prefix: str) -> list[str]:
    """Drop run path entries that can find nothing; the files that changed."""
    changed = []
    for path in elf_files(prefix):
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if not mode & stat.S_IWUSR:
            os.chmod(path, mode | stat.S_IWUSR)
        try:
            if elf.shorten_rpaths(path, elf.is_useful_rpath):
                changed.append(path)
        except (ElfError, OSError):
            # A file that cannot be edited works as it is: the entries are only useless.
            continue
        finally:
            if not mode & stat.S_IWUSR:
                os.chmod(path, mode)
    return changed


def bind_sonames(prefix: str, exempt: Sequence[str], patchelf: str) -> list[str]:
    """Make the sonames of shared libraries their own absolute paths; the files that changed.

    Those that link with them then need no run path. ``exempt`` are names of files or directories
    that must keep their sonames; a file is exempt also if a link to it is.
    """
    linked = {}
    for directory, folders, names in os.walk(prefix):
        for name in (*names, *folders):
            path = os.path.join(directory, name)
            if os.path.islink(path) and name in exempt:
                linked[os.path.realpath(path)] = True
    changed = []
    for path in elf_files(prefix):
        parts = os.path.relpath(path, prefix).split(os.sep)
        if linked.get(os.path.realpath(path)) or any(part in exempt for part in parts):
            continue
        if elf.soname(path) in (None, path):
            continue
        done = subprocess.run(
            [patchelf, "--set-soname", path, path],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode == 0:
            changed.append(path)
    return changed


def unresolved_libraries(
    prefix: str, allowed: Iterable[str], linker_directories: Sequence[str]
) -> list[Unresolved]:
    """Needed entries of the prefix's files that neither run paths nor the system provide.

    Args:
        allowed: patterns of entries that need not be found.
        linker_directories: where the dynamic linker searches without being told.
    """
    patterns = (*ALWAYS_PRESENT, *allowed)
    found = []
    for path in elf_files(prefix):
        try:
            file = elf.read_elf(path)
            wanted = elf.get_elf_compat(path)
            directories = elf.rpaths(path)
        except (ElfError, OSError):
            continue
        origin = os.path.dirname(os.path.realpath(path))
        search = [
            part.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for part in directories
        ]
        for name in (os.fsdecode(raw) for raw in file.dt_needed_strs):
            if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                continue
            if not _is_found(name, (*search, *linker_directories), wanted):
                found.append(Unresolved(path, name))
    return found


def _is_found(name: str, directories: tuple[str, ...], wanted: elf.ElfCompatibility) -> bool:
    candidates = [name] if "/" in name else [os.path.join(d, name) for d in directories if d]
    for candidate in candidates:
        try:
            if elf.get_elf_compat(candidate) == wanted:
                return True
        except (ElfError, OSError):
            continue
    return False
