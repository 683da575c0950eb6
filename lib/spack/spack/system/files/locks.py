"""Locks on byte ranges of files, shared or exclusive, between processes and between threads.

Where the system has locks that belong to an open file (Linux), two objects exclude each other
even in one process, and closing another descriptor of the file releases nothing. Elsewhere locks
belong to the process, so that threads of one process do not exclude each other. Must not know
what a range stands for.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import time
from collections.abc import Iterator

from spack.errors import SpackError
from spack.named_tuples import NamedTuple

_SET = getattr(fcntl, "F_OFD_SETLK", fcntl.F_SETLK)
#: type, whence, start, length, process: ``struct flock`` of 64-bit systems.
_FLOCK = "hhqqi"

#: Seconds between two attempts: first, longest. Pauses vary by chance, and stay short, because a
#: process that takes a lock again and again would else starve those that look rarely.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.05


class LockError(SpackError):
    """A lock cannot be used as asked."""


class LockTimeoutError(LockError):
    """Others held the lock all the time one was willing to wait."""


class Holder(NamedTuple):
    """A process of this machine that holds a range: its id, command line, and how."""

    pid: int
    command: str
    exclusive: bool

    def __str__(self) -> str:
        kind = "exclusively" if self.exclusive else "shared"
        return f"process {self.pid} ({self.command or 'unknown command'}), {kind}"


class Lock:
    """A range of bytes of a lock file; ``length`` 0 reaches to the end of any file.

    The file (and its directory) is made when the lock is first taken. Taking again what this
    object already holds counts; releasing as often sets it free. Use one object per thread.

    Args:
        timeout: seconds to wait; None waits for ever, 0 tries once.
        description: what the lock protects, for errors.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        start: int = 0,
        length: int = 0,
        *,
        timeout: float | None = None,
        description: str = "",
    ) -> None:
        self._file: int | None = None
        self.path = os.fspath(path)
        self.start = start
        self.length = length
        self.timeout = timeout
        self.description = description
        self._writable = False
        self._shared = 0
        self._exclusive = 0

    def __repr__(self) -> str:
        return f"Lock({self.path!r}, {self.start}, {self.length})"

    def __del__(self) -> None:
        """A lock that nobody can release any more is free."""
        self._close()

    @property
    def held(self) -> bool:
        """Whether this object holds the lock in any way."""
        return bool(self._shared or self._exclusive)

    # taking and releasing

    def acquire_shared(self, timeout: float | None = None) -> None:
        """Take the lock together with other sharers. Raises LockTimeoutError, LockError."""
        if not self.held:
            self._take(fcntl.F_RDLCK, timeout)
        self._shared += 1

    def acquire_exclusive(self, timeout: float | None = None) -> None:
        """Take the lock alone; from sharing it is an upgrade, which others may win first.

        Raises LockTimeoutError, LockError.
        """
        if not self._exclusive:
            self._take(fcntl.F_WRLCK, timeout)
        self._exclusive += 1

    def release_shared(self) -> None:
        """Undo one :meth:`acquire_shared`. Raises LockError if there was none."""
        if not self._shared:
            raise LockError(f"{self._name()} is not held shared")
        self._shared -= 1
        if not self.held:
            self._drop()

    def release_exclusive(self) -> None:
        """Undo one :meth:`acquire_exclusive`; a shared lock below it stays. Raises LockError."""
        if not self._exclusive:
            raise LockError(f"{self._name()} is not held exclusively")
        self._exclusive -= 1
        if not self.held:
            self._drop()
        elif not self._exclusive:
            self._set(fcntl.F_RDLCK)

    def release_all(self) -> None:
        """Set the lock free however often it was taken, if at all."""
        if self.held:
            self._shared = self._exclusive = 0
            self._drop()

    @contextlib.contextmanager
    def shared(self, timeout: float | None = None) -> Iterator[Lock]:
        """Hold the lock with other sharers inside the block."""
        self.acquire_shared(timeout)
        try:
            yield self
        finally:
            self.release_shared()

    @contextlib.contextmanager
    def exclusive(self, timeout: float | None = None) -> Iterator[Lock]:
        """Hold the lock alone inside the block."""
        self.acquire_exclusive(timeout)
        try:
            yield self
        finally:
            self.release_exclusive()

    # who else

    def holders(self) -> list[Holder]:
        """Processes of this machine that hold a part of the range, as far as one may see them.

        Processes of other users and other machines are not seen, nor any outside Linux.
        """
        try:
            status = os.stat(self.path)
        except OSError:
            return []
        found: list[Holder] = []
        for name in os.listdir("/proc") if os.path.isdir("/proc/self/fdinfo") else []:
            if not name.isdigit():
                continue
            kinds = self._held_by(name, status)
            if kinds:
                found.append(Holder(int(name), _command(name), "WRITE" in kinds))
        return found

    def _held_by(self, pid: str, status: os.stat_result) -> list[str]:
        kinds: list[str] = []
        try:
            descriptors = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            return kinds
        for descriptor in descriptors:
            if pid == str(os.getpid()) and descriptor == str(self._file):
                continue
            try:
                opened = os.stat(f"/proc/{pid}/fd/{descriptor}")
                if (opened.st_dev, opened.st_ino) != (status.st_dev, status.st_ino):
                    continue
                with open(f"/proc/{pid}/fdinfo/{descriptor}", encoding="ascii") as stream:
                    lines = [line.split() for line in stream if line.startswith("lock:")]
            except OSError:
                continue
            kinds.extend(line[4] for line in lines if self._overlaps(line[-2], line[-1]))
        return kinds

    def _overlaps(self, first: str, last: str) -> bool:
        end = None if self.length == 0 else self.start + self.length - 1
        starts_before = end is None or int(first) <= end
        return starts_before and (last == "EOF" or int(last) >= self.start)

    # the system

    def _take(self, kind: int, timeout: float | None) -> None:
        limit = self.timeout if timeout is None else timeout
        begin = time.monotonic()
        pause = _FIRST_PAUSE
        while True:
            self._open(writable=kind == fcntl.F_WRLCK)
            if self._set(kind):
                if self._is_current():
                    return
                self._close()  # The file was replaced meanwhile: the lock protects nothing.
                continue
            waited = time.monotonic() - begin
            if limit is not None and waited >= limit:
                if not self.held:
                    self._close()
                raise self._timeout(kind, limit)
            import random

            varied = pause * random.uniform(0.5, 1.0)
            time.sleep(varied if limit is None else max(0.0, min(varied, limit - waited)))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _timeout(self, kind: int, limit: float) -> LockTimeoutError:
        wanted = "exclusively" if kind == fcntl.F_WRLCK else "shared"
        others = self.holders()
        who = "\n".join(f"held by {holder}" for holder in others)
        return LockTimeoutError(
            f"{self._name()} could not be acquired {wanted} within {limit:g} seconds",
            details=who or "the holder is not visible: another user, or another machine",
            hint="wait for the holder to finish, or stop it if it hangs",
        )

    def _name(self) -> str:
        what = f" of {self.description}" if self.description else ""
        bytes_ = f" (byte {self.start}, length {self.length})" if self.start or self.length else ""
        return f"the lock{what} {self.path}{bytes_}"

    def _open(self, writable: bool) -> None:
        if self._file is not None and (self._writable or not writable):
            return
        held = self._shared > 0
        if held:
            raise LockError(
                f"{self._name()} cannot be acquired exclusively: its file is read-only here"
            )
        self._close()
        try:
            os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            self._writable = True
        except OSError as error:
            if writable or error.errno not in (errno.EACCES, errno.EROFS, errno.EPERM):
                raise self._unusable(error) from error
            try:
                self._file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
                self._writable = False
            except OSError as second:
                raise self._unusable(second) from second

    def _unusable(self, error: OSError) -> LockError:
        return LockError(
            f"{self._name()} cannot be opened: {error.strerror}",
            hint="check the owner and the permissions of the directory",
        )

    def _set(self, kind: int) -> bool:
        assert self._file is not None
        data = struct.pack(_FLOCK, kind, os.SEEK_SET, self.start, self.length, 0)
        try:
            fcntl.fcntl(self._file, _SET, data)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            hint = "the file system may not support locks" if error.errno == errno.ENOLCK else None
            raise LockError(f"{self._name()}: {error.strerror}", hint=hint) from error
        return True

    def _is_current(self) -> bool:
        assert self._file is not None
        try:
            named = os.stat(self.path)
        except OSError:
            return False
        opened = os.fstat(self._file)
        return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)

    def _drop(self) -> None:
        self._set(fcntl.F_UNLCK)
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _command(pid: str) -> str:
    """The command of a process as its user typed it, as far as can be told; "" if it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            words = stream.read(4096).decode("utf-8", "replace").rstrip("\0").split("\0")
    except OSError:
        return ""
    texts = [place for place, word in enumerate(words) if "\n" in word]
    if texts:
        # The launcher gives Python the text of a program, then two directories of the instance.
        words = ["spack", *words[texts[0] + 3 :]]
    return " ".join(words)[:300]
