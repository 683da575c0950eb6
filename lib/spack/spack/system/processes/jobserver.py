"""The job server of GNU make: a pipe with one byte for each job that may run beside the first.

A process owns one job without asking; it takes a byte before it starts another one and puts the
same byte back afterwards. Tools find the pipe in ``MAKEFLAGS``, by two inherited descriptors or by
the path of a named pipe. Knows pipes and ``MAKEFLAGS``; must not know what is built.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import stat
import time
from types import TracebackType

from spack.errors import SpackError
from spack.system.processors import available_processors
from spack.type_names import Callable

_AUTH = re.compile(r"(?:^|\s)--jobserver-(?:auth|fds)=(\S+)")
_JOBS = re.compile(r"(?:^|\s)-j(\d+)(?=\s|$)")

#: The most jobs of a server; the pipe has room for so many.
_MANY = 1 << 12


class JobServerError(SpackError):
    """A job server cannot be made or used."""


def makeflags_address(makeflags: str) -> str | None:
    """The address of the job server in the text of ``MAKEFLAGS`` (the last one), or None."""
    found = _AUTH.findall(makeflags)
    return found[-1] if found else None


class SharedJobs:
    """The number of jobs of a tool that takes no part in a job server, for recipes.

    Jobs are taken from the server when somebody reads the number, as text or by calculating with
    it, and belong to the build from then on. It is no ``int``: of that the interpreter reads the
    value without asking.

    Args:
        share: jobs that the build should get.
        take: takes them; how many it got, the one of the build included.
    """

    def __init__(self, share: int, take: Callable[[], int]) -> None:
        self.share = share
        self._take = take

    def __int__(self) -> int:
        return self._take()

    __index__ = __int__

    def __repr__(self) -> str:
        return str(int(self))

    def __format__(self, how: str) -> str:
        return format(int(self), how)

    def __hash__(self) -> int:
        return hash(int(self))

    def __bool__(self) -> bool:
        return True

    def __float__(self) -> float:
        return float(int(self))

    def __eq__(self, other: object) -> bool:
        return int(self) == other

    def __lt__(self, other: float) -> bool:
        return int(self) < other

    def __le__(self, other: float) -> bool:
        return int(self) <= other

    def __gt__(self, other: float) -> bool:
        return int(self) > other

    def __ge__(self, other: float) -> bool:
        return int(self) >= other

    def __add__(self, other: float) -> float:
        return int(self) + other

    def __radd__(self, other: float) -> float:
        return other + int(self)

    def __sub__(self, other: float) -> float:
        return int(self) - other

    def __rsub__(self, other: float) -> float:
        return other - int(self)

    def __mul__(self, other: float) -> float:
        return int(self) * other

    __rmul__ = __mul__

    def __truediv__(self, other: float) -> float:
        return int(self) / other

    def __rtruediv__(self, other: float) -> float:
        return other / int(self)

    def __floordiv__(self, other: float) -> float:
        return int(self) // other

    def __rfloordiv__(self, other: float) -> float:
        return other // int(self)

    def __mod__(self, other: float) -> float:
        return int(self) % other


def get_effective_jobs(
    jobs: int | SharedJobs, parallel: bool = True, supports_jobserver: bool = False
) -> int | SharedJobs | None:
    """The number of jobs to ask a build tool for; None: say nothing, it takes part in a job server.

    One if not parallel, if ``jobs`` is one, or if ``SPACK_NO_PARALLEL_MAKE`` is ``1`` or ``true``.
    """
    forbidden = os.environ.get("SPACK_NO_PARALLEL_MAKE", "").lower() in ("1", "true")
    if not parallel or share_of(jobs) <= 1 or forbidden:
        return 1
    if supports_jobserver and makeflags_address(os.environ.get("MAKEFLAGS", "")) is not None:
        return None
    return jobs


def share_of(jobs: int | SharedJobs) -> int:
    """The number of jobs that a build should get, without taking any."""
    return jobs.share if isinstance(jobs, SharedJobs) else jobs


def _own_end(descriptor: int) -> int:
    """A reading end that never blocks and does not share its flags with ``descriptor``."""
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        # Without /proc flags are shared: stay blocking, which others rely on.
        return os.dup(descriptor)


def _is_open_pipe(descriptor: int, mode: int) -> bool:
    """Whether a descriptor is a pipe that can be used in this mode."""
    try:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except (OSError, OverflowError):
        return False
    return is_pipe and flags & os.O_ACCMODE in (mode, os.O_RDWR)


class JobServer:
    """A job server, made by :meth:`create` or :meth:`join`; a context manager that closes it.

    Attributes:
        jobs: the number of jobs in all.
        inherited: the two descriptors of the pipe, which children must inherit.
        is_own: it was made here, so that nobody outside takes part.
    """

    def __init__(self, jobs: int, inherited: tuple[int, int], *, is_own: bool) -> None:
        self.jobs = jobs
        self.inherited = inherited
        self.is_own = is_own
        reader, writer = inherited
        self._most = _MANY if is_own else jobs
        self._reader, self._writer = _own_end(reader), os.dup(writer)
        self._held: list[bytes] = []
        # Of a change to fewer jobs: what is still in use, and what a joined server gets back.
        self._owed = 0
        self._withheld: list[bytes] = []

    @classmethod
    def create(cls, jobs: int) -> JobServer:
        """A new server for ``jobs`` jobs in all, so with ``jobs - 1`` bytes.

        Raises JobServerError.
        """
        if jobs < 1:
            raise JobServerError(f"a job server needs at least one job, not {jobs}")
        jobs = min(jobs, _MANY)
        try:
            pipe = os.pipe()
            for descriptor in pipe:
                os.set_inheritable(descriptor, True)
            server = cls(jobs, pipe, is_own=True)
            os.write(server._writer, b"+" * (jobs - 1))
        except OSError as error:
            raise JobServerError(f"cannot make a job server: {error}") from error
        return server

    @classmethod
    def join(cls, makeflags: str) -> JobServer | None:
        """The server that the text of ``MAKEFLAGS`` names, None where it cannot be reached.

        Make closes the pipe, and names it nevertheless, where a command is not marked with ``+``.
        """
        address = makeflags_address(makeflags)
        if address is None:
            return None
        numbers = _JOBS.findall(makeflags)
        jobs = max(1, int(numbers[-1])) if numbers else available_processors()
        if address.startswith("fifo:"):
            path = address[len("fifo:") :]
            try:
                # The reader first, and without waiting for a writer.
                reader = os.open(path, os.O_RDWR)
                writer = os.dup(reader)
            except OSError:
                return None
            for descriptor in (reader, writer):
                os.set_inheritable(descriptor, True)
            return cls(jobs, (reader, writer), is_own=False)
        found = re.fullmatch(r"(\d+),(\d+)", address)
        if found is None:
            return None
        reader, writer = int(found[1]), int(found[2])
        if not (_is_open_pipe(reader, os.O_RDONLY) and _is_open_pipe(writer, os.O_WRONLY)):
            return None
        pipe = os.dup(reader), os.dup(writer)
        for descriptor in pipe:
            os.set_inheritable(descriptor, True)
        return cls(jobs, pipe, is_own=False)

    @property
    def has_path(self) -> bool:
        """Whether :meth:`variables` can name the pipe by a path."""
        return os.path.exists(f"/proc/self/fd/{self.inherited[0]}")

    def variables(self, *, path_in: str = "") -> dict[str, str]:
        """Process variables that let children of this process take part.

        Make finds a pipe by path since 4.4, ninja since 1.13, and ninja in no other way.

        Args:
            path_in: name the pipe by its path below ``/proc`` in a process, which must live as long
                as the children do: a process id, or ``self`` for children that inherit the pipe.
                Those in a sandbox cannot look into processes outside of it.
        """
        reader, writer = self.inherited
        where = f"fifo:/proc/{path_in}/fd/{writer}" if path_in else f"{reader},{writer}"
        # The first word of MAKEFLAGS is read as single-letter flags: here it is empty.
        return {"MAKEFLAGS": f" -j{self.jobs} --jobserver-auth={where}"}

    @property
    def descriptor(self) -> int:
        """Readable when there may be a job to take."""
        return self._reader

    def acquire(self, seconds: float | None = None) -> bool:
        """Take the right to run one more job; False if none came within ``seconds``.

        None waits for ever, 0 only looks.
        """
        token = self._take(seconds)
        if token:
            self._held.append(token)
        return bool(token)

    def _take(self, seconds: float | None) -> bytes:
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            ready, _, _ = select.select([self._reader], [], [], left)
            if not ready:
                return b""
            with contextlib.suppress(BlockingIOError):  # Somebody else was faster.
                return os.read(self._reader, 1)

    def acquire_many(self, wanted: int, most: int, seconds: float) -> int:
        """Take up to ``most`` rights: what is free, and for ``wanted`` of them wait some seconds.

        Returns the number of those that were taken.
        """
        end = time.monotonic() + seconds
        taken = 0
        while taken < most:
            left = max(0.0, end - time.monotonic()) if taken < wanted else 0
            if not self.acquire(left):
                break
            taken += 1
        return taken

    def release(self) -> None:
        """Give one right back. Raises JobServerError if none is held."""
        if not self._held:
            raise JobServerError("a job was returned to the job server that was never acquired")
        os.write(self._writer, self._held.pop())

    @property
    def held(self) -> int:
        """The number of rights that this object holds beside the one that needs no asking."""
        return len(self._held)

    def change(self, jobs: int) -> None:
        """Have another number of jobs, at least one; of a joined server no more than it had.

        Jobs that run end first: call :meth:`settle` now and then.
        """
        wanted = min(max(1, jobs), self._most)
        self._owed += max(0, self.jobs - wanted)
        for _ in range(wanted - self.jobs):
            if self._owed:
                self._owed -= 1
            else:
                os.write(self._writer, self._withheld.pop() if self._withheld else b"+")
        self.jobs = wanted
        self.settle()

    def settle(self) -> None:
        """Take out what is too much since :meth:`change`, as far as nobody uses it."""
        while self._owed:
            token = self._take(0)
            if not token:
                return
            self._owed -= 1
            if not self.is_own:
                self._withheld.append(token)

    def refill(self) -> None:
        """Replace what takers that were killed have lost. For times when nobody else takes part."""
        if self.is_own:
            while self._take(0):
                pass
            self._owed = 0
            os.write(self._writer, b"+" * (self.jobs - 1 - self.held))

    def close(self) -> None:
        """Give everything back and close."""
        self._held += self._withheld
        self._withheld.clear()
        while self._held:
            self.release()
        for descriptor in (self._reader, self._writer, *self.inherited):
            os.close(descriptor)

    def __enter__(self) -> JobServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class HeldJobs:
    """The jobs of a build that were taken for tools which take no part; a context manager.

    Args:
        share: the most of them, the one included that the build has anyway.
    """

    #: Seconds to wait for jobs that others are about to give back.
    PATIENCE = 10.0

    def __init__(self, server: JobServer, share: int) -> None:
        self._server = server
        self._share = share
        self._taken: int | None = None

    def take(self) -> int:
        """The number of jobs; taken at the first call and kept until the block ends."""
        if self._taken is None:
            more = max(0, self._share - 1)
            self._taken = self._server.acquire_many(more, more, self.PATIENCE)
        return 1 + self._taken

    def __enter__(self) -> HeldJobs:
        return self

    def __exit__(self, *error: object) -> None:
        for _ in range(self._taken or 0):
            self._server.release()
        self._taken = None
