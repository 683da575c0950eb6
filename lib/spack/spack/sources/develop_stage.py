"""The stage of a package under development: a directory that the user works in."""

from __future__ import annotations

import contextlib
import os

from spack.sources.fetching.fetchers import Fetcher
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.stage import StageError, StageSettings
from spack.sources.stage_use import UsedStage
from spack.system.files.filesystem import remove_tree


class DevelopStage(UsedStage):
    """The stage of a package whose source is a directory that the user works in.

    Nothing is fetched and nothing of the source is ever removed. The stage directory holds the
    logs and, for builders that want one, the build directory.

    Args:
        name: directory name below the stage root.
        source: the user's directory.
        link: name of a link to the stage directory made inside the source, or None.
    """

    fetcher: Fetcher | None = None
    archive_file: str | None = None

    def __init__(
        self,
        name: str,
        source: str,
        settings: StageSettings,
        *,
        link: str | None = None,
        reporter: FetchReporter = SILENT,
    ) -> None:
        self.name = name
        self.label = name
        self.path = os.path.join(settings.root, name)
        self.source_path = os.path.abspath(source)
        self.settings = settings
        self.reporter = reporter
        self._link = os.path.join(self.source_path, link) if link else None

    @property
    def root(self) -> str:
        """The directory of all stages."""
        return self.settings.root

    @property
    def expanded(self) -> bool:
        """A develop source is there from the start."""
        return True

    @property
    def created(self) -> bool:
        """Whether the stage directory exists."""
        return os.path.isdir(self.path)

    def create(self) -> None:
        """Make the stage directory and the link to it."""
        os.makedirs(self.settings.root, mode=0o700, exist_ok=True)
        self.begin_use()
        with contextlib.suppress(FileExistsError):
            os.mkdir(self.path, 0o700)
        if self._link is not None and not os.path.lexists(self._link):
            with contextlib.suppress(OSError):
                os.symlink(self.path, self._link)

    def fetch(self) -> None:
        """Nothing to fetch; the directory must exist. Raises StageError."""
        if not os.path.isdir(self.source_path):
            raise StageError(
                f"the develop source {self.source_path} does not exist",
                hint="clone it, or remove the entry: spack undevelop PACKAGE",
            )
        self.create()
        self.reporter.note(f"uses the develop source {self.source_path}")

    def expand_archive(self) -> None:
        """A develop source is a tree already."""

    def restage(self) -> None:
        """Refused: it would throw the user's work away. Raises StageError."""
        raise StageError(f"{self.source_path} is a develop source and is not staged again")

    def destroy(self) -> None:
        """Remove the stage directory and the link to it, never the source."""
        remove_tree(self.path)
        self.leave()
        if self._link is not None and os.path.islink(self._link):
            os.unlink(self._link)


#: Folders that tools keep beside sources: looking at a history changes it.
_NOT_SOURCES = frozenset((".git", ".hg", ".svn", "CVS"))


def newer_file(directory: str, moment: float) -> str | None:
    """A file or directory of a source tree that changed after a moment (seconds since 1970).

    Links are not followed. A directory counts, because files may have gone from it.
    """
    for place, folders, files in os.walk(directory):
        folders[:] = [name for name in folders if name not in _NOT_SOURCES]
        for path in (place, *(os.path.join(place, name) for name in files)):
            with contextlib.suppress(OSError):
                if os.lstat(path).st_mtime > moment:
                    return path
    return None
