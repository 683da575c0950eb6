"""Reports of ``install`` and ``test run`` for other programs: JUnit XML and CDash."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ElementTree
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

from spack.builds import phase_logs
from spack.install import run_reports
from spack.install.run_reports import CdashOptions, Report, ReportEntry


def cases(path: Path) -> dict[str, ElementTree.Element]:
    suite = ElementTree.parse(path).getroot().find("testsuite")
    assert suite is not None
    found = {case.attrib["classname"]: case for case in suite.iter("testcase")}
    assert suite.attrib["tests"] == str(len(list(suite.iter("testcase"))))
    assert suite.attrib["failures"] == str(len(list(suite.iter("failure"))))
    assert suite.attrib["skipped"] == str(len(list(suite.iter("skipped"))))
    return found


def test_junit_of_an_installation(instance: Instance) -> None:
    shown = instance.ok("install", "--log-format", "junit", "asker")
    report = instance.cwd / "spack-report.xml"
    assert f"==> Wrote {report}" in shown
    found = cases(report)
    assert {"asker", "answer"} <= set(found)
    log = found["asker"].find("system-out")
    assert log is not None and "-lanswer" in str(log.text)
    assert float(found["asker"].attrib["time"]) > 0
    file = instance.cwd / "new" / "again.xml"
    instance.ok("install", "--log-format", "junit", "--log-file", str(file), "asker")
    skipped = cases(file)["asker"].find("skipped")
    assert skipped is not None and skipped.attrib["message"] == "installed already"


def test_junit_of_a_failure(instance: Instance) -> None:
    instance.fails("install", "--log-format=junit", "--log-file=r.xml", "broken")
    failure = cases(instance.cwd / "r.xml")["broken"].find("failure")
    assert failure is not None and "broken.c" in str(failure.text)
    assert failure.attrib["message"]
    result = instance("install", "--show-log-on-error", "broken")
    assert result.returncode == 1 and "The log of broken@1.0" in result.stdout


def test_cdash_of_an_installation(instance: Instance) -> None:
    words = ("--log-format=cdash", "--cdash-build=mine", "--cdash-site=here")
    instance.fails("install", *words, "--cdash-track=Nightly", "broken")
    site = ElementTree.parse(instance.cwd / "cdash_report" / "Build.xml").getroot()
    assert (site.tag, site.attrib["BuildName"], site.attrib["Name"]) == ("Site", "mine", "here")
    assert site.attrib["BuildStamp"].endswith("-Nightly")
    assert "broken-1.0" in str(site.findtext("Build/Error/Text"))
    tests = ElementTree.parse(instance.cwd / "cdash_report" / "Test.xml").getroot()
    states = {
        str(test.findtext("Name")).split("-")[0]: test.attrib.get("Status")
        for test in tests.findall("Testing/Test")
    }
    assert states["broken"] == "failed"


def test_faults(instance: Instance) -> None:
    for words, message in (
        (("--log-file", "x"), "needs a report format"),
        (("--cdash-site", "here"), "--cdash-site needs a CDash report"),
        (("--cdash-track", "a", "--log-format", "junit"), "--cdash-track needs a CDash report"),
        (("--log-format", "junit", "--cdash-upload-url", "http://x"), "not sent to CDash"),
        (("--cdash-track", "a", "--cdash-buildstamp", "b"), "not allowed with"),
        (("--log-format", "junit", "--log-file", "/dev/null/x"), "cannot write the report"),
    ):
        assert message in instance.fails("install", *words, "answer@1.0"), words
    assert "--cdash-upload-url URL" in instance.ok("install", "--help-cdash")


ENTRIES = (
    ReportEntry("a", "1", "a" * 32, run_reports.PASSED, 1.5, log="fine\x00 \x1b[31mred\x1b[0m <&>"),
    ReportEntry("b", "2", "b" * 32, run_reports.FAILED, 0.5, "went \x07 wrong", "line\n\ud800"),
    ReportEntry("c", "3", "c" * 32, run_reports.SKIPPED, message="not tried"),
)


def test_what_xml_cannot_hold_is_replaced(tmp_path: Path) -> None:
    report = Report("spack install 'a' <b>", 0.0, ENTRIES)
    found = cases(Path(run_reports.write_junit(report, str(tmp_path / "r.xml"))))
    assert found["a"].findtext("system-out") == "fine? red <&>"
    assert found["b"].findtext("failure") == "line\n?"
    for path in run_reports.write_cdash(report, str(tmp_path / "c"), CdashOptions(stamp="s")):
        assert ElementTree.parse(path).getroot().attrib["BuildStamp"] == "s"


def test_of_a_long_log_the_end_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("x" * phase_logs.LOG_LIMIT + "the end")
    text = phase_logs.log_text(str(log))
    assert text.startswith("[7 characters omitted]") and text.endswith("the end")
    assert phase_logs.log_text(str(tmp_path / "none")) == ""


def test_upload(tmp_path: Path) -> None:
    got: list[tuple[str, bytes]] = []

    class Server(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers.get("Authorization", ""), body))
            self.send_response(403 if self.path == "/no" else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    file = tmp_path / "Build.xml"
    file.write_text("<Site/>")
    try:
        run_reports.upload([str(file)], f"{address}/submit", "secret")
        assert got == [("Bearer secret", b"<Site/>")]
        with pytest.raises(run_reports.ReportError, match="403"):
            run_reports.upload([str(file)], f"{address}/no")
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(run_reports.ReportError, match="cannot send"):
        run_reports.upload([str(file)], address)
