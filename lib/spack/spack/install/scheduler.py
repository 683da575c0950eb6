"""Steps of a plan that may start next. Pure: starts no process, takes no lock, tells no time."""

from __future__ import annotations

from collections.abc import Mapping

from spack.install.plan import Plan, Step
from spack.install.states import Board, State


class Scheduler:
    """The steps of a plan with their states.

    Steps below the heaviest chain of dependents come first, so that many processes stay busy.

    Args:
        weights: by hash the seconds that a step is expected to take, one where nothing is said.
    """

    def __init__(
        self, plan: Plan, *, fail_fast: bool = False, weights: Mapping[str, float] = {}
    ) -> None:
        self.plan = plan
        self.fail_fast = fail_fast
        self.board = Board(plan.steps)
        self._dependents: dict[str, list[str]] = {key: [] for key in plan.steps}
        for step in plan.steps.values():
            for need in step.needs:
                self._dependents[need].append(step.key)
        self._height: dict[str, float] = {}
        for key in reversed(list(plan.steps)):
            above = [self._height[dependent] for dependent in self._dependents[key]]
            self._height[key] = weights.get(key, 1.0) + max(above, default=0.0)
        for step in plan.steps.values():
            if not step.needs:
                self.board.move(step.key, State.READY)

    def ready(self) -> list[Step]:
        """Steps that may start, the most urgent first."""
        keys = self.board.having(State.READY)
        return [self.plan.steps[key] for key in sorted(keys, key=lambda k: -self._height[k])]

    def locked(self) -> list[Step]:
        """Steps that wait for another process."""
        return [self.plan.steps[key] for key in self.board.having(State.LOCKED)]

    def start(self, key: str) -> None:
        """Work on the step begins."""
        self.board.move(key, State.RUNNING)

    def lock_is_taken(self, key: str) -> None:
        """Another process works on the step."""
        self.board.move(key, State.LOCKED)

    def lock_is_free(self, key: str) -> None:
        """The other process is finished: the step may start, unless it is done now."""
        self.board.move(key, State.READY)

    def done(self, key: str) -> None:
        """The step is installed; dependents may become ready."""
        self.board.move(key, State.DONE)
        for dependent in self._dependents[key]:
            if self.board.state(dependent) is State.WAITING and all(
                self.board.state(need) is State.DONE for need in self.plan.steps[dependent].needs
            ):
                self.board.move(dependent, State.READY)

    def failed(self, key: str) -> None:
        """The step failed: what depends on it is blocked; with fail-fast all else is cancelled."""
        self.board.move(key, State.FAILED)
        stack = list(self._dependents[key])
        while stack:
            dependent = stack.pop()
            if self.board.state(dependent) is State.WAITING:
                self.board.move(dependent, State.BLOCKED)
                stack.extend(self._dependents[dependent])
        if self.fail_fast:
            self.cancel_all()

    def cancel_all(self) -> None:
        """Give up everything that is not running."""
        for key in self.board.having(State.WAITING, State.READY, State.LOCKED):
            self.board.move(key, State.CANCELLED)

    def cancel(self, key: str) -> None:
        """Give up one step."""
        self.board.move(key, State.CANCELLED)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.board.finished
