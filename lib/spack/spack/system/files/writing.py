"""Writes whole files and makes directories: what nearly every command needs, and little to import.

Must not know packages, stores or environments.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import time

from spack.errors import SpackError
from spack.type_names import Union

Text = Union[str, "os.PathLike[str]"]


class UnknownGroupError(SpackError):
    """A group of users that this system does not know."""


def atomic_write(
    path: Text, content: str | bytes, *, mode: int | None = None, durable: bool = True
) -> None:
    """Make ``content`` the content of a file: readers see the old one or the new one, never a mix.

    Text is written as UTF-8. The new file gets ``mode``, or that of the file it replaces, or the
    usual one; a link is followed. The data is on the disk before the name points to it, except
    where ``durable`` is false: for what can be made again.
    """
    target = os.path.realpath(path)
    directory, name = os.path.split(target)
    if mode is None:
        try:
            mode = stat.S_IMODE(os.stat(target).st_mode)
        except FileNotFoundError:
            mode = 0o666 & ~process_mask()
    descriptor, temporary = new_file(os.path.join(directory, f".{name[:200]}."))
    try:
        data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            if durable:
                os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = target  # a full disk does not say which file it was
        raise
    if durable:
        sync_directory(directory)


def new_file(start: str) -> tuple[int, str]:
    """A file of this process alone. The module ``tempfile`` takes long to load."""
    for number in itertools.count(time.time_ns()):
        path = f"{start}{os.getpid()}-{number:x}"
        with contextlib.suppress(FileExistsError):
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), path
    raise AssertionError("ran out of file names")


def process_mask() -> int:
    """Permission bits that new files of this process do not get.

    Read without changing the mask where the system shows it.
    """
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as stream:
            for line in stream:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
    except OSError:
        pass
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def sync_directory(path: Text) -> None:
    """Wait until the names in a directory are on the disk, where the system can."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def sync_file_system(path: Text) -> None:
    """Wait until everything that was written to the file system of a path is on the disk.

    One request, however many files there are. Raises OSError when the system says that something
    could not be written.
    """
    import ctypes

    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), os.fspath(path))
    finally:
        os.close(descriptor)


def mkdirp(
    *paths: Text,
    mode: int | None = None,
    group: str | int | None = None,
    default_perms: str | None = None,
) -> None:
    """Create directories and the missing ones above them; existing directories are fine.

    Args:
        mode: permissions of the directories named, exact.
        group: group of the directories named.
        default_perms: what missing directories above get: ``args`` the same mode and group,
            ``parents`` those of the nearest directory that existed; None the usual ones.

    Raises:
        FileExistsError: something that is not a directory is in the way.
    """
    for path in paths:
        full = os.path.abspath(path)
        if os.path.isdir(full):
            continue
        missing: list[str] = []
        above = os.path.dirname(full)
        while not os.path.lexists(above):
            missing.append(above)
            above = os.path.dirname(above)
        existed = os.stat(above)
        os.makedirs(full, exist_ok=True)
        number = None if group is None else group_id(group)
        if number is not None:
            os.chown(full, -1, number)
        if mode is not None:
            os.chmod(full, mode)
        for directory in missing:
            if default_perms == "args":
                if number is not None:
                    os.chown(directory, -1, number)
                if mode is not None:
                    os.chmod(directory, mode)
            elif default_perms == "parents":
                if os.stat(directory).st_gid != existed.st_gid:
                    os.chown(directory, -1, existed.st_gid)
                os.chmod(directory, stat.S_IMODE(existed.st_mode))


def group_id(name: str | int) -> int:
    """Number of a group of users. Raises UnknownGroupError."""
    if isinstance(name, int):
        return name
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise UnknownGroupError(
            f"there is no user group {name!r}", hint="list the groups with: getent group"
        ) from None
