"""What an installation tells whoever watches: nothing, plain lines, or a status line."""

from __future__ import annotations

import time
from typing import List, NamedTuple, Optional, Tuple

from spack.builds.procedure import BuildError
from spack.errors import SpackError
from spack.install.plan import Action, Plan, Step
from spack.language.concrete_specs import ConcreteSpec
from spack.system.terminal.output import Reporter


class Failed(NamedTuple):
    """A step that failed, and why."""

    step: Step
    error: SpackError


class InstallReport(NamedTuple):
    """How an installation ended.

    Attributes:
        installed: nodes installed now, in the order in which they were finished.
        present: nodes of the plan that were there already, or that others installed meanwhile.
        failures: steps that failed, with their errors.
        blocked: nodes that a failed dependency made impossible.
        cancelled: nodes given up because of --fail-fast, an interruption or --until.
        stopped: nodes whose build was asked to stop at a phase, and that phase.
    """

    installed: Tuple[ConcreteSpec, ...] = ()
    present: Tuple[ConcreteSpec, ...] = ()
    failures: Tuple[Failed, ...] = ()
    blocked: Tuple[ConcreteSpec, ...] = ()
    cancelled: Tuple[ConcreteSpec, ...] = ()
    stopped: Tuple[Tuple[ConcreteSpec, str], ...] = ()


class InstallReporter:
    """Receives the progress of an installation; does nothing unless overridden."""

    #: Whether :meth:`output` wants what builds write.
    wants_output = False

    def planned(self, plan: Plan) -> None:
        """What is going to be done."""

    def started(self, step: Step, done: int, total: int) -> None:
        """Work on a node begins; ``done`` of ``total`` are finished."""

    def stage(self, step: Step, path: str) -> None:
        """The directory of the stage of a node is known."""

    def phase(self, step: Step, name: str) -> None:
        """A node enters a step of its build."""

    def note(self, step: Step, text: str) -> None:
        """Something worth a line."""

    def waiting(self, step: Step) -> None:
        """Another process works on a node; we wait for it."""

    def by_others(self, step: Step) -> None:
        """Another process has installed a node."""

    def finished(self, step: Step, seconds: float, prefix: str) -> None:
        """A node is installed."""

    def stopped(self, step: Step, phase: str) -> None:
        """The build of a node stopped at a phase, as wished."""

    def failed(self, failed: Failed) -> None:
        """A node failed."""

    def output(self, step: Step, text: str) -> None:
        """What a build wrote since the last call."""

    def tick(self, running: Tuple[Tuple[Step, str], ...], done: int, total: int) -> None:
        """Called often: nodes that are worked on with their steps."""

    def ended(self, report: InstallReport) -> None:
        """Everything is over."""


def label(spec: ConcreteSpec) -> str:
    """``name@version/hash7``."""
    return f"{spec.name}@{spec.version}/{spec.dag_hash()[:7]}"


def failure_text(failed: Failed) -> str:
    """Why a node failed: the reason, the decisive lines of its log, where the log is."""
    error = failed.error
    parts = [f"{label(failed.step.spec)}: {error.message}"]
    if isinstance(error, BuildError) and error.excerpt.lines:
        parts.append(str(error.excerpt))
    elif error.details:
        parts.append(error.details)
    if isinstance(error, BuildError) and error.log:
        parts.append(f"log: {error.log}")
    if error.hint:
        parts.append(f"Try: {error.hint}")
    head, *rest = parts
    return "\n".join([head, *("    " + line for part in rest for line in part.splitlines())])


class TerminalReporter(InstallReporter):
    """Lines for people; on a terminal also a status line with what is going on.

    Args:
        reporter: where lines go.
        verbose: also show what builds write.
    """

    def __init__(self, reporter: Reporter, *, verbose: bool = False) -> None:
        self._reporter = reporter
        self.wants_output = verbose
        self._shown: Optional[str] = None
        self._start = time.monotonic()

    def planned(self, plan: Plan) -> None:
        counts = (
            (plan.count(Action.BUILD), "to build"),
            (plan.count(Action.BINARY), "from build caches"),
            (plan.count(Action.SPLICE), "to splice"),
            (plan.count(Action.EXTERNAL), "external"),
            (len(plan.installed), "installed already"),
        )
        text = ", ".join(f"{number} {words}" for number, words in counts if number)
        self._reporter.message(f"Plan: {text or 'nothing to do'}")

    def started(self, step: Step, done: int, total: int) -> None:
        verb = {
            Action.BUILD: "Building",
            Action.BINARY: "Unpacking",
            Action.SPLICE: "Splicing",
            Action.EXTERNAL: "Registering",
        }[step.action]
        self._reporter.message(f"[{done + 1}/{total}] {verb} {label(step.spec)}")

    def note(self, step: Step, text: str) -> None:
        self._reporter.detail(f"{step.spec.name}: {text}")

    def waiting(self, step: Step) -> None:
        self._reporter.message(f"Another process installs {label(step.spec)}; waiting for it")

    def by_others(self, step: Step) -> None:
        self._reporter.message(f"{label(step.spec)} was installed by another process")

    def finished(self, step: Step, seconds: float, prefix: str) -> None:
        if step.action is Action.EXTERNAL:
            return
        self._reporter.message(f"Installed {label(step.spec)} in {_duration(seconds)}", prefix)

    def stopped(self, step: Step, phase: str) -> None:
        self._reporter.message(f"Stopped {label(step.spec)} at phase '{phase}' as asked")

    def failed(self, failed: Failed) -> None:
        first, *rest = failure_text(failed).splitlines()
        self._reporter.error(first, *[line[4:] for line in rest])

    def output(self, step: Step, text: str) -> None:
        for line in text.splitlines():
            self._reporter.output.write(f"{step.spec.name}: {line}\n")
        self._reporter.output.flush()

    def tick(self, running: Tuple[Tuple[Step, str], ...], done: int, total: int) -> None:
        what = ", ".join(f"{step.spec.name} ({phase})" for step, phase in running)
        elapsed = _duration(time.monotonic() - self._start)
        self._show(f"[{done}/{total}] {elapsed}  {what}" if running else "")

    def _show(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self._reporter.status(text)

    def ended(self, report: InstallReport) -> None:
        self._show("")
        if report.failures or report.cancelled:
            return
        count = sum(spec.external is None for spec in report.installed)
        noun = "package" if count == 1 else "packages"
        elapsed = _duration(time.monotonic() - self._start)
        self._reporter.message(f"Installed {count} {noun} in {elapsed}")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f}s" if seconds < 10 else f"{seconds:.0f}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m" if hours else f"{minutes}m {rest:02d}s"


class InstallFailedError(SpackError):
    """One or more packages could not be installed.

    The text names root failures only: what failed by itself, not what could not be tried.

    Attributes:
        report: everything that happened.
    """

    def __init__(self, report: InstallReport, *, told: bool = False) -> None:
        count = len(report.failures)
        noun = "package" if count == 1 else "packages"
        message = f"{count} {noun} failed to install"
        more: List[str] = []
        if report.blocked:
            more.append(f"{len(report.blocked)} not tried because they need what failed")
        if report.cancelled:
            more.append(f"{len(report.cancelled)} given up")
        if more:
            message += "; " + ", ".join(more)
        # Who watched the installation has seen the reasons already.
        details = None if told else "\n".join(failure_text(failed) for failed in report.failures)
        super().__init__(message, details=details)
        self.report = report
