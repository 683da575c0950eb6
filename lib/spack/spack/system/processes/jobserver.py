"""The job server of GNU make: a pipe with one byte for each job that may run beside the first.

A process owns one job without asking; it takes a byte before it starts another one and puts the
same byte back afterwards. Knows pipes and ``MAKEFLAGS``; must not know what is built.
"""

from __future__ import annotations

import os
import re
import select
import time
from types import TracebackType

from spack.errors import SpackError

_AUTH = re.compile(r"(?:^|\s)--jobserver-(?:auth|fds)=(\S+)")


class JobServerError(SpackError):
    """A job server cannot be made or used."""


def makeflags_address(makeflags: str) -> str | None:
    """The address of the job server in the text of ``MAKEFLAGS`` (the last one), or None."""
    found = _AUTH.findall(makeflags)
    return found[-1] if found else None


def get_effective_jobs(
    jobs: int, parallel: bool = True, supports_jobserver: bool = False
) -> int | None:
    """The number of jobs to ask a build tool for; None: say nothing, it takes part in a job server.

    One if not parallel, if ``jobs`` is one, or if ``SPACK_NO_PARALLEL_MAKE`` is ``1`` or ``true``.
    """
    forbidden = os.environ.get("SPACK_NO_PARALLEL_MAKE", "").lower() in ("1", "true")
    if not parallel or jobs <= 1 or forbidden:
        return 1
    if supports_jobserver and makeflags_address(os.environ.get("MAKEFLAGS", "")) is not None:
        return None
    return jobs


def _own_end(descriptor: int) -> int:
    """A reading end that never blocks and does not share its flags with ``descriptor``."""
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        # Without /proc flags are shared: stay blocking, which others rely on.
        return os.dup(descriptor)


class JobServer:
    """A job server that is made here, by :meth:`create`; a context manager that closes it.

    It is an anonymous pipe; ``inherited`` are its two descriptors, which children must inherit.
    """

    def __init__(self, jobs: int, inherited: tuple[int, int]) -> None:
        self.jobs = jobs
        self.inherited = inherited
        reader, writer = inherited
        self._reader, self._writer = _own_end(reader), os.dup(writer)
        self._held: list[bytes] = []

    @classmethod
    def create(cls, jobs: int) -> JobServer:
        """A new server for ``jobs`` jobs in all, so with ``jobs - 1`` bytes.

        Raises JobServerError.
        """
        if jobs < 1:
            raise JobServerError(f"a job server needs at least one job, not {jobs}")
        try:
            pipe = os.pipe()
            for descriptor in pipe:
                os.set_inheritable(descriptor, True)
            server = cls(jobs, pipe)
            os.write(server._writer, b"+" * (jobs - 1))
        except OSError as error:
            raise JobServerError(f"cannot make a job server: {error}") from error
        return server

    def variables(self) -> dict[str, str]:
        """Process variables that let children take part."""
        reader, writer = self.inherited
        # The first word of MAKEFLAGS is read as single-letter flags: here it is empty.
        return {"MAKEFLAGS": f" -j{self.jobs} --jobserver-auth={reader},{writer}"}

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
        """The number of rights that this object holds beside the one that needs no asking."""
        return len(self._held)

    def close(self) -> None:
        """Give everything back and close."""
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
