"""The limits of a file system: no more writing, no programs. Must not know what is built."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping

#: Bytes below which nothing of use can be written.
_NOTHING = 64 * 1024


def temporary_directory(variables: Mapping[str, str]) -> str:
    """The directory for temporary files of programs; Python takes another if it must."""
    return variables.get("TMPDIR") or tempfile.gettempdir()


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
