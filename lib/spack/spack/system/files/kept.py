"""Files that hold what can be worked out again: when they are current, and how they are kept.

One rule for all of them. A kept file is never needed: one that is missing, cut or of another form
is :class:`DamagedError`, and what it held is worked out again. Writing it may fail (no room, no
right) without stopping anybody. It names what it was made from with a :class:`Stamp`.

Must not know what is kept. The manual's page on caches has a row for each user of this module.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.type_names import Callable, TypeVar

T = TypeVar("T")

#: A clock of a file system moves on in steps of at most so many ns; one without fractions in whole
#: seconds, or in two (FAT).
_STEP, _WHOLE_STEP = 20_000_000, 2_000_000_000
_SECOND = 1_000_000_000

#: Numbers of files that do not fit a signed number of 64 bits are cut.
_INODE = (1 << 63) - 1


class DamagedError(SpackError):
    """A kept file that is missing, cannot be read, or does not hold what it should."""


class Stamp(NamedTuple):
    """The facts that tell one state of a file or folder from the next.

    Compared as a whole within a process: the inode tells two files apart of which one replaced the
    other within one step of the clock. On disk :attr:`lasting` is kept instead, and only of a file
    that is :meth:`settled`.
    """

    mtime_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, path: str | int) -> Stamp | None:
        """The stamp of a file as it is now; None where there is none, or none may be seen."""
        try:
            return cls.of_status(os.stat(path))
        except OSError:
            return None

    @classmethod
    def of_status(cls, status: os.stat_result) -> Stamp:
        """The stamp in what ``stat`` said."""
        return cls(status.st_mtime_ns, status.st_size, status.st_ino & _INODE)

    @property
    def lasting(self) -> list[int]:
        """The stamp as it is kept on disk, in JSON as elsewhere.

        A tree that is copied with its times, restored or mounted again has other inodes. They count
        only for a time of whole seconds, which different files of an archive have in common; times
        with fractions are those of one change.
        """
        return [self.mtime_ns, self.size, 0 if self.mtime_ns % _SECOND else self.inode]

    def settled(self, seen: int) -> bool:
        """Whether every change after ``seen`` (ns since 1970) leaves another stamp.

        ``seen`` is a time before the file was looked at. A file that was changed only just before
        may be changed again within the same step of the clock, and in the same size.
        """
        step = _STEP if self.mtime_ns % _SECOND else _WHOLE_STEP
        return self.mtime_ns + step <= seen


def lasting_stamp(path: str, seen: int | None = None) -> list[int] | None:
    """:attr:`Stamp.lasting` of a file as it is now; None where there is none.

    With ``seen``, empty if the file was not :meth:`Stamp.settled` then: no file has that stamp.
    """
    stamp = Stamp.of(path)
    if stamp is None:
        return None
    return stamp.lasting if seen is None or stamp.settled(seen) else []


def lasting_stamps(folders: Iterable[str]) -> list[tuple[str, list[int] | None]]:
    """Every file of some folders with its :attr:`Stamp.lasting`; not what Python compiled."""
    found = []
    for folder in folders:
        for directory, below, names in os.walk(folder):
            below[:] = sorted(name for name in below if not name.startswith("__"))
            paths = (os.path.join(directory, name) for name in sorted(names))
            found += [(path, lasting_stamp(path)) for path in paths]
    return found


def read_kept(path: str, parse: Callable[[bytes], T]) -> T:
    """The result of ``parse`` for the content of a kept file.

    Raises:
        DamagedError: there is no such file, or ``parse`` has an error of any usual kind.
    """
    try:
        with open(path, "rb") as stream:
            return parse(stream.read())
    except (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise DamagedError(f"{path} does not hold what it should: {error}") from error


def write_kept(path: str, content: str | bytes, *, loss: str = "") -> bool:
    """Replace a kept file; False where that cannot be.

    It is not waited for the disk: who reads a file that a power failure cut finds it damaged.

    Args:
        loss: what has to be worked out again and again without the file. Only what takes users
            long has one; they are warned of it, and of nothing else that cannot be kept.
    """
    from spack.system.files.writing import atomic_write

    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        atomic_write(path, content, durable=False)
        return True
    except OSError as error:
        tell_loss(loss, os.path.dirname(path), error)
        return False


def tell_loss(loss: str, folder: str, error: OSError) -> None:
    """Warn of what cannot be kept in a folder; "" of nothing, nor of what was cleaned meanwhile."""
    if isinstance(error, FileNotFoundError):
        with contextlib.suppress(OSError):
            os.makedirs(folder, exist_ok=True)
            return
    if loss:
        from spack.system.terminal.messages import warn

        warn(
            f"cannot cache {loss} in {folder}: {error.strerror or error}",
            "every command must read them again until the directory is writable and has free space",
        )


def drop_oldest(paths: Iterable[str], most: int, idle: int = 0) -> None:
    """Remove the files that were written first, until so many are left.

    Args:
        idle: seconds for which a file stays in any case: somebody may be about to read it.
    """
    ages: list[tuple[int, str]] = []
    for path in paths:
        stamp = Stamp.of(path)
        if stamp is not None:
            ages.append((stamp.mtime_ns, path))
    before = time.time_ns() - idle * _SECOND
    for written, path in sorted(ages)[: max(0, len(ages) - most)]:
        if written <= before:
            try:
                os.unlink(path)
            except OSError:
                continue
