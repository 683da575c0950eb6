"""Workers for steps: a port with few questions, and child processes of this machine.

The loop of an installation starts work, waits for events and ends what it started; it does not
know what a worker is. Must not know states, locks and the store.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator, Sequence

from spack.builds.events import Event, NodeName, Output, RunningStep, StageMade
from spack.builds.phase_logs import LogTail
from spack.builds.procedure import BuildWorld
from spack.builds.worker import Work, Worker, start_worker
from spack.system.memory import memory_of_sessions
from spack.system.processes.jobserver import JobServer
from spack.system.processors import allowed_jobs
from spack.type_names import Protocol

#: Seconds between two looks at the memory of workers, and how many times what a look has taken.
_SAMPLE, _SAMPLE_COST = 2.0, 200.0

#: Nodes that are unpacked at a time, for each job: they wait for the network and the disk, too.
_COPIES = 3


class Workers(Protocol):
    """Works on nodes, found by their hashes."""

    @property
    def running(self) -> tuple[RunningStep, ...]:
        """The steps in progress."""

    def reserve(self, key: str, *, building: bool) -> bool:
        """Make room for a node, if there is any."""

    def release(self, key: str) -> None:
        """Give the room of a node back that was not started."""

    def start(self, node: NodeName, work: Work) -> None:
        """Begin the work on a node that has room."""

    def wait(self, seconds: float, waking: Sequence[int] = ()) -> list[Event]:
        """Events since the last call, after so many seconds at the latest.

        A descriptor of ``waking`` that is readable ends the wait, too.

        The last event of a node is Finished, Stopped or Failed; its room is free then.
        """

    @property
    def jobs(self) -> int:
        """The number of jobs that all builds share."""

    def change_jobs(self, by: int) -> None:
        """Have more jobs, or fewer."""

    def suspend(self) -> None:
        """Stop everything that is worked on, until :meth:`resume`."""

    def resume(self) -> None:
        """Go on after :meth:`suspend`."""

    def share(self, others: int) -> int:
        """Jobs of a build that cannot share, when so many others may run beside it."""

    def kill_all(self) -> None:
        """End everything that is worked on; nothing more is told of it."""


class LocalWorkers:
    """Child processes, each with one node.

    Args:
        limit: how many at a time, 0 for no limit.
        server: builds beside the first take a job from it.
        output: also tell what builds write.
    """

    def __init__(self, limit: int, server: JobServer, *, output: bool = False) -> None:
        self._limit = limit
        self._server = server
        self._output = output
        self._workers: dict[str, Worker] = {}
        self._with_job: set[str] = set()
        self._copying: set[str] = set()
        self._wants_job = False
        self._tails: dict[str, LogTail] = {}
        self._next_sample = 0.0

    @property
    def running(self) -> tuple[RunningStep, ...]:
        return tuple(RunningStep(w.node, w.phase) for w in self._workers.values())

    @property
    def jobs(self) -> int:
        return self._server.jobs

    def change_jobs(self, by: int) -> None:
        self._server.change(self.jobs + by)

    def suspend(self) -> None:
        for worker in self._workers.values():
            worker.signal(signal.SIGSTOP)

    def resume(self) -> None:
        for worker in self._workers.values():
            worker.signal(signal.SIGCONT)

    def share(self, others: int) -> int:
        together = len(self._workers) + 1 + others
        most = min(together, self._limit) if self._limit else together
        # A tool that is told of one job stays alone with it when others have ended.
        return max(-(-self.jobs // most), min(2, self.jobs))

    def reserve(self, key: str, *, building: bool) -> bool:
        if 0 < self._limit <= len(self._workers):
            return False
        if not building:
            if len(self._copying) >= _COPIES * self.jobs:
                return False
            self._copying.add(key)
        if building and self._workers:
            if not self._server.acquire(0):
                self._wants_job = True
                return False
            self._with_job.add(key)
        return True

    def release(self, key: str) -> None:
        self._copying.discard(key)
        if key in self._with_job:
            self._with_job.remove(key)
            self._server.release()

    def start(self, node: NodeName, work: Work) -> None:
        self._workers[node.hash] = start_worker(node, work)

    def wait(self, seconds: float, waking: Sequence[int] = ()) -> list[Event]:
        by_descriptor = {worker.descriptor: worker for worker in self._workers.values()}
        jobs = [self._server.descriptor] if self._wants_job else []
        self._wants_job = False
        self._server.settle()
        events: list[Event] = []
        for descriptor in select.select([*by_descriptor, *jobs, *waking], [], [], seconds)[0]:
            if descriptor in by_descriptor:
                events += self._news(by_descriptor[descriptor])
        for worker in self._workers.values():
            events += self._new_output(worker)
        self._look_at_memory()
        if by_descriptor and not self._workers:
            self._server.refill()
        return events

    def _look_at_memory(self) -> None:
        """Note how much memory workers use, without using more than a little time for it."""
        begun = time.monotonic()
        if not self._workers or begun < self._next_sample:
            return
        used = memory_of_sessions()
        for worker in self._workers.values():
            worker.memory = max(worker.memory, used.get(worker.pid, 0))
        cost = time.monotonic() - begun
        self._next_sample = begun + max(_SAMPLE, _SAMPLE_COST * cost)

    def _news(self, worker: Worker) -> list[Event]:
        key = worker.node.hash
        news = worker.read_events()
        for event in news:
            if isinstance(event, StageMade) and self._output:
                self._tails[key] = LogTail(event.path)
        if worker.ended:
            news[-1:-1] = self._new_output(worker)
            self._tails.pop(key, None)
            del self._workers[key]
            self.release(key)
        return news

    def _new_output(self, worker: Worker) -> list[Event]:
        tail = self._tails.get(worker.node.hash)
        text = tail.new_text() if tail is not None else ""
        return [Output(worker.node, text, time.time())] if text else []

    def kill_all(self) -> None:
        for worker in self._workers.values():
            worker.kill()
        self._workers.clear()


@contextlib.contextmanager
def local_workers(
    world: BuildWorld, limit: int, *, output: bool
) -> Iterator[tuple[LocalWorkers, BuildWorld]]:
    """Workers for some steps, and the world in which they build.

    Builds share jobs through a job server: that of a make which this process runs in, else one of
    their own.
    """
    jobs = allowed_jobs(world.jobs, 0)
    server = JobServer.join(os.environ.get("MAKEFLAGS", "")) or JobServer.create(jobs)
    with server:
        yield LocalWorkers(limit, server, output=output), world._replace(job_server=server)
