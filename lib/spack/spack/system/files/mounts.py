"""The limits of a file system: no more writing, no programs. Must not know what is built."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Mapping

#: Bytes below which nothing of use can be written.
_NOTHING = 64 * 1024


def temporary_directory(variables: Mapping[str, str]) -> str:
    """The directory for temporary files of programs; Python takes another if it must."""
    return variables.get("TMPDIR") or tempfile.gettempdir()


def shortage(error: OSError) -> str | None:
    """The lack of space that a write failed for: the path, and how much is missing if known.

    None for other errors.
    """
    words = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
    if error.errno not in words:
        return None
    path = error.filename2 or error.filename
    text = words[error.errno] + (f": cannot write {path}" if path else "")
    try:
        missing = os.path.getsize(error.filename) - os.path.getsize(error.filename2)
    except (OSError, TypeError):
        return text
    return f"{text}, {max(missing, 0) / 1e6:.1f} MB more are needed for it"


def obstacles(places: Mapping[str, str], *, run: bool = True) -> list[str]:
    """The reasons why files cannot be written, or programs run, in some directories; a text each.

    Args:
        places: name to directory, which need not exist; what cannot be asked is passed over.
        run: whether programs have to run there.
    """
    found = []
    for name, path in places.items():
        try:
            facts = os.statvfs(path)
        except OSError:
            continue
        if facts.f_bavail * facts.f_frsize < _NOTHING:
            found.append(f"the file system of the {name} {path} is full")
        elif facts.f_files and not facts.f_favail:
            found.append(f"no more files can be made in the {name} {path}")
        if run and facts.f_flag & os.ST_NOEXEC:
            found.append(f"programs in the {name} {path} cannot run: it is mounted noexec")
    return found
