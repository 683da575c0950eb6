"""Forecasts of the time and memory that steps take, from former builds. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping

from spack.builds.events import StepAction
from spack.install.past_builds import PastBuild
from spack.install.plan import Plan, Step
from spack.named_tuples import NamedTuple


class Forecast(NamedTuple):
    """Seconds by the clock, seconds of processors, and bytes of memory (0 if unknown)."""

    seconds: float
    work: float
    memory: int


class Forecasts:
    """Forecasts from former builds; more may be learned.

    A step is like the last build of that spec, else of that package, else like the usual one of all
    that got into the store in the same way.
    """

    def __init__(self, builds: Iterable[PastBuild] = ()) -> None:
        self._by_hash: dict[str, PastBuild] = {}
        self._by_name: dict[tuple[str, StepAction], PastBuild] = {}
        self._all: dict[StepAction, list[PastBuild]] = {}
        for build in builds:
            self.learn(build)

    def learn(self, build: PastBuild) -> None:
        """Take a build into account; it is newer than those before."""
        self._by_hash[build.hash] = build
        self._by_name[build.name, build.action] = build
        self._all.setdefault(build.action, []).append(build)

    def of(self, step: Step) -> Forecast | None:
        """The forecast for a step, None where nothing like it is known."""
        build = self._by_hash.get(step.key)
        if build is None or build.action is not step.action:
            build = self._by_name.get((step.spec.name, step.action))
        if build is not None:
            return Forecast(build.seconds, build.work, build.memory)
        others = self._all.get(step.action)
        if not others:
            return None
        seconds = statistics.median(build.seconds for build in others)
        return Forecast(seconds, statistics.median(build.work for build in others), 0)


def weights(plan: Plan, forecasts: Forecasts) -> dict[str, float]:
    """Seconds that each step is expected to take, by hash; one where nothing is known."""
    found = {key: forecasts.of(step) for key, step in plan.steps.items()}
    return {key: 1.0 if f is None else f.seconds for key, f in found.items()}


def seconds_left(
    plan: Plan, forecasts: Forecasts, elapsed: Mapping[str, float], jobs: int
) -> float | None:
    """Seconds until steps have ended, None where nothing like one of them is known.

    The longest chain of needs takes its time, and so does the work of all, shared among the jobs.

    Args:
        elapsed: the steps that have not ended: for how many seconds each is worked on.
    """
    chains: dict[str, float] = {}
    work = 0.0
    for key, step in plan.steps.items():
        if key not in elapsed or step.action is StepAction.EXTERNAL:
            continue
        forecast = forecasts.of(step)
        if forecast is None:
            return None
        # One that takes longer than expected takes longer still.
        left = max(forecast.seconds - elapsed[key], elapsed[key] / 5)
        chains[key] = left + max((chains.get(need, 0.0) for need in step.needs), default=0.0)
        if forecast.seconds:
            work += forecast.work * left / forecast.seconds
    return max([*chains.values(), work / jobs])


class MemoryBudget:
    """Decides whether the memory of a step fits beside that of those that are worked on.

    Args:
        total: bytes to share, None for no limit.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._taken: dict[str, int] = {}
        self._awaited = 0

    def begin_round(self) -> None:
        """Ask anew, the most urgent step first: each refusal keeps memory for that step."""
        self._awaited = 0

    def fits(self, memory: int) -> bool:
        """Whether a step may start; one of unknown memory may, and the only known one, too."""
        if self._total is None or not memory or not (self._taken or self._awaited):
            return True
        if sum(self._taken.values()) + self._awaited + memory <= self._total:
            return True
        self._awaited += memory
        return False

    def take(self, key: str, memory: int) -> None:
        """A step starts."""
        if memory:
            self._taken[key] = memory

    def give_back(self, key: str) -> None:
        """A step has ended."""
        self._taken.pop(key, None)
