"""Logs and times of the steps of one build.

Everything that a step writes to its standard streams, children included, goes to a file of its
own in the stage; the files are joined when the build ends, well or not. For the build child: the
streams of the whole process are moved.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator

from spack.named_tuples import NamedTuple

#: The joined log of a build, in the stage.
BUILD_LOG = "spack-build-out.txt"

#: Characters of a log that others are shown; of a longer one the end, which says what went wrong.
LOG_LIMIT = 200_000

#: The first bytes of compressed logs.
_GZIP = b"\x1f\x8b"

_PHASE_LOG = re.compile(r"spack-build-\d+-.*-out\.txt")


class PhaseTime(NamedTuple):
    """The time that a step took, in seconds."""

    name: str
    seconds: float


class PhaseLogs:
    """The logs of one build in the directory of its stage."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.times: list[PhaseTime] = []
        self.current: str | None = None
        self._number = 0

    @property
    def joined(self) -> str:
        """Path of the joined log."""
        return os.path.join(self.directory, BUILD_LOG)

    def clear(self) -> None:
        """Remove the logs of an earlier build."""
        for path in [*phase_log_files(self.directory), self.joined]:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[str]:
        """Log and time the block; the path of the log."""
        path = os.path.join(
            self.directory, f"spack-build-{self._number:02d}-{name.lower()}-out.txt"
        )
        self._number += 1
        self.current = path
        start = time.monotonic()
        try:
            with _streams_to(path):
                yield path
        finally:
            self.times.append(PhaseTime(name, time.monotonic() - start))

    def join(self) -> str:
        """Write the joined log; its path."""
        with open(self.joined, "wb") as target:
            for path in phase_log_files(self.directory):
                with open(path, "rb") as source:
                    shutil.copyfileobj(source, target)
        return self.joined


def phase_log_files(directory: str) -> list[str]:
    """Logs of the steps in a stage, in order."""
    with contextlib.suppress(FileNotFoundError):
        names = sorted(name for name in os.listdir(directory) if _PHASE_LOG.fullmatch(name))
        return [os.path.join(directory, name) for name in names]
    return []


@contextlib.contextmanager
def _streams_to(path: str) -> Iterator[None]:
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    before = sys.stdout, sys.stderr
    # The objects of the caller may not be connected with the descriptors (pytest's are not).
    with open(1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False) as out:
        sys.stdout = sys.stderr = out
        try:
            yield
        finally:
            out.flush()
            sys.stdout, sys.stderr = before
            for descriptor, number in zip(saved, (1, 2)):
                os.dup2(descriptor, number)
                os.close(descriptor)


def compress(source: str, target: str) -> None:
    """Write the log ``source`` as gzip file ``target``; the same bytes for the same log."""
    with contextlib.ExitStack() as files:
        plain = files.enter_context(open(source, "rb"))
        raw = files.enter_context(open(target, "wb"))
        packed = files.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
        shutil.copyfileobj(plain, packed)


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
    return f"[{len(text) - LOG_LIMIT} characters omitted]\n{text[-LOG_LIMIT:]}"


def log_end(directory: str, size: int) -> str:
    """The last ``size`` bytes of the newest log of the steps in a stage, "" where there is none."""
    try:
        with open(phase_log_files(directory)[-1], "rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - size))
            return stream.read(size).decode("utf-8", "replace")
    except (OSError, IndexError):
        return ""


class LogTail:
    """Reads what a running build appends to its logs, for those who watch."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._read: dict[str, int] = {}

    def new_text(self) -> str:
        """The text that was written since the last call."""
        found = []
        for path in phase_log_files(self._directory):
            start = self._read.get(path, 0)
            try:
                if os.path.getsize(path) <= start:
                    continue
                with open(path, "rb") as stream:
                    stream.seek(start)
                    data = stream.read()
            except OSError:
                continue
            self._read[path] = start + len(data)
            found.append(data.decode("utf-8", "replace"))
        return "".join(found)
