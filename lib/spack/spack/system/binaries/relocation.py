"""Make a copied tree work in another place: replace paths in its files and links.

In texts a path may become longer or shorter. In binaries each string keeps its length, since others
may point into its end: a shorter path is filled up with slashes, a longer one cannot be had. Knows
nothing of packages.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping

from spack.errors import SpackError
from spack.system.files.writing import atomic_write


class RelocationError(SpackError):
    """A path in a binary file cannot be replaced by a longer one."""


def relocate_tree(root: str, replacements: Mapping[str, str]) -> int:
    """Replace paths in all files and symbolic links below a directory; number of those changed.

    Raises:
        RelocationError: names the file; earlier ones are changed by then.
    """
    wanted = {os.fsencode(old): os.fsencode(new) for old, new in replacements.items() if old != new}
    if not wanted:
        return 0
    longest_first = sorted(wanted, key=len, reverse=True)
    pattern = re.compile(b"(" + b"|".join(map(re.escape, longest_first)) + rb")(?![\w-])")
    changed = 0
    for directory, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(directory, name)
            if os.path.islink(path):
                changed += _relink(path, pattern, wanted)
            elif name in files and os.path.isfile(path):
                changed += _rewrite(path, pattern, wanted)
    return changed


def _relink(path: str, pattern: re.Pattern[bytes], wanted: Mapping[bytes, bytes]) -> bool:
    target = os.fsencode(os.readlink(path))
    other = pattern.sub(lambda found: wanted[found.group(1)], target)
    if other == target:
        return False
    os.unlink(path)
    os.symlink(other, os.fsencode(path))
    return True


def _rewrite(path: str, pattern: re.Pattern[bytes], wanted: Mapping[bytes, bytes]) -> bool:
    with open(path, "rb") as stream:
        content = stream.read()
    if pattern.search(content) is None:
        return False
    if b"\0" not in content:
        content = pattern.sub(lambda found: wanted[found.group(1)], content)
    else:
        content = pattern.sub(lambda found: _of_equal_length(found.group(1), wanted, path), content)
    status = os.stat(path)
    atomic_write(path, content)
    os.chmod(path, stat.S_IMODE(status.st_mode))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return True


def _of_equal_length(old: bytes, wanted: Mapping[bytes, bytes], path: str) -> bytes:
    new = wanted[old]
    if len(new) > len(old):
        raise RelocationError(
            f"{path} holds the path {os.fsdecode(old)}, and {os.fsdecode(new)} is "
            f"{len(new) - len(old)} characters too long to fit there",
            hint="set config:install_tree:padded_length to have room for longer paths",
        )
    return new + b"/" * (len(old) - len(new))
