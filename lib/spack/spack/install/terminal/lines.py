"""Lines for people who watch an installation, or read later what it did."""

from __future__ import annotations

import time

from spack.builds import events
from spack.builds.events import Event, StepAction
from spack.builds.phase_logs import log_text
from spack.install.terminal.failures import Advice, dependents, failure_text, ways_on
from spack.install.terminal.rows import duration
from spack.system.terminal.output import Reporter, harmless
from spack.type_names import Any, Callable

_VERBS = {
    StepAction.BUILD: "Building",
    StepAction.BINARY: "Unpacking",
    StepAction.SPLICE: "Splicing",
    StepAction.EXTERNAL: "Registering",
}


class TerminalLines:
    """Watches an installation and writes lines.

    Args:
        reporter: where lines go.
        show_logs: also write the whole log of what fails.
        live: it is seen elsewhere what begins.
        advice: commands for those whose packages fail.
    """

    def __init__(
        self,
        reporter: Reporter,
        *,
        show_logs: bool = False,
        live: bool = False,
        advice: Advice = Advice(),
    ) -> None:
        self._reporter = reporter
        self._advice = advice
        self._plan: events.Planned | None = None
        self._show_logs = show_logs
        self._live = live
        self._start = time.monotonic()
        self._installed = 0
        self._idle = False
        self._tellers: dict[type, Callable[[Any], None]] = {
            events.Planned: self._planned,
            events.Started: self._started,
            events.Noted: self._noted,
            events.Output: self._output,
            events.Waiting: self._waiting,
            events.FoundInstalled: self._found_installed,
            events.Finished: self._finished,
            events.Stopped: self._stopped,
            events.Failed: self._failed,
            events.Ended: self._ended,
        }

    def watch(self, event: Event) -> None:
        """Say what is worth a line."""
        teller = self._tellers.get(type(event))
        if teller is not None:
            teller(event)

    def _planned(self, event: events.Planned) -> None:
        self._plan = event
        self._idle = not event.steps
        counts = (
            (event.count(StepAction.BUILD), "to build"),
            (event.count(StepAction.BINARY), "from build caches"),
            (event.count(StepAction.SPLICE), "to splice"),
            (event.count(StepAction.EXTERNAL), "external"),
            (len(event.present), "installed already"),
        )
        text = ", ".join(f"{number} {words}" for number, words in counts if number)
        if text:
            self._reporter.message(f"Plan: {text}")

    def _started(self, event: events.Started) -> None:
        if not self._live:
            verb = _VERBS[event.action]
            self._reporter.message(f"[{event.number}/{event.total}] {verb} {event.node}")

    def _noted(self, event: events.Noted) -> None:
        if event.is_warning:
            self._reporter.warning(event.text)
        else:
            self._reporter.detail(f"{event.node.name}: {event.text}")

    def _output(self, event: events.Output) -> None:
        lines = event.text.splitlines()
        self._reporter.raw("".join(f"{event.node.name}: {harmless(line)}\n" for line in lines))

    def _waiting(self, event: events.Waiting) -> None:
        self._reporter.message(f"Another process is installing {event.node}; waiting for it")

    def _found_installed(self, event: events.FoundInstalled) -> None:
        count = f"[{event.number}/{event.total}]"
        self._reporter.message(f"{count} {event.node} was installed by another process")

    def _finished(self, event: events.Finished) -> None:
        if event.action is not StepAction.EXTERNAL:
            self._installed += 1
            took = duration(event.seconds)
            self._reporter.message(f"Installed {event.node} in {took}", event.prefix)

    def _stopped(self, event: events.Stopped) -> None:
        self._reporter.message(f"Stopped {event.node} after phase '{event.phase}' as requested")

    def _failed(self, event: events.Failed) -> None:
        where = f" in step '{event.error.phase}'" if event.error.phase else ""
        self._reporter.message(f"Failed {event.node}{where}")
        if self._show_logs and event.error.log:
            log = log_text(event.error.log)
            self._reporter.message(f"The log of {event.node}", *map(harmless, log.splitlines()))

    def _tell_failure(self, failed: events.Failed) -> None:
        first, *rest = failure_text(failed).splitlines()
        untried = dependents(self._plan, failed.node) if self._plan is not None else ()
        ways = ways_on(failed, untried, self._advice)
        self._reporter.error(first, *[line[4:] for line in rest], *ways)

    def _ended(self, event: events.Ended) -> None:
        for failed in event.failed:
            self._tell_failure(failed)
        if event.failed or event.cancelled or event.stopped or event.interrupted:
            return
        if self._idle:
            self._reporter.message("Nothing to do")
            return
        noun = "package" if self._installed == 1 else "packages"
        elapsed = duration(time.monotonic() - self._start)
        self._reporter.message(f"Installed {self._installed} {noun} in {elapsed}")
