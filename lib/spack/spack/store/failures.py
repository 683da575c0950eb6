"""Marks of failed builds, so that nobody builds in vain what is known to fail.

One file for each in ``<store>/.spack-db/failures``. A mark says why and where the log is.
Knows no database.
"""

from __future__ import annotations

import contextlib
import json
import os
import time

from spack.language.concrete_specs import ConcreteSpec
from spack.language.serialization import SpecfileError, specfile_from_dict, specfile_to_dict
from spack.named_tuples import NamedTuple
from spack.system.files.writing import atomic_write

_DIRECTORY = "failures"


class FailureMark(NamedTuple):
    """A build that failed. ``time`` is in seconds since 1970; ``log`` is a path or None."""

    name: str
    hash: str
    cause: str
    time: float
    log: str | None = None
    phase: str | None = None


class FailureMarks:
    """The failure marks of one store.

    Args:
        database_directory: ``<store>/.spack-db``.
    """

    def __init__(self, database_directory: str) -> None:
        self.directory = os.path.join(database_directory, _DIRECTORY)

    def _path(self, name: str, digest: str) -> str:
        return os.path.join(self.directory, f"{name}-{digest}")

    def mark(
        self,
        name: str,
        digest: str,
        cause: str,
        *,
        log: str | None = None,
        phase: str | None = None,
        spec: ConcreteSpec | None = None,
    ) -> FailureMark:
        """Note that a build failed; with its spec it can be found by the hash, and tried again."""
        os.makedirs(self.directory, exist_ok=True)
        failure = FailureMark(name, digest, cause, time.time(), log, phase)
        text = json.dumps({**failure._asdict(), **(specfile_to_dict(spec) if spec else {})})
        atomic_write(self._path(name, digest), text, mode=0o600, durable=False)
        return failure

    def get(self, name: str, digest: str) -> FailureMark | None:
        """The mark of a build, None when there is none."""
        return self._read(self._path(name, digest), name, digest)

    def specs(self, prefix: str) -> list[ConcreteSpec]:
        """Specs of failed builds whose hash begins with ``prefix``."""
        found = []
        with contextlib.suppress(FileNotFoundError):
            for file in sorted(os.listdir(self.directory)):
                if not file.rpartition("-")[2].startswith(prefix):
                    continue
                path = os.path.join(self.directory, file)
                ignored = contextlib.suppress(OSError, ValueError, SpecfileError)
                with ignored, open(path, encoding="utf-8") as stream:
                    found.append(specfile_from_dict(json.load(stream)))
        return found

    def _read(self, path: str, name: str, digest: str) -> FailureMark | None:
        try:
            status = os.stat(path)
            with open(path, encoding="utf-8") as stream:
                data = json.load(stream)
        except OSError:
            return None
        except ValueError:
            data = {}
        if isinstance(data, dict) and "cause" in data:
            return FailureMark._make(data.get(key) for key in FailureMark._fields)
        # Spack writes the specfile of the failed spec as the mark.
        return FailureMark(name, digest, "the build failed", status.st_mtime)

    def all(self) -> list[FailureMark]:
        """Every mark that counts, sorted by name and hash."""
        try:
            names = sorted(os.listdir(self.directory))
        except FileNotFoundError:
            return []
        found = []
        for file in names:
            name, _, digest = file.rpartition("-")
            if name and not file.startswith("."):
                failure = self._read(os.path.join(self.directory, file), name, digest)
                if failure is not None:
                    found.append(failure)
        return found

    def clear(self, name: str, digest: str) -> None:
        """Take a mark away."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(name, digest))

    def clear_all(self) -> int:
        """Take all marks away; how many there were."""
        count = 0
        with contextlib.suppress(FileNotFoundError):
            for file in os.listdir(self.directory):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(self.directory, file))
                    count += not file.startswith(".")
        return count
