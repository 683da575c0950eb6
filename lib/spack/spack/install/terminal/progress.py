"""The state of an installation as events tell it: what runs, and how much is done. Pure."""

from __future__ import annotations

from spack.builds import events
from spack.builds.events import Event, NodeName
from spack.type_names import Any, Callable


class Running:
    """A node that is worked on.

    Attributes:
        phase: the step of its build.  began: seconds since 1970.
        directory: that of its stage, with its logs; "" before there is one.
    """

    def __init__(self, node: NodeName, began: float) -> None:
        self.node = node
        self.began = began
        self.phase = ""
        self.directory = ""


class Progress:
    """Listens to events.

    Attributes:
        running: by hash, in the order in which they were begun.
        done, total: nodes that have come to their end, and all.
        failed: how many failed.  jobs: jobs that builds share.
        seconds_left: how long the rest will take, None if unknown.
        began, now: seconds since 1970 of the first and the last event.
    """

    def __init__(self) -> None:
        self.running: dict[str, Running] = {}
        self.done = self.total = self.failed = 0
        self.jobs = 0
        self.seconds_left: float | None = None
        self.began = self.now = 0.0
        self._hearers: dict[type, Callable[[Any], None]] = {
            events.Started: self._started,
            events.StageMade: self._stage,
            events.PhaseBegun: self._phase,
            events.Finished: self._ended,
            events.Stopped: self._ended,
            events.Failed: self._ended,
            events.Tick: self._tick,
            events.Ended: lambda event: self.running.clear(),
        }

    def hear(self, event: Event) -> None:
        """Take an event into account."""
        self.began = self.began or event.time
        self.now = event.time
        hearer = self._hearers.get(type(event))
        if hearer is not None:
            hearer(event)

    def _started(self, event: events.Started) -> None:
        self.running[event.node.hash] = Running(event.node, event.time)
        self.total = event.total

    def _stage(self, event: events.StageMade) -> None:
        if event.node.hash in self.running:
            self.running[event.node.hash].directory = event.path

    def _phase(self, event: events.PhaseBegun) -> None:
        if event.node.hash in self.running:
            self.running[event.node.hash].phase = event.phase

    def _ended(self, event: events.End) -> None:
        self.running.pop(event.node.hash, None)
        self.failed += isinstance(event, events.Failed)

    def _tick(self, event: events.Tick) -> None:
        self.done, self.total, self.jobs = event.done, event.total, event.jobs
        self.seconds_left = event.seconds_left
