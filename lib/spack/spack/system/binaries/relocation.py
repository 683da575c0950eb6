"""Make a copied tree work in another place: replace paths in its files and links.

Strings of the dynamic section of ELF files may become longer, others in binaries may not (see
``path_replacement.py``). Knows nothing of packages.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from spack.system.binaries.elf import MAGIC, ElfError
from spack.system.binaries.elf_strings import replace_strings
from spack.system.binaries.path_replacement import RelocationError, Replacements
from spack.system.files.writing import atomic_write


def relocate_tree(root: str, replacements: Mapping[str, str]) -> int:
    """Replace paths in all files and symbolic links below a directory; number of those changed.

    Raises:
        RelocationError: names the file; earlier ones are changed by then.
    """
    wanted = Replacements(replacements)
    if not wanted:
        return 0
    changed = 0
    for directory, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(directory, name)
            if os.path.islink(path):
                changed += _relink(path, wanted)
            elif name in files and os.path.isfile(path):
                changed += relocate_file(path, wanted)
    return changed


def relocated(content: bytes, wanted: Replacements, path: str) -> bytes:
    """The content of a file with new paths; the same object if it has no old one.

    Raises RelocationError, which names ``path``.
    """
    if not wanted.may_be_in(content):
        return content
    if b"\0" not in content:
        return wanted.in_text(content)
    if content.startswith(MAGIC):
        try:
            content = replace_strings(
                content, wanted.in_text, lambda text: wanted.in_binary(text, path)
            )
        except ElfError as error:
            # What is not whole enough to be loaded is treated like any other file.
            if wanted.longer:
                raise RelocationError(f"{path}: {error.message}") from error
    return wanted.in_binary(content, path)


def relocate_file(path: str, wanted: Replacements) -> bool:
    """Replace paths in a file, whose mode and time stay; whether it had any.

    Raises RelocationError.
    """
    with open(path, "rb") as stream:
        content = stream.read()
    other = relocated(content, wanted, path)
    if other == content:
        return False
    status = os.stat(path)
    atomic_write(path, other, durable=False)
    os.chmod(path, stat.S_IMODE(status.st_mode))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return True


def _relink(path: str, wanted: Replacements) -> bool:
    target = os.fsencode(os.readlink(path))
    other = wanted.in_text(target)
    if other == target:
        return False
    os.unlink(path)
    os.symlink(other, os.fsencode(path))
    return True
