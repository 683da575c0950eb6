"""Times and memory of former builds of a store, for the order and the forecast of the next ones.

One line a build in ``<store>/.spack-db/past-builds``, appended at its end. A line that is damaged
is ignored, and what cannot be written is not: forecasts are worth no failure. Knows no plan.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from spack.builds.events import StepAction
from spack.named_tuples import NamedTuple
from spack.system.files.writing import atomic_write

_FILE = "past-builds"

#: The first word of a line.
_FORMAT = "1"

#: Bytes of the file above which only the last build of every node is kept, and how many lines.
_LARGE, _KEPT = 400_000, 2_000


class PastBuild(NamedTuple):
    """A node that was brought into the store.

    Attributes:
        hash: its DAG hash.  action: the way in which it was.
        seconds: by the clock.  work: seconds of processors.
        memory: bytes at the peak, 0 if unknown.
    """

    hash: str
    name: str
    version: str
    action: StepAction
    seconds: float
    work: float
    memory: int


class PastBuilds:
    """The file of one store.

    Args:
        database_directory: ``<store>/.spack-db``.
    """

    def __init__(self, database_directory: str) -> None:
        self.path = os.path.join(database_directory, _FILE)

    def add(self, build: PastBuild) -> None:
        """Note a build."""
        with contextlib.suppress(OSError):
            # One write of a short line to the end: builders of other processes do not mix with it.
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o664)
            try:
                os.write(file, _line(build).encode("utf-8"))
            finally:
                os.close(file)

    def all(self) -> list[PastBuild]:
        """Every build that is known, the oldest first."""
        try:
            with open(self.path, encoding="utf-8", errors="replace") as stream:
                text = stream.read()
        except OSError:
            return []
        found = [build for build in map(_build, text.splitlines()) if build is not None]
        if len(text) > _LARGE:
            found = list({build.hash: build for build in found}.values())[-_KEPT:]
            with contextlib.suppress(OSError):
                atomic_write(self.path, "".join(map(_line, found)), mode=0o664, durable=False)
        return found


def _line(build: PastBuild) -> str:
    words: Iterable[object] = (
        _FORMAT, build.hash, build.name, build.version, build.action.value,
        f"{build.seconds:.2f}", f"{build.work:.2f}", build.memory,
    )  # fmt: skip
    return " ".join(map(str, words)) + "\n"


def _build(line: str) -> PastBuild | None:
    words = line.split(" ")
    if len(words) != 8 or words[0] != _FORMAT:
        return None
    try:
        return PastBuild(
            words[1], words[2], words[3], StepAction(words[4]),
            float(words[5]), float(words[6]), int(words[7]),
        )  # fmt: skip
    except ValueError:
        return None
