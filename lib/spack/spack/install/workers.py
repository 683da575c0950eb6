"""Workers for steps: a port with few questions, and child processes of this machine.

The loop of an installation starts work, waits for events and ends what it started; it does not
know what a worker is. Must not know states, locks and the store.
"""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Iterator
from typing import Protocol

from spack.builds.events import Event, NodeName, Output, RunningStep, StageMade
from spack.builds.phase_logs import LogTail
from spack.builds.procedure import BuildWorld
from spack.builds.worker import Work, Worker, start_worker
from spack.system.processes.jobserver import JobServer
from spack.system.processors import available_processors


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

    def wait(self, seconds: float) -> list[Event]:
        """Events since the last call, after so many seconds at the latest.

        The last event of a node is Finished, Stopped or Failed; its room is free then.
        """

    def kill_all(self) -> None:
        """End everything that is worked on; nothing more is told of it."""


class LocalWorkers:
    """Child processes, each with one node.

    Args:
        limit: how many at a time, 0 for no limit.
        server: builds beside the first take a job from it.
        output: also tell what builds write.
    """

    def __init__(
        self, limit: int, *, server: JobServer | None = None, output: bool = False
    ) -> None:
        self._limit = limit
        self._server = server
        self._output = output
        self._workers: dict[str, Worker] = {}
        self._with_job: set[str] = set()
        self._tails: dict[str, LogTail] = {}

    @property
    def running(self) -> tuple[RunningStep, ...]:
        return tuple(RunningStep(w.node, w.phase) for w in self._workers.values())

    def reserve(self, key: str, *, building: bool) -> bool:
        if 0 < self._limit <= len(self._workers):
            return False
        if building and self._server is not None and self._workers:
            if not self._server.acquire(0):
                return False
            self._with_job.add(key)
        return True

    def release(self, key: str) -> None:
        if key in self._with_job and self._server is not None:
            self._with_job.remove(key)
            self._server.release()

    def start(self, node: NodeName, work: Work) -> None:
        self._workers[node.hash] = start_worker(node, work)

    def wait(self, seconds: float) -> list[Event]:
        by_descriptor = {worker.descriptor: worker for worker in self._workers.values()}
        events: list[Event] = []
        for descriptor in select.select(list(by_descriptor), [], [], seconds)[0]:
            events += self._news(by_descriptor[descriptor])
        for worker in self._workers.values():
            events += self._new_output(worker)
        return events

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
    world: BuildWorld, limit: int, steps: int, *, output: bool
) -> Iterator[tuple[LocalWorkers, BuildWorld]]:
    """Workers for some steps, and the world in which they build.

    Builds that may run together share the jobs of one, through a job server.
    """
    if limit == 1 or steps < 2:
        yield LocalWorkers(limit, output=output), world
        return
    jobs = world.jobs or min(16, available_processors())
    with JobServer.create(jobs) as server:
        variables = {**world.variables, **server.variables()}
        workers = LocalWorkers(limit, server=server, output=output)
        yield workers, world._replace(variables=variables, jobs=jobs)
