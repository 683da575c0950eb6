"""The child process of a build: started, watched and ended as a tree.

The child has a session of its own and ends with its whole tree when the parent asks for it, or
dies. It tells the parent its events through a pipe, one JSON object a line. What the child does is
a function; this module knows no packages.
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
import warnings

from spack.builds import events
from spack.builds.events import ENDS, End, Event, NodeName, Watch
from spack.system.processes.children import kill_tree
from spack.type_names import Callable, Union

#: Seconds between the request to end and force.
GRACE = 2.0


#: The work of a child: it tells a watcher of its progress, and its end is the last event.
Work = Callable[[Watch], Union[events.Finished, events.Stopped]]


class Worker:
    """A running child that works on a node. Made by :func:`start_worker`.

    Attributes:
        pid: process id of the child.  descriptor: readable when there is news.
        phase: the step that the child is in.
        ended: whether the child has ended; the last event tells how.
        memory: bytes that the child and what it started were seen to use at their peak.
    """

    def __init__(self, node: NodeName, pid: int, descriptor: int, life: int) -> None:
        self.node = node
        self.pid = pid
        self.descriptor = descriptor
        self.phase = ""
        self.ended = False
        self.memory = 0
        self._life = life
        self._pending = b""
        self._end: End | None = None

    def read_events(self) -> list[Event]:
        """Everything told since the last call. Call it when :attr:`descriptor` is readable.

        The last event of all is one of :data:`End`, and comes when the process is gone.
        """
        news: list[Event] = []
        while not self.ended and select.select([self.descriptor], [], [], 0)[0]:
            data = os.read(self.descriptor, 1 << 16)
            if not data:
                code, used = self._reap()
                news += [used, self._end or self._died(code)]
                break
            *lines, self._pending = (self._pending + data).split(b"\n")
            for line in lines:
                event = events.from_json(json.loads(line))
                if isinstance(event, ENDS):
                    self._end = event
                    continue
                if isinstance(event, events.PhaseBegun):
                    self.phase = event.phase
                news.append(event)
        return news

    def _died(self, code: int) -> events.Failed:
        """The end of a child that did not tell how its work went."""
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        error = events.ErrorRecord(
            f"the build process {how} in step '{self.phase or 'setup'}'",
            hint="the machine may be short of memory: build with fewer jobs (-j)"
            if code == -9
            else None,
        )
        return events.Failed(self.node, error, time.time())

    def _reap(self) -> tuple[int, events.Used]:
        """Take leave of the ended child; its exit code, negative for a signal, and what it used."""
        self.ended = True
        _, status, usage = os.wait4(self.pid, 0)
        os.close(self.descriptor)
        os.close(self._life)
        code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        # The largest process alone, in kilobytes but on one platform.
        largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        memory = max(self.memory, largest)
        work = usage.ru_utime + usage.ru_stime
        return code, events.Used(self.node, work, memory, time.time())

    def signal(self, number: int) -> None:
        """Send a signal to the process group of the child."""
        if not self.ended:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the child with everything that it started."""
        if self.ended:
            return
        kill_tree(self.pid, GRACE)
        # Children that left the tree are still in the session of the child.
        self.signal(signal.SIGKILL)
        self._reap()


def start_worker(node: NodeName, work: Work) -> Worker:
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
            code = _child(node, work, writing, life_reading)
        finally:
            # Nothing of the parent may run here: no exit handlers, no flushing of its streams.
            os._exit(code)
    os.close(writing)
    os.close(life_reading)
    return Worker(node, pid, reading, life_writing)


def _child(node: NodeName, work: Work, writing: int, life: int) -> int:
    os.setsid()
    gc.freeze()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    threading.Thread(target=_end_with_parent, args=(life,), daemon=True).start()

    def tell(event: Event) -> None:
        line = json.dumps(events.to_json(event)).encode("utf-8") + b"\n"
        while line:
            line = line[os.write(writing, line) :]

    try:
        tell(work(tell))
    except BaseException as error:
        tell(events.Failed(node, events.record_of(error), time.time()))
        return 1
    return 0


def _end_with_parent(life: int) -> None:
    """Waits until the parent closes its end, which happens also when it is killed."""
    os.read(life, 1)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(os.getpid(), signal.SIGKILL)
