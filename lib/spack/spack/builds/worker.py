"""The child process of a build: started, watched and ended as a tree.

The child has a session of its own and ends with its whole tree when the parent asks for it, or
dies. Parent and child talk through a pipe, one JSON object a line. What the child does is a
function; this module knows no packages.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import sys
import threading
import time
import traceback
import warnings
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from spack.builds.log_excerpt import Excerpt, LogLine
from spack.builds.phase_logs import PhaseTime
from spack.builds.procedure import BuildError, BuildObserver, BuildResult
from spack.errors import InternalError, SpackError
from spack.system.processes.children import kill_tree

#: Seconds between the request to end and force.
GRACE = 2.0


class WorkerDiedError(SpackError):
    """The child of a build ended without saying how the build went."""


class Event(NamedTuple):
    """Something that a child reports: its kind and its text."""

    kind: str
    text: str


class _Reporter(BuildObserver):
    """Sends what happens in the child to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, kind: str, **fields: Any) -> None:
        line = json.dumps({"kind": kind, **fields}).encode("utf-8") + b"\n"
        while line:
            line = line[os.write(self._descriptor, line) :]

    def step(self, name: str) -> None:
        self.send("step", text=name)

    def stage(self, path: str) -> None:
        self.send("stage", text=path)

    def note(self, text: str) -> None:
        self.send("note", text=text)


class Worker:
    """A running child. Made by :func:`start_worker`.

    Attributes:
        pid: process id of the child.  descriptor: readable when there is news.
        step: the step that the child is in.  stage: the directory of its stage, when known.
    """

    def __init__(self, pid: int, descriptor: int, life: int) -> None:
        self.pid = pid
        self.descriptor = descriptor
        self.step = ""
        self.stage: Optional[str] = None
        self.started = time.monotonic()
        self._life = life
        self._pending = b""
        self._last: Optional[Dict[str, Any]] = None
        self._ended = False
        self._code: Optional[int] = None

    @property
    def ended(self) -> bool:
        """Whether the child has ended; :meth:`result` tells how."""
        return self._ended

    def read_events(self) -> List[Event]:
        """Everything reported since the last call. Call it when :attr:`descriptor` is readable."""
        events: List[Event] = []
        while not self._ended and select.select([self.descriptor], [], [], 0)[0]:
            data = os.read(self.descriptor, 1 << 16)
            if not data:
                self._reap()
                break
            *lines, self._pending = (self._pending + data).split(b"\n")
            for line in lines:
                event = self._understand(json.loads(line))
                if event is not None:
                    events.append(event)
        return events

    def _understand(self, message: Dict[str, Any]) -> Optional[Event]:
        kind = message["kind"]
        if kind in ("done", "failed"):
            self._last = message
            return None
        if kind == "step":
            self.step = message["text"]
        elif kind == "stage":
            self.stage = message["text"]
        return Event(kind, message["text"])

    def _reap(self) -> None:
        if self._ended:
            return
        self._ended = True
        _, status = os.waitpid(self.pid, 0)
        self._code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        os.close(self.descriptor)
        os.close(self._life)

    def wait(self, observer: Optional[BuildObserver] = None) -> BuildResult:
        """Wait for the end; :meth:`result`. An exception in the waiting ends the child."""
        try:
            while not self._ended:
                select.select([self.descriptor], [], [], 1.0)
                for event in self.read_events():
                    if observer is not None and event.kind in ("step", "stage", "note"):
                        getattr(observer, event.kind)(event.text)
        except BaseException:
            self.kill()
            raise
        return self.result()

    def result(self) -> BuildResult:
        """How the build went. Raises BuildError, SpackError or WorkerDiedError."""
        if not self._ended:
            raise InternalError("the result of a worker that still runs was asked for")
        message = self._last
        if message is None:
            code = self._code or 0
            how = f"ended with {code}"
            if code < 0:
                how = f"was killed by {signal.Signals(-code).name}"
            raise WorkerDiedError(
                f"the build process {how} in step '{self.step or 'setup'}'",
                hint="memory may be short: build with fewer jobs (-j)" if code == -9 else None,
            )
        if message["kind"] == "done":
            return BuildResult(
                tuple(PhaseTime(name, seconds) for name, seconds in message["times"]),
                message["stopped"],
            )
        raise _error_from(message)

    def kill(self) -> None:
        """End the child with everything that it started."""
        if self._ended:
            return
        kill_tree(self.pid, GRACE)
        # Children that left the tree are still in the session of the child.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._reap()


def _error_to(error: BaseException) -> Dict[str, Any]:
    if isinstance(error, BuildError):
        return {
            "message": error.message,
            "details": error.details,
            "hint": error.hint,
            "package": error.package,
            "phase": error.phase,
            "log": error.log,
            "cause": error.excerpt.cause,
            "lines": [list(line) for line in error.excerpt.lines],
        }
    if isinstance(error, SpackError):
        message, details = error.message, error.details
    else:
        message = f"{type(error).__name__}: {error}"
        details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return {
        "message": message,
        "details": details,
        "hint": getattr(error, "hint", None),
        "package": None,
    }


def _error_from(message: Dict[str, Any]) -> SpackError:
    if message["package"] is None:
        return SpackError(message["message"], details=message["details"], hint=message["hint"])
    return BuildError(
        message["message"],
        package=message["package"],
        phase=message["phase"],
        log=message["log"],
        excerpt=Excerpt(message["cause"], tuple(LogLine(*line) for line in message["lines"])),
        details=message["details"],
        hint=message["hint"],
    )


def start_worker(work: Callable[[BuildObserver], BuildResult]) -> Worker:
    """Run ``work`` in a child with its own session.

    Everything that the function uses is inherited, nothing is pickled. The caller must not run
    threads that hold locks.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    life_reading, life_writing = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 and later warn when there are threads; ours hold no locks that matter here.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.close(reading)
            os.close(life_writing)
            code = _child(work, writing, life_reading)
        finally:
            # Nothing of the parent may run here: no exit handlers, no flushing of its streams.
            os._exit(code)
    os.close(writing)
    os.close(life_reading)
    return Worker(pid, reading, life_writing)


def _child(work: Callable[[BuildObserver], BuildResult], writing: int, life: int) -> int:
    os.setsid()
    gc.freeze()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    threading.Thread(target=_end_with_parent, args=(life,), daemon=True).start()
    reporter = _Reporter(writing)
    try:
        result = work(reporter)
    except BaseException as error:
        reporter.send("failed", **_error_to(error))
        return 1
    reporter.send("done", times=[list(time_) for time_ in result.times], stopped=result.stopped)
    return 0


def _end_with_parent(life: int) -> None:
    """Waits until the parent closes its end, which happens also when it is killed."""
    os.read(life, 1)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(os.getpid(), signal.SIGKILL)
