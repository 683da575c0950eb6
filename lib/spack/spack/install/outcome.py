"""The outcome of an installation, from the states and the ends of its steps. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence

from spack.builds import events
from spack.builds.events import End, NodeName
from spack.install.plan import Plan
from spack.install.states import Board, State


def outcome(
    plan: Plan,
    board: Board,
    ends: Sequence[End | events.FoundInstalled],
    *,
    interrupted: bool,
) -> events.Ended:
    """The last event of an installation; ``ends`` may have those of plans before this one."""

    def nodes(state: State) -> tuple[NodeName, ...]:
        return tuple(NodeName.of(plan.steps[key].spec) for key in board.having(state))

    stopped = {end.node: end for end in ends if isinstance(end, events.Stopped)}
    installed = tuple(end.node for end in ends if isinstance(end, events.Finished))
    present = [NodeName.of(spec) for spec in plan.installed]
    present += [end.node for end in ends if isinstance(end, events.FoundInstalled)]
    return events.Ended(
        installed=installed,
        present=tuple(node for node in dict.fromkeys(present) if node not in installed),
        failed=tuple(end for end in ends if isinstance(end, events.Failed)),
        blocked=nodes(State.BLOCKED),
        cancelled=tuple(node for node in nodes(State.CANCELLED) if node not in stopped),
        stopped=tuple(stopped.values()),
        interrupted=interrupted,
        time=time.time(),
    )


def built_instead(end: events.Failed) -> events.Noted:
    """The note that a node which no build cache has in a usable form is built."""
    text = "\n".join(part for part in (end.error.message, end.error.details) if part)
    return events.Noted(end.node, f"{text}\nbuilding it from source", time.time(), True)
