"""Reports of installations and test runs for other programs: JUnit XML, and the XML of CDash.

One entry a package. :class:`Recorder` watches an installation and collects what happens in a
:class:`Report`; nothing here decides anything.
"""

from __future__ import annotations

import os
import platform
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

import spack
from spack.builds import events
from spack.builds.events import Event, NodeName, StepAction
from spack.builds.phase_logs import log_text
from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.store.layout import metadata
from spack.system.files.writing import atomic_write
from spack.type_names import Callable

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class ReportError(SpackError):
    """A report cannot be written or sent."""


class ReportEntry(NamedTuple):
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
    """Record of a command: its words, when it began (seconds since 1970), and its packages."""

    command: str
    begun: float
    entries: Sequence[ReportEntry] = ()

    def count(self, state: str) -> int:
        return sum(entry.state == state for entry in self.entries)

    @property
    def seconds(self) -> float:
        return sum(entry.seconds for entry in self.entries)


class CdashOptions(NamedTuple):
    """Options for CDash to file a report by: build, machine and track, and the stamp."""

    build: str | None = None
    site: str | None = None
    track: str = "Experimental"
    stamp: str | None = None


# -- collecting ----------------------------------------------------------------------------------


class Recorder:
    """Watches an installation and writes its report when it has ended, well or not.

    Args:
        write: does with the report what the user asked for.
    """

    def __init__(self, write: Callable[[Report], None]) -> None:
        self._write = write
        self._report = Report("", 0.0)
        self._begun: dict[str, float] = {}
        self._entries: list[ReportEntry] = []

    def watch(self, event: Event) -> None:
        """Keep what a report tells."""
        if isinstance(event, events.Planned):
            words = " ".join(f"{root.name}@{root.version}" for root in event.roots)
            self._report = Report(f"spack install {words}", event.time)
            for node in event.present:
                self._add(node, SKIPPED, event.time, "installed already")
        elif isinstance(event, events.Started):
            self._begun[event.node.hash] = event.time
        elif isinstance(event, events.FoundInstalled):
            self._add(event.node, SKIPPED, event.time, "installed by another process")
        elif isinstance(event, events.Finished):
            external = event.action is StepAction.EXTERNAL
            log = "" if external else log_text(metadata(event.prefix).build_log)
            self._add(event.node, PASSED, event.time, log=log)
        elif isinstance(event, events.Stopped):
            self._add(event.node, SKIPPED, event.time, f"stopped at the phase {event.phase}")
        elif isinstance(event, events.Failed):
            error = event.error
            log = log_text(error.log) if error.log else error.details or ""
            self._add(event.node, FAILED, event.time, error.message, log)
        elif isinstance(event, events.Ended):
            for node in event.blocked:
                self._add(node, SKIPPED, event.time, "skipped: it depends on a failed package")
            for node in event.cancelled:
                self._add(node, SKIPPED, event.time, "cancelled")
            self._write(self._report._replace(entries=tuple(self._entries)))

    def _add(
        self, node: NodeName, state: str, time: float, message: str = "", log: str = ""
    ) -> None:
        seconds = time - self._begun.get(node.hash, time)
        self._entries.append(ReportEntry(*node, state, seconds, message, log))


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
            suite, "testcase", classname=entry.name, name=entry.title, time=f"{entry.seconds:.3f}"
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


def write_cdash(report: Report, directory: str, options: CdashOptions) -> list[str]:
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


def _cdash_build(report: Report, site: dict[str, str]) -> Element:
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


def _cdash_test(report: Report, site: dict[str, str]) -> Element:
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


def upload(paths: Sequence[str], address: str, token: str | None = None) -> None:
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
                hint="the file is complete and can be sent later",
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
