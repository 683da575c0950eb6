"""Writes what became of an installation to files that other programs read, and sends them."""

from __future__ import annotations

import json

from spack.builds.events import Event, Tick, Watch, to_json
from spack.install.run_reports import (
    CdashOptions,
    Recorder,
    Report,
    upload,
    write_cdash,
    write_junit,
)
from spack.type_names import TYPE_CHECKING, Callable, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Does with the finished report what the user asked for.
ReportWriter = Callable[[Report], None]

#: Seconds after which a tick is written although it tells nothing new.
_QUIET = 10.0

#: They are told what an installation does.
Watchers = tuple[Watch, ...]


def recorder(write: ReportWriter) -> Watch:
    """Watches an installation and has its report written when it has ended."""
    return Recorder(write).watch


def event_lines(stream: TextIO) -> Watch:
    """Writes every event as one line of JSON; of ticks those that tell something new."""
    last: Tick | None = None

    def write(event: Event) -> None:
        nonlocal last
        if isinstance(event, Tick):
            if last is not None and _is_old(event, last):
                return
            last = event
        stream.write(json.dumps(to_json(event)) + "\n")
        stream.flush()

    return write


def _is_old(tick: Tick, last: Tick) -> bool:
    """Whether a tick tells nothing new, and another one was not long ago."""
    return tick.time - last.time < _QUIET and tick[:3] == last[:3] and tick.jobs == last.jobs


def junit_writer(path: str, say: Callable[[str], None]) -> ReportWriter:
    """Writes JUnit XML to a file; ``say`` is told where it lies."""
    return lambda report: say(f"Wrote {write_junit(report, path)}")


def cdash_writer(
    variables: Mapping[str, str],
    directory: str,
    *,
    build: str | None,
    site: str | None,
    track: str,
    stamp: str | None,
    url: str | None,
    say: Callable[[str], None],
) -> ReportWriter:
    """Writes a report for CDash into a directory and, with ``url``, sends it there."""

    def write(report: Report) -> None:
        paths = write_cdash(report, directory, CdashOptions(build, site, track, stamp))
        for path in paths:
            say(f"Wrote {path}")
        if url is not None:
            upload(paths, url, variables.get("SPACK_CDASH_AUTH_TOKEN"))
            say(f"Sent the report to {url}")

    return write
