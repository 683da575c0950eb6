"""Marks of those who work in a stage, so that nobody removes it.

All who share a stage root see them. Every process that works in a stage holds a byte of
``<root>/.in-use/lock`` and has a file ``<root>/.in-use/<stage>@<host>@<process>``. The lock tells
of processes whatever ends them; the file tells of other machines, which locks of some file systems
do not reach. A shell or an editor holds nothing: on this machine it is found by its working
directory and its open files. Knows names and directories, nothing of sources.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import weakref
from collections.abc import Iterator, Sequence

from spack.sources.fetching.reporting import FetchReporter
from spack.system.files.locks import Lock, LockError, LockTimeoutError
from spack.type_names import Callable

#: Directory of a stage root that tells who works in its stages.
DIRECTORY = ".in-use"


class StageUse:
    """This process works in a stage until :meth:`end`, the end of the object, or its own end."""

    def __init__(self, root: str, name: str) -> None:
        self._lock = _lock_of(root, name)
        self._mark = os.path.join(root, DIRECTORY, f"{name}@{_host()}@{os.getpid()}")
        with contextlib.suppress(LockError):
            self._lock.acquire_shared(0)  # Somebody may work there alone: no reason to wait.
        with contextlib.suppress(OSError):
            os.close(os.open(self._mark, os.O_CREAT | os.O_WRONLY, 0o600))
        self._end = weakref.finalize(self, _ended, self._lock, self._mark, os.getpid())

    def alone(self, say: Callable[[str], None]) -> None:
        """Wait until nobody else works in the stage; ``say`` is told whom it waits for."""
        with contextlib.suppress(LockError):
            try:
                self._lock.acquire_exclusive(0)
            except LockTimeoutError:
                others = self._lock.holders()
                say(f"Waiting for {others[0] if others else 'another machine'}: it uses the stage")
                # Two that wait for each other's share would wait for ever.
                self._lock.release_all()
                self._lock.acquire_exclusive()

    def end(self) -> None:
        """Nobody works in the stage for this object any more."""
        self._end()


class UsedStage:
    """The part of all stages that tells others who works in them."""

    name: str
    reporter: FetchReporter
    _use: StageUse | None = None

    @property
    def root(self) -> str:
        """The directory of all stages."""
        raise NotImplementedError

    def create(self) -> None:
        """Make the directory."""
        raise NotImplementedError

    def begin_use(self) -> None:
        """Tell others that this process works in the stage, from now on."""
        if self._use is None:
            self._use = StageUse(self.root, self.name)

    def work_alone(self) -> None:
        """Make the directory, and wait until nobody else works in it."""
        self.create()
        if self._use is not None:
            self._use.alone(self.reporter.note)
        self.create()  # Somebody may have removed it before it was ours alone.

    def leave(self) -> None:
        """Nobody works in the stage any more; what is in it stays."""
        if self._use is not None:
            self._use.end()
            self._use = None


def _ended(lock: Lock, mark: str, process: int) -> None:
    if os.getpid() != process:
        return  # A child of the process that works in the stage.
    with contextlib.suppress(OSError):
        os.unlink(mark)
    lock.release_all()


def _lock_of(root: str, name: str) -> Lock:
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    offset = int.from_bytes(digest[:8], "big") >> 2
    return Lock(os.path.join(root, DIRECTORY, "lock"), offset, 1, description=f"the stage {name}")


def _host() -> str:
    return os.uname().nodename.replace(os.sep, "_")


@contextlib.contextmanager
def without_users(root: str, name: str, open_files: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Keep everybody out of a stage inside the block.

    Args:
        open_files: of :func:`files_in_use`.

    Yields who works in it, as text; empty if nobody does and the stage is ours.
    """
    directory = os.path.join(os.path.realpath(root), name)
    lock = _lock_of(root, name)
    try:
        lock.acquire_exclusive(0)
    except LockTimeoutError:
        others = [str(holder) for holder in lock.holders()]
        yield others[0] if others else "a process of another machine"
        return
    except LockError:
        # Locks cannot be had here: the other signs have to do.
        pass
    try:
        yield _other_user(root, name, directory, open_files)
    finally:
        lock.release_all()


def _other_user(root: str, name: str, directory: str, open_files: Sequence[tuple[str, int]]) -> str:
    for mark in _marks(root, name):
        host, _, process = mark.rpartition("@")
        path = os.path.join(root, DIRECTORY, f"{name}@{mark}")
        if host != _host():
            return (
                f"process {process} of {host}; if it was killed, "
                f"run spack clean -s on {host} or remove {path}"
            )
        # The lock is free: that process was killed.
        with contextlib.suppress(OSError):
            os.unlink(path)
    for path, number in open_files:
        if path == directory or path.startswith(directory + os.sep):
            return f"process {number}, which has {path} open"
    return ""


def _marks(root: str, name: str) -> list[str]:
    """``<host>@<process>`` of the files that tell who works in a stage."""
    try:
        found = os.listdir(os.path.join(root, DIRECTORY))
    except OSError:
        return []
    return sorted(mark[len(name) + 1 :] for mark in found if mark.startswith(f"{name}@"))


def files_in_use() -> list[tuple[str, int]]:
    """Working directories and open files of the processes that one may look at, and the process."""
    found = []
    for process in os.listdir("/proc") if os.path.isdir("/proc/self/fd") else []:
        if not process.isdigit():
            continue
        links = [f"/proc/{process}/cwd"]
        with contextlib.suppress(OSError):
            links += [f"/proc/{process}/fd/{name}" for name in os.listdir(f"/proc/{process}/fd")]
        for link in links:
            with contextlib.suppress(OSError):
                found.append((os.readlink(link), int(process)))
    return found
