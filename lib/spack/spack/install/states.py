"""States of a step of an installation, and the moves between them that are legal.

One enum, one table, one setter: nothing else changes the state of a step.

::

    WAITING --> READY --> RUNNING --> DONE
       |        |  ^ |       |------> FAILED
       |        v  | |       '------> CANCELLED
       |       LOCKED'--> DONE, CANCELLED
       |          '--> CANCELLED
       '--> BLOCKED, CANCELLED

``internals/installer.rst`` says who moves a step, and what is on disk meanwhile.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from spack.errors import InternalError


class State(enum.Enum):
    """The state of a step.

    WAITING: for dependencies. READY: may start. LOCKED: another process works on the prefix.
    RUNNING: work is going on. DONE: installed. FAILED: it was tried in vain.
    BLOCKED: a dependency failed. CANCELLED: given up, because of an interruption or --fail-fast.
    """

    WAITING = "waiting"
    READY = "ready"
    LOCKED = "locked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


#: From each state to the states that may follow.
LEGAL: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.READY, State.BLOCKED, State.CANCELLED}),
    State.READY: frozenset({State.RUNNING, State.LOCKED, State.DONE, State.CANCELLED}),
    State.LOCKED: frozenset({State.READY, State.CANCELLED}),
    State.RUNNING: frozenset({State.DONE, State.FAILED, State.CANCELLED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.BLOCKED: frozenset(),
    State.CANCELLED: frozenset(),
}

#: States that never change again.
FINAL = frozenset(state for state, following in LEGAL.items() if not following)


class IllegalMoveError(InternalError):
    """A step was to go where the table does not allow."""


class Board:
    """The state of every step, by hash; all start as WAITING."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._states: dict[str, State] = dict.fromkeys(keys, State.WAITING)

    def state(self, key: str) -> State:
        """Current state of a step."""
        return self._states[key]

    def move(self, key: str, state: State) -> None:
        """The one setter. Raises IllegalMoveError."""
        now = self._states[key]
        if state not in LEGAL[now]:
            raise IllegalMoveError(f"step {key} cannot go from {now.value} to {state.value}")
        self._states[key] = state

    def having(self, *states: State) -> list[str]:
        """Steps in one of these states, in the order of the plan."""
        return [key for key, state in self._states.items() if state in states]

    def count(self, *states: State) -> int:
        """The number of steps in one of these states."""
        return len(self.having(*states))

    @property
    def finished(self) -> bool:
        """Whether every step is in a final state."""
        return all(state in FINAL for state in self._states.values())
