"""Files from servers through the program curl, asked for again and in pieces as by ourselves.

Curl makes one request (and follows where it leads); what it says of the answer is read from the
head that it leaves. Knows the options of curl.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile

from spack.named_tuples import NamedTuple
from spack.sources.fetching.partial_files import Partial
from spack.sources.fetching.reporting import FetchReporter
from spack.sources.fetching.requests import NetworkSettings, RequestOptions, shown
from spack.sources.fetching.retries import DownloadError, is_passing, seconds_of
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    import email.message

#: What curl exits with for a host without an address, without a connection, or without an answer.
_SILENT = (5, 6, 7, 28, 35, 52)
#: For a connection that was lost or closed, and for one that is so in the middle of an answer:
#: bytes are missing, none come any more, a stream of the second or third protocol broke off.
_LOST = (52, 55, 56)
_BROKEN_OFF = (16, 18, 28, 92, 95)

#: Seconds between two reports of what has arrived.
_BETWEEN_REPORTS = 0.5


class _Head(NamedTuple):
    """The head of an answer; status 0 if there was none that HTTP knows."""

    status: int
    fields: email.message.Message


def receive(
    url: str,
    partial: Partial,
    settings: NetworkSettings,
    options: RequestOptions,
    reporter: FetchReporter,
) -> None:
    """Take what is missing of a file, in one request. Raises DownloadError."""
    wanted = partial.wanted()
    fields = [*wanted.items(), *options.header_fields()]
    with tempfile.TemporaryDirectory(
        dir=os.path.dirname(partial.path) or ".", prefix=".download-"
    ) as folder:
        body, head_file = os.path.join(folder, "body"), os.path.join(folder, "head")
        command = _command(url, settings, options, body, head_file)

        def tell() -> None:
            """Report what has arrived by now."""
            with contextlib.suppress(OSError):
                head = _last_head(head_file)
                before = partial.received if head.status == 206 else 0
                length = head.fields.get("Content-Length", "")
                total = before + int(length) if length.isdecimal() else None
                reporter.progress(shown(url), before + os.path.getsize(body), total)

        # Header fields may hold credentials: they go through standard input, not the process list.
        text = "".join(f'header = "{_quoted(f"{name}: {value}")}"\n' for name, value in fields)
        code, said = _run(command, text, tell)
        head = _last_head(head_file)
        if head.status in (0, 200, 206):
            _take(body, partial, head, url)
    if code:
        lines = said.strip().splitlines()
        reason = lines[-1] if lines else f"curl failed ({code})"
        failure = _failure(shown(url), code, reason, head, resuming=bool(wanted))
        partial.refused(failure)
        raise failure


def _run(command: list[str], text: str, tell: Callable[[], None]) -> tuple[int, str]:
    """Run a program that reads ``text``; its exit status and what it says of errors.

    Args:
        tell: is called now and then while it runs, and at the end.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    with process:
        rest: str | None = text
        try:
            while True:
                try:
                    _, said = process.communicate(rest, timeout=_BETWEEN_REPORTS)
                    break
                except subprocess.TimeoutExpired:
                    rest = None  # it is on its way
                    tell()
        except BaseException:
            process.kill()
            raise
    tell()
    return process.returncode, said


def _command(
    url: str, settings: NetworkSettings, options: RequestOptions, body: str, head: str
) -> list[str]:
    words = settings.method.split()
    curl = shutil.which(words[0])
    if curl is None:
        raise DownloadError(
            shown(url), "curl is not installed", hint="set config:url_fetch_method to urllib"
        )
    timeout = settings.connect_timeout if options.timeout is None else options.timeout
    command = [curl, *words[1:], "--fail", "--location", "--silent", "--show-error"]
    command += ["--output", body, "--dump-header", head]
    if timeout:
        # Bound the silence, not the whole transfer: big files on slow lines are fine.
        seconds = str(max(1, int(timeout)))
        command += ["--connect-timeout", seconds, "--speed-limit", "1", "--speed-time", seconds]
    if not settings.verify_ssl:
        command.append("--insecure")
    elif settings.ssl_certs:
        where = os.path.expanduser(settings.ssl_certs)
        if os.path.exists(where):
            command += ["--capath" if os.path.isdir(where) else "--cacert", where]
    return [*command, "--config", "-", "--", url]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "")


def _last_head(path: str) -> _Head:
    """The head of the answer that came last, after those of proxies and redirections."""
    import email.parser

    lines: list[str] = []
    with contextlib.suppress(OSError), open(path, encoding="latin-1") as stream:
        for line in stream:
            if line.startswith("HTTP/"):
                lines = []
            lines.append(line)
    words = lines[0].split() if lines else []
    is_known = len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdecimal()
    status = int(words[1]) if is_known else 0
    fields = email.parser.HeaderParser().parsestr("".join(lines[1:]) if is_known else "")
    return _Head(status, fields)


def _take(body: str, partial: Partial, head: _Head, url: str) -> None:
    """Put what curl has written where it belongs."""
    resumed = partial.begins(head.status, head.fields)
    if head.status == 206 and not resumed:
        partial.validator = ""
        partial.is_checked = False
        raise DownloadError(shown(url), "the server sent another part", passing=True)
    if not os.path.exists(body):
        # Curl writes no file where there is no byte to write.
        open(body, "wb").close()
    if resumed:
        with open(body, "rb") as source, open(partial.path, "ab") as target:
            shutil.copyfileobj(source, target)
    else:
        os.replace(body, partial.path)
    partial.received = os.path.getsize(partial.path)


def _failure(url: str, code: int, reason: str, head: _Head, *, resuming: bool) -> DownloadError:
    begun = head.status in (200, 206)
    if head.status >= 400:
        passing = is_passing(head.status) or (head.status == 416 and resuming)
        wait = seconds_of(head.fields.get("Retry-After"))
        return DownloadError(url, reason, passing=passing, wait=wait, status=head.status)
    passing = code in _LOST or (begun and code in _BROKEN_OFF)
    return DownloadError(url, reason, passing=passing, silent=code in _SILENT and not begun)
