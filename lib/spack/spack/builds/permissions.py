"""Modes and group of an installed prefix.

Files and directories get the configured modes; files are executable only where they were. Knows
no package; which permissions hold is configured.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from spack.config.settings.package_settings import Permissions
from spack.errors import SpackError
from spack.system.files.writing import group_id

#: Groups of users with a permission, from few users to many.
AUDIENCES = ("user", "group", "world")

_READ = {
    "user": stat.S_IRUSR,
    "group": stat.S_IRUSR | stat.S_IRGRP,
    "world": stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH,
}
_WRITE = {
    "user": stat.S_IWUSR,
    "group": stat.S_IWUSR | stat.S_IWGRP,
    "world": stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH,
}


class PermissionsError(SpackError):
    """Permissions that make no sense or that would open a set-id program to others."""


def _bits(permissions: Permissions) -> int:
    """Mode of files without any execute bit. Raises PermissionsError."""
    read, write = permissions.read, permissions.write
    for audience in (read, write):
        if audience not in AUDIENCES:
            raise PermissionsError(
                f"{audience!r} is not a valid permission", hint=f"use one of {', '.join(AUDIENCES)}"
            )
    if AUDIENCES.index(write) > AUDIENCES.index(read):
        raise PermissionsError(f"permissions let '{write}' write what only '{read}' may read")
    return _READ[read] | _WRITE[write]


def directory_mode(permissions: Permissions) -> int:
    """Mode of directories. Raises PermissionsError."""
    bits = _bits(permissions)
    mode = bits | _execute_like_read(bits)
    return mode | stat.S_ISGID if permissions.set_group_bit else mode


def _mode_for_file(permissions: Permissions, current: int, path: str) -> int:
    """Mode of a file that has ``current`` now. Raises PermissionsError."""
    mode = _bits(permissions)
    if current & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH):
        mode |= _execute_like_read(mode)
    set_id = current & (stat.S_ISUID | stat.S_ISGID)
    unsafe = mode & stat.S_IWOTH or (set_id & stat.S_ISUID and mode & stat.S_IWGRP)
    if set_id and unsafe:
        raise PermissionsError(
            f"{path} runs as another user or group and would be writable by others",
            hint="set packages:NAME:permissions:write to 'user' for this package",
        )
    return mode | set_id


def _execute_like_read(mode: int) -> int:
    """Execute bits for those who may read."""
    return (mode & (stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)) >> 2


def _below(prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    yield prefix, os.lstat(prefix)
    for directory, folders, files in os.walk(prefix):
        for name in (*folders, *files):
            path = os.path.join(directory, name)
            yield path, os.lstat(path)


def apply(prefix: str, permissions: Permissions) -> None:
    """Set mode and group of everything in the prefix but symbolic links.

    Raises PermissionsError, and UnknownGroupError for a group that does not exist.
    """
    group = -1 if permissions.group is None else group_id(permissions.group)
    of_directories = directory_mode(permissions)
    for path, found in _below(prefix):
        if stat.S_ISDIR(found.st_mode):
            wanted = of_directories
        elif stat.S_ISREG(found.st_mode):
            wanted = _mode_for_file(permissions, stat.S_IMODE(found.st_mode), path)
        else:
            continue
        if group not in (-1, found.st_gid):
            os.chown(path, -1, group)
        # A change of the group takes set-id bits away, so the mode comes last.
        if stat.S_IMODE(os.lstat(path).st_mode) != wanted:
            os.chmod(path, wanted)
