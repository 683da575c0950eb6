"""Workers that build nothing: a test says how the work on each node ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Callable, Union

from spack.builds.events import (
    ErrorRecord,
    Event,
    Failed,
    Finished,
    NodeName,
    PhaseBegun,
    RunningStep,
    StepAction,
    Stopped,
    Used,
)
from spack.builds.worker import Work

#: ``ok``, ``fail``, ``stop``, ``vanished`` (well, but without a prefix), or what says so.
Script = Union[str, Callable[[], str]]


class FakeWorkers:
    """Works on one node a call of :meth:`wait`, the one that was started first.

    Args:
        room: how many at a time.
        scripts: by package name how the work goes, ``ok`` where nothing is said.
        use: seconds of processors and bytes of memory that each node takes.

    Attributes:
        idle: for how many seconds news was waited for while nothing was worked on.
    """

    def __init__(
        self, room: int = 1, use: tuple[float, int] | None = None, **scripts: Script
    ) -> None:
        self.room = room
        self.use = use
        self.scripts: dict[str, Script] = scripts
        self.started: list[str] = []
        self.released: list[str] = []
        self.killed: list[str] = []
        self.most = 0
        self.idle: list[float] = []
        self._jobs: dict[str, tuple[NodeName, Path]] = {}

    @property
    def running(self) -> tuple[RunningStep, ...]:
        return tuple(RunningStep(node, "build") for node, _ in self._jobs.values())

    def reserve(self, key: str, *, building: bool) -> bool:
        return len(self._jobs) < self.room

    @property
    def jobs(self) -> int:
        return self.room

    def share(self, others: int) -> int:
        return 1

    def release(self, key: str) -> None:
        self.released.append(key)

    def start(self, node: NodeName, work: Work) -> None:
        prefix = Path(work.__self__.prefix)  # type: ignore[attr-defined]
        (prefix / ".spack").mkdir()
        (prefix / "begun").touch()
        self.started.append(node.name)
        self._jobs[node.hash] = (node, prefix)
        self.most = max(self.most, len(self._jobs))

    def change_jobs(self, by: int) -> None:
        self.room += by

    def suspend(self) -> None:
        self.killed.append("suspended")

    def resume(self) -> None:
        self.killed.append("resumed")

    def wait(self, seconds: float, waking: Sequence[int] = ()) -> list[Event]:
        if not self._jobs:
            self.idle.append(seconds)
            assert len(self.idle) < 20_000, "the loop waits for nothing"
            return []
        node, prefix = next(iter(self._jobs.values()))
        script = self.scripts.get(node.name, "ok")
        how = script if isinstance(script, str) else script()
        end: Event
        if how == "fail":
            error = ErrorRecord(f"{node.name} is broken", phase="build", log="/the/log")
            end = Failed(node, error, time.time())
        elif how == "stop":
            end = Stopped(node, "build", time.time())
        else:
            if how == "ok":
                (prefix / "finished").touch()
            end = Finished(node, StepAction.BUILD, str(prefix), 0.5, time.time())
        del self._jobs[node.hash]
        used = [] if self.use is None else [Used(node, *self.use, time.time())]
        return [PhaseBegun(node, "build", time.time()), *used, end]

    def kill_all(self) -> None:
        self.killed += [node.name for node, _ in self._jobs.values()]
        self._jobs.clear()
