"""Lines for people who watch an installation; on a terminal also a status line."""

from __future__ import annotations

import time
from typing import Any, Callable

from spack.builds import events
from spack.builds.events import Event, StepAction
from spack.builds.phase_logs import log_text
from spack.system.terminal.output import Reporter

_VERBS = {
    StepAction.BUILD: "Building",
    StepAction.BINARY: "Unpacking",
    StepAction.SPLICE: "Splicing",
    StepAction.EXTERNAL: "Registering",
}


def failure_text(failed: events.Failed) -> str:
    """The reason why a node failed, the decisive lines of its log, and where the log is."""
    error = failed.error
    parts = [f"{failed.node}: {error.message}"]
    if error.excerpt.lines:
        parts.append(str(error.excerpt))
    elif error.details:
        parts.append(error.details)
    if error.log:
        parts.append(f"log: {error.log}")
    if error.hint:
        parts.append(f"Try: {error.hint}")
    head, *rest = parts
    return "\n".join([head, *("    " + line for part in rest for line in part.splitlines())])


class TerminalLines:
    """Watches an installation and writes lines.

    Args:
        reporter: where lines go.
        show_logs: also write the whole log of what fails.
    """

    def __init__(self, reporter: Reporter, *, show_logs: bool = False) -> None:
        self._reporter = reporter
        self._show_logs = show_logs
        self._shown: str | None = None
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
            events.Tick: self._tick,
            events.Ended: self._ended,
        }

    def watch(self, event: Event) -> None:
        """Say what is worth a line."""
        teller = self._tellers.get(type(event))
        if teller is not None:
            teller(event)

    def _planned(self, event: events.Planned) -> None:
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
        verb = _VERBS[event.action]
        self._reporter.message(f"[{event.number}/{event.total}] {verb} {event.node}")

    def _noted(self, event: events.Noted) -> None:
        self._reporter.detail(f"{event.node.name}: {event.text}")

    def _output(self, event: events.Output) -> None:
        for line in event.text.splitlines():
            self._reporter.output.write(f"{event.node.name}: {line}\n")
        self._reporter.output.flush()

    def _waiting(self, event: events.Waiting) -> None:
        self._reporter.message(f"Another process is installing {event.node}; waiting for it")

    def _found_installed(self, event: events.FoundInstalled) -> None:
        self._reporter.message(f"{event.node} was installed by another process")

    def _finished(self, event: events.Finished) -> None:
        if event.action is not StepAction.EXTERNAL:
            self._installed += 1
            took = _duration(event.seconds)
            self._show("")
            self._reporter.message(f"Installed {event.node} in {took}", event.prefix)

    def _stopped(self, event: events.Stopped) -> None:
        self._reporter.message(f"Stopped {event.node} after phase '{event.phase}' as requested")

    def _failed(self, event: events.Failed) -> None:
        first, *rest = failure_text(event).splitlines()
        self._reporter.error(first, *[line[4:] for line in rest])
        if self._show_logs and event.error.log:
            log = log_text(event.error.log)
            self._reporter.message(f"The log of {event.node}", *log.splitlines())

    def _tick(self, event: events.Tick) -> None:
        what = ", ".join(
            f"{step.node.name} ({step.phase})" if step.phase else step.node.name
            for step in event.running
        )
        elapsed = _duration(time.monotonic() - self._start)
        self._show(f"[{event.done}/{event.total}] {elapsed}  {what}" if what else "")

    def _show(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self._reporter.status(text)

    def _ended(self, event: events.Ended) -> None:
        self._show("")
        if event.failed or event.cancelled or event.stopped or event.interrupted:
            return
        if self._idle:
            self._reporter.message("Nothing to do")
            return
        noun = "package" if self._installed == 1 else "packages"
        elapsed = _duration(time.monotonic() - self._start)
        self._reporter.message(f"Installed {self._installed} {noun} in {elapsed}")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f}s" if seconds < 10 else f"{seconds:.0f}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m" if hours else f"{minutes}m {rest:02d}s"
