"""Marks of prefixes that are being built, so that a half-built one is never taken for installed.

A mark is a file in ``<store>/.spack-db/partial``, outside the prefix, written before the prefix is
made and removed after the record is in the database. Who finds a mark whose builder is gone
removes the prefix. Knows no specs and no database: the caller says what is installed.
"""

from __future__ import annotations

import contextlib
import json
import os
import time

from spack.named_tuples import NamedTuple
from spack.system.files.filesystem import remove_tree
from spack.system.files.writing import atomic_write
from spack.type_names import Any, Callable

_DIRECTORY = "partial"


class PartialInstall(NamedTuple):
    """A prefix that is being built, or was when its builder died.

    ``started`` is in seconds since 1970; ``start_mark`` tells a process from a later one that got
    the same number.
    """

    hash: str
    prefix: str
    host: str
    pid: int
    start_mark: str
    started: float
    kept: bool = False


def _start_mark(pid: int) -> str:
    """The start time of a process, as the kernel counts; "" when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            return stream.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


class PartialInstalls:
    """The marks of one store.

    Args:
        database_directory: ``<store>/.spack-db``.
    """

    def __init__(self, database_directory: str) -> None:
        self.directory = os.path.join(database_directory, _DIRECTORY)

    def _path(self, digest: str) -> str:
        return os.path.join(self.directory, digest)

    def begin(self, digest: str, prefix: str) -> None:
        """Mark a prefix as being built by this process; before anything is written there."""
        os.makedirs(self.directory, exist_ok=True)
        mark = PartialInstall(
            hash=digest,
            prefix=prefix,
            host=os.uname().nodename,
            pid=os.getpid(),
            start_mark=_start_mark(os.getpid()),
            started=time.time(),
        )
        self._write(mark)

    def _write(self, mark: PartialInstall) -> None:
        atomic_write(self._path(mark.hash), json.dumps(mark._asdict()), mode=0o600)

    def end(self, digest: str) -> None:
        """Take the mark away: the record is written, or the prefix is removed."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(digest))

    def keep(self, digest: str) -> None:
        """Leave the prefix of a failed build to its user; it still does not count as installed."""
        mark = self.get(digest)
        if mark is not None:
            self._write(mark._replace(kept=True))

    def get(self, digest: str) -> PartialInstall | None:
        """The mark of a hash, None when there is none or it is unreadable."""
        try:
            with open(self._path(digest), encoding="utf-8") as stream:
                data: dict[str, Any] = json.load(stream)
            return PartialInstall(**data)
        except (OSError, ValueError, TypeError):
            return None

    def all(self) -> list[PartialInstall]:
        """Every mark, sorted by hash."""
        try:
            names = sorted(os.listdir(self.directory))
        except FileNotFoundError:
            return []
        marks = (self.get(name) for name in names if not name.startswith("."))
        return [mark for mark in marks if mark is not None]

    def is_partial(self, digest: str) -> bool:
        """Whether the prefix of a hash is marked."""
        return os.path.exists(self._path(digest))

    @staticmethod
    def builder_is_alive(mark: PartialInstall) -> bool | None:
        """Whether the process that made a mark runs; None when it was on another machine."""
        if mark.host != os.uname().nodename:
            return None
        return bool(mark.start_mark) and _start_mark(mark.pid) == mark.start_mark

    def recover(
        self, is_installed: Callable[[str], bool], is_locked: Callable[[str], bool], root: str
    ) -> tuple[PartialInstall, ...]:
        """Remove what dead builders left; the marks of the prefixes that were removed.

        A mark of an installed hash is only taken away: its builder died after writing the record.
        ``is_locked`` tells whether somebody holds the prefix lock of a hash, on any machine.
        Prefixes outside ``root`` are never touched.
        """
        removed = []
        for mark in self.all():
            if is_installed(mark.hash):
                self.end(mark.hash)
                continue
            if mark.kept or self.builder_is_alive(mark) or is_locked(mark.hash):
                continue
            inside = os.path.abspath(mark.prefix).startswith(os.path.abspath(root) + os.sep)
            if inside and os.path.lexists(mark.prefix):
                try:
                    remove_tree(mark.prefix)
                except OSError:
                    continue
            self.end(mark.hash)
            removed.append(mark)
        return tuple(removed)
