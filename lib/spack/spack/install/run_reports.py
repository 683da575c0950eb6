"""Reports of installations and test runs for other programs: JUnit XML, and the XML of CDash.

One entry a package. What happened is collected in :class:`Report`; nothing here decides anything.
"""

from __future__ import annotations

import gzip
import os
import platform
import re
import time
import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Optional, Sequence
from xml.etree.ElementTree import Element, SubElement

import spack
from spack.builds.procedure import BuildError
from spack.errors import SpackError
from spack.install.plan import Action, Plan, Step
from spack.install.reporting import Failed, InstallReport, TerminalReporter, label
from spack.language.concrete_specs import ConcreteSpec
from spack.system.files.writing import atomic_write

if TYPE_CHECKING:
    from spack.system.terminal.output import Reporter

#: Characters of a log in a report; of a longer one the end is taken, which says what went wrong.
LOG_LIMIT = 200_000

#: How compressed logs begin.
_GZIP = b"\x1f\x8b"

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class ReportError(SpackError):
    """A report cannot be written or sent."""


class Entry(NamedTuple):
    """One package: how it went, for how many seconds, why not, and its log."""

    name: str
    version: str
    digest: str
    state: str
    seconds: float = 0.0
    message: str = ""
    log: str = ""

    @property
    def title(self) -> str:
        return f"{self.name}-{self.version}-{self.digest[:7]}"


class Report(NamedTuple):
    """What a command did: its words, when it began (seconds since 1970), and its packages."""

    command: str
    begun: float
    entries: Sequence[Entry] = ()

    def count(self, state: str) -> int:
        return sum(entry.state == state for entry in self.entries)

    @property
    def seconds(self) -> float:
        return sum(entry.seconds for entry in self.entries)


class CdashOptions(NamedTuple):
    """How CDash files a report: names of the build, the machine and the track, and its stamp."""

    build: Optional[str] = None
    site: Optional[str] = None
    track: str = "Experimental"
    stamp: Optional[str] = None


# -- collecting ----------------------------------------------------------------------------------


class Recorder(TerminalReporter):
    """Tells people what an installation does, as ever, and keeps it for a report.

    Args:
        reporter: where lines go.
        build_log: path of the log of an installed node.
        show_logs: print the whole log of what fails.
    """

    def __init__(
        self,
        reporter: Reporter,
        build_log: Callable[[ConcreteSpec], str],
        *,
        verbose: bool = False,
        show_logs: bool = False,
    ) -> None:
        super().__init__(reporter, verbose=verbose)
        self._build_log = build_log
        self._show_logs = show_logs
        self._begun: Dict[str, float] = {}
        self.entries: List[Entry] = []

    def report(self, command: str, begun: float) -> Report:
        """What was kept of a command that began at a time."""
        return Report(command, begun, tuple(self.entries))

    def _add(self, spec: ConcreteSpec, state: str, message: str = "", log: str = "") -> None:
        begun = self._begun.get(spec.dag_hash())
        seconds = 0.0 if begun is None else time.monotonic() - begun
        entry = Entry(spec.name, str(spec.version), spec.dag_hash(), state, seconds, message, log)
        self.entries.append(entry)

    def planned(self, plan: Plan) -> None:
        super().planned(plan)
        for spec in plan.installed:
            self._add(spec, SKIPPED, "installed already")

    def started(self, step: Step, done: int, total: int) -> None:
        super().started(step, done, total)
        self._begun[step.spec.dag_hash()] = time.monotonic()

    def by_others(self, step: Step) -> None:
        super().by_others(step)
        self._add(step.spec, SKIPPED, "installed by another process")

    def finished(self, step: Step, seconds: float, prefix: str) -> None:
        super().finished(step, seconds, prefix)
        log = "" if step.action is Action.EXTERNAL else log_text(self._build_log(step.spec))
        self._add(step.spec, PASSED, log=log)

    def stopped(self, step: Step, phase: str) -> None:
        super().stopped(step, phase)
        self._add(step.spec, SKIPPED, f"stopped at the phase {phase}")

    def failed(self, failed: Failed) -> None:
        super().failed(failed)
        error = failed.error
        path = error.log if isinstance(error, BuildError) and error.log else ""
        text = log_text(path) if path else error.details or ""
        if self._show_logs and path:
            self._reporter.message(f"The log of {label(failed.step.spec)}", *text.splitlines())
        self._add(failed.step.spec, FAILED, error.message, text)

    def ended(self, report: InstallReport) -> None:
        super().ended(report)
        for spec in report.blocked:
            self._add(spec, SKIPPED, "not tried: it needs what failed")
        for spec in report.cancelled:
            self._add(spec, SKIPPED, "given up")


def log_text(path: str) -> str:
    """The end of a log, which may be compressed; empty where there is none."""
    try:
        with open(path, "rb") as stream:
            content = stream.read()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
    except (OSError, EOFError):
        return ""
    text = content.decode("utf-8", "replace")
    if len(text) <= LOG_LIMIT:
        return text
    return f"[the first {len(text) - LOG_LIMIT} characters are left out]\n{text[-LOG_LIMIT:]}"


# -- writing -------------------------------------------------------------------------------------


def write_junit(report: Report, path: str) -> str:
    """Write JUnit XML to a file; its path."""
    suites = Element("testsuites")
    suite = SubElement(
        suites,
        "testsuite",
        name=_clean(report.command),
        tests=str(len(report.entries)),
        failures=str(report.count(FAILED)),
        errors="0",
        skipped=str(report.count(SKIPPED)),
        time=f"{report.seconds:.3f}",
        timestamp=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(report.begun)),
        hostname=platform.node(),
    )
    properties = SubElement(suite, "properties")
    SubElement(properties, "property", name="spack version", value=spack.__version__)
    for entry in report.entries:
        case = SubElement(
            suite,
            "testcase",
            classname=entry.name,
            name=entry.title,
            time=f"{entry.seconds:.3f}",
        )
        if entry.state == FAILED:
            failure = SubElement(case, "failure", message=_clean(entry.message), type="failure")
            failure.text = _clean(entry.log or entry.message)
        elif entry.state == SKIPPED:
            SubElement(case, "skipped", message=_clean(entry.message))
        if entry.log and entry.state != FAILED:
            SubElement(case, "system-out").text = _clean(entry.log)
    _write(path, suites)
    return os.path.abspath(path)


def write_cdash(report: Report, directory: str, options: CdashOptions) -> List[str]:
    """Write ``Build.xml`` and ``Test.xml`` into a directory; the paths."""
    build = options.build or report.command
    stamp = options.stamp or time.strftime(
        f"%Y%m%d-%H%M-{options.track}", time.gmtime(report.begun)
    )
    site = {
        "BuildName": _clean(build),
        "BuildStamp": stamp,
        "Name": options.site or platform.node(),
        "Generator": f"spack-{spack.__version__}",
        "Hostname": platform.node(),
        "OSName": platform.system(),
    }
    made = {"Build": _cdash_build(report, site), "Test": _cdash_test(report, site)}
    paths = []
    for name, tree in made.items():
        path = os.path.join(os.path.abspath(directory), f"{name}.xml")
        _write(path, tree)
        paths.append(path)
    return paths


def _cdash_build(report: Report, site: Dict[str, str]) -> Element:
    root = Element("Site", site)
    build = SubElement(root, "Build")
    _cdash_times(build, report, "Build")
    SubElement(build, "BuildCommand").text = _clean(report.command)
    for number, entry in enumerate(e for e in report.entries if e.state == FAILED):
        error = SubElement(build, "Error")
        SubElement(error, "BuildLogLine").text = str(number)
        SubElement(error, "Text").text = _clean(f"{entry.title}: {entry.message}")
        SubElement(error, "PreContext")
        SubElement(error, "PostContext").text = _clean(entry.log)
        SubElement(error, "RepeatCount").text = "0"
    SubElement(build, "Log", Encoding="base64", Compression="/bin/gzip")
    SubElement(build, "ElapsedMinutes").text = f"{report.seconds / 60:.2f}"
    return root


def _cdash_test(report: Report, site: Dict[str, str]) -> Element:
    root = Element("Site", site)
    testing = SubElement(root, "Testing")
    _cdash_times(testing, report, "Test")
    listed = SubElement(testing, "TestList")
    for entry in report.entries:
        SubElement(listed, "Test").text = f"./{entry.title}"
    for entry in report.entries:
        status = {PASSED: "passed", FAILED: "failed"}.get(entry.state, "notrun")
        test = SubElement(testing, "Test", Status=status)
        SubElement(test, "Name").text = entry.title
        SubElement(test, "Path").text = "."
        SubElement(test, "FullName").text = f"./{entry.title}"
        SubElement(test, "FullCommandLine").text = _clean(report.command)
        results = SubElement(test, "Results")
        for kind, name, value in (
            ("numeric/double", "Execution Time", f"{entry.seconds:.3f}"),
            ("text/string", "Completion Status", _clean(entry.message or "Completed")),
        ):
            measurement = SubElement(results, "NamedMeasurement", type=kind, name=name)
            SubElement(measurement, "Value").text = value
        measured = SubElement(results, "Measurement")
        SubElement(measured, "Value").text = _clean(entry.log)
    SubElement(testing, "ElapsedMinutes").text = f"{report.seconds / 60:.2f}"
    return root


def _cdash_times(parent: Element, report: Report, word: str) -> None:
    end = report.begun + report.seconds
    for kind, moment in (("Start", report.begun), ("End", end)):
        written = time.strftime("%b %d %H:%M UTC", time.gmtime(moment))
        SubElement(parent, f"{kind}DateTime").text = written
        SubElement(parent, f"{kind}{word}Time").text = str(int(moment))


def upload(paths: Sequence[str], address: str, token: Optional[str] = None) -> None:
    """Send files to a CDash server. Raises ReportError with what the server said."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    for path in paths:
        with open(path, "rb") as stream:
            request = Request(address, data=stream.read(), method="PUT")
        request.add_header("Content-Type", "text/xml")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urlopen(request, timeout=60) as response:
                response.read()
        except HTTPError as error:
            raise ReportError(f"{address} refuses {path}: {error.code} {error.reason}") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise ReportError(
                f"cannot send {path} to {address}: {reason}",
                hint="the file is complete: send it later",
            ) from error


def _write(path: str, tree: Element) -> None:
    ElementTree.indent(tree)
    text = ElementTree.tostring(tree, encoding="unicode")
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        atomic_write(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')
    except OSError as error:
        raise ReportError(f"cannot write the report {path}: {error.strerror}") from error


def _clean(text: str) -> str:
    """A text without what XML cannot hold: control characters, and escapes of colours."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
