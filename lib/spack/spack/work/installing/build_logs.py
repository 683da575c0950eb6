"""Logs of builds: where they are, their text, and the errors and warnings in any log."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator

from spack.builds.log_excerpt import cause_of
from spack.errors import NotFoundError, SpackError
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING
from spack.work.installing.locations import of_spec
from spack.work.queries.queries import NoMatchError, one_installed

if TYPE_CHECKING:
    from spack.session.parts import SolverParts

#: Logs of a build that is running or failed, in its stage.
_IN_STAGE = ("spack-build-out.txt", "spack-build-out.txt.gz")


class LogEvent(NamedTuple):
    """A line of a log that tells of an error or a warning, with the lines around it."""

    kind: str
    line: int
    text: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def log_of(parts: SolverParts, text: str) -> str:
    """The path of the build log of a spec: of its installation, or in the stage of its build.

    Raises:
        NotFoundError: it was not built here.
    """
    try:
        spec = one_installed(parts, text)
    except NoMatchError:
        return _log_in_stage(parts, text)
    path = parts.store.metadata_of(spec).build_log
    if spec.external is None and os.path.exists(path):
        return path
    if spec.external is not None:
        raise NotFoundError(f"{spec.name} is external and was not built here")
    return _log_in_stage(parts, text)


def _log_in_stage(parts: SolverParts, text: str) -> str:
    try:
        stage = of_spec(parts, "stage", text, first=False)
    except SpackError as error:
        raise NotFoundError(
            f"{text} is neither installed nor being built",
            hint="list installed packages with spack find",
        ) from error
    for name in _IN_STAGE:
        path = os.path.join(stage, name)
        if os.path.exists(path):
            return path
    logs = sorted(
        (os.path.join(stage, name) for name in os.listdir(stage) if name.endswith("-out.txt")),
        key=os.path.getmtime,
    )
    if not logs:
        raise NotFoundError(f"the stage {stage} has no log", hint="the build has not started")
    return logs[-1]


def lines(path: str) -> Iterator[str]:
    """The lines of a log, compressed or not, without their ends."""
    if path.endswith(".gz"):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as stream:
            for line in stream:
                yield line.rstrip("\n")
    else:
        with open(path, encoding="utf-8", errors="replace") as stream:
            for line in stream:
                yield line.rstrip("\n")


_WARNING = re.compile(r"(?i)(^|[\s:])warning(:|\s#|\s\d)|^CMake Warning|^\[WARNING\]")
_NO_WARNING = re.compile(r"-W(no-)?warning|warnings? (generated|enabled|flags)|disable.warning")


def events(path: str, context: int) -> list[LogEvent]:
    """Errors and warnings of a log, in order, with some lines before and after each."""
    text = list(lines(path))
    found: list[LogEvent] = []
    for place, line in enumerate(text):
        if cause_of(line):
            kind = "error"
        elif _WARNING.search(line) and not _NO_WARNING.search(line):
            kind = "warning"
        else:
            continue
        before = tuple(text[max(0, place - context) : place])
        after = tuple(text[place + 1 : place + 1 + context])
        found.append(LogEvent(kind, place + 1, line, before, after))
    return found
