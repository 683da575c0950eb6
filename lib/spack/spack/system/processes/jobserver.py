"""The job server of GNU make: a pipe with one byte for each job that may run beside the first.

A process owns one job without asking; it takes a byte before it starts another one and puts the
same byte back afterwards. Knows pipes and ``MAKEFLAGS``; must not know what is built.
"""

from __future__ import annotations

import os
import re
import select
import stat
import time
from collections.abc import Mapping
from types import TracebackType

from spack.errors import SpackError

_AUTH = re.compile(r"(?:^|\s)--jobserver-(?:auth|fds)=(\S+)")
_WORDS = re.compile(
    r"\s*--jobserver-(?:auth|fds)=\S+|(?:^|\s+)-j\s*\d*(?=\s|$)|(?:^|\s+)--jobs=\d+"
)


class JobServerError(SpackError):
    """A job server cannot be made or used."""


def makeflags_address(makeflags: str) -> str | None:
    """The address of the job server in the text of ``MAKEFLAGS`` (the last one), or None."""
    found = _AUTH.findall(makeflags)
    return found[-1] if found else None


def has_jobserver(variables: Mapping[str, str] | None = None) -> bool:
    """Whether ``MAKEFLAGS`` of the process (or the mapping) names a job server."""
    process = os.environ if variables is None else variables
    return makeflags_address(process.get("MAKEFLAGS", "")) is not None


def get_effective_jobs(
    jobs: int, parallel: bool = True, supports_jobserver: bool = False
) -> int | None:
    """How many jobs to ask a build tool for; None: say nothing, it takes part in a job server.

    One if not parallel, if ``jobs`` is one, or if ``SPACK_NO_PARALLEL_MAKE`` is ``1`` or ``true``.
    """
    forbidden = os.environ.get("SPACK_NO_PARALLEL_MAKE", "").lower() in ("1", "true")
    if not parallel or jobs <= 1 or forbidden:
        return 1
    if supports_jobserver and has_jobserver():
        return None
    return jobs


def _own_end(descriptor: int) -> int:
    """A reading end that never blocks and does not share its flags with ``descriptor``."""
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        # Without /proc flags are shared: stay blocking, which others rely on.
        return os.dup(descriptor)


def _open_fifo(path: str) -> tuple[int, int]:
    """Both ends; the reading end does not block."""
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    return reader, os.open(path, os.O_WRONLY)


class JobServer:
    """One end of a job server, made here (:meth:`create`) or found (:meth:`from_variables`).

    A context manager; the maker removes the pipe when it closes.
    """

    def __init__(
        self,
        reader: int,
        writer: int,
        address: str,
        *,
        jobs: int = 0,
        path: str | None = None,
        inherited: tuple[int, ...] = (),
    ) -> None:
        self.address = address
        self.jobs = jobs
        #: Descriptors that a child must inherit (none for a named pipe).
        self.inherited = inherited
        self._reader = reader
        self._writer = writer
        self._path = path
        self._held: list[bytes] = []

    @classmethod
    def create(cls, jobs: int, path: str | None = None) -> JobServer:
        """A new server for ``jobs`` jobs in all, so with ``jobs - 1`` bytes.

        With a path it is a named pipe (make 4.4 and later, ninja 1.13 and later); without, an
        anonymous pipe whose two descriptors children must inherit (``pass_fds``). Raises
        JobServerError.
        """
        if jobs < 1:
            raise JobServerError(f"a job server needs at least one job, not {jobs}")
        try:
            if path is None:
                first, second = os.pipe()
                os.set_inheritable(first, True)
                os.set_inheritable(second, True)
                server = cls(
                    _own_end(first),
                    os.dup(second),
                    f"{first},{second}",
                    jobs=jobs,
                    inherited=(first, second),
                )
            else:
                os.mkfifo(path, 0o600)
                server = cls(*_open_fifo(path), f"fifo:{path}", jobs=jobs, path=path)
            os.write(server._writer, b"+" * (jobs - 1))
        except OSError as error:
            raise JobServerError(f"cannot make a job server: {error}") from error
        return server

    @classmethod
    def from_variables(cls, variables: Mapping[str, str] | None = None) -> JobServer | None:
        """The server that ``MAKEFLAGS`` names, or None if it names none or one out of reach."""
        process = os.environ if variables is None else variables
        address = makeflags_address(process.get("MAKEFLAGS", ""))
        if address is None:
            return None
        try:
            if address.startswith("fifo:"):
                return cls(*_open_fifo(address[5:]), address)
            first, second = (int(part) for part in address.split(","))
            if first < 0 or not all(stat.S_ISFIFO(os.fstat(fd).st_mode) for fd in (first, second)):
                return None
            return cls(_own_end(first), os.dup(second), address)
        except (OSError, ValueError):
            return None

    def variables(self, makeflags: str = "") -> dict[str, str]:
        """Process variables that let children take part; other words of ``makeflags`` stay."""
        others = _WORDS.sub("", makeflags).strip()
        words = [others] if others else []
        if not others or "-" in others.split()[0] or "=" in others.split()[0]:
            # The first word of MAKEFLAGS is read as single-letter flags unless it has a dash.
            words.insert(0, "")
        count = f"-j{self.jobs} " if self.jobs else ""
        words.append(f"{count}--jobserver-auth={self.address}")
        return {"MAKEFLAGS": " ".join(words)}

    def acquire(self, seconds: float | None = None) -> bool:
        """Take the right to run one more job; False if none came within ``seconds``.

        None waits for ever, 0 only looks.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            ready, _, _ = select.select([self._reader], [], [], left)
            if not ready:
                return False
            try:
                token = os.read(self._reader, 1)
            except BlockingIOError:
                continue  # Somebody else was faster.
            if not token:
                return False
            self._held.append(token)
            return True

    def release(self) -> None:
        """Give one right back. Raises JobServerError if none is held."""
        if not self._held:
            raise JobServerError("a job was returned to the job server that was never acquired")
        os.write(self._writer, self._held.pop())

    @property
    def held(self) -> int:
        """How many rights this object holds beside the one that needs no asking."""
        return len(self._held)

    def close(self) -> None:
        """Give everything back and close; a named pipe that was made here is removed."""
        while self._held:
            self.release()
        for descriptor in (self._reader, self._writer, *self.inherited):
            os.close(descriptor)
        if self._path is not None and os.path.exists(self._path):
            os.unlink(self._path)

    def __enter__(self) -> JobServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
