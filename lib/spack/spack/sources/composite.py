"""All stages of one package as recipes see them: ``self.stage``.

The first stage holds the source, then come resources and patches. Attributes are those of the
first; actions go to all. Knows no recipes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spack.sources.develop_stage import DevelopStage
from spack.sources.stage import Stage
from spack.type_names import Union, overload

AnyStage = Union[Stage, DevelopStage]


class CompositeStage(Sequence[AnyStage]):
    """The stages of a package, the source first."""

    def __init__(self, stages: Sequence[AnyStage]) -> None:
        if not stages:
            raise ValueError("a package has at least the stage of its source")
        self._stages: list[AnyStage] = list(stages)

    @overload
    def __getitem__(self, index: int) -> AnyStage: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[AnyStage]: ...

    def __getitem__(self, index: int | slice) -> AnyStage | Sequence[AnyStage]:
        return self._stages[index]

    def __len__(self) -> int:
        return len(self._stages)

    def __iter__(self) -> Iterator[AnyStage]:
        return iter(self._stages)

    @property
    def path(self) -> str:
        """Directory of the first stage: logs and build directories live here."""
        return self._stages[0].path

    @property
    def source_path(self) -> str:
        """Source tree of the package."""
        return self._stages[0].source_path

    @property
    def archive_file(self) -> str | None:
        """Fetched file of the package, None for checkouts."""
        return self._stages[0].archive_file

    @property
    def created(self) -> bool:
        """Whether the directory of the first stage exists."""
        return self._stages[0].created

    @property
    def is_develop(self) -> bool:
        """Whether the source is a directory that the user works in."""
        return isinstance(self._stages[0], DevelopStage)

    def create(self) -> None:
        """Make every directory."""
        for stage in self._stages:
            stage.create()

    def work_alone(self) -> None:
        """Make every directory, and wait until nobody else works in it."""
        for stage in self._stages:
            stage.work_alone()

    def fetch(self) -> None:
        """Have every source. Raises FetchError or another SpackError."""
        for stage in self._stages:
            stage.fetch()

    def expand_archive(self) -> None:
        """Make every tree and place the resources."""
        for stage in self._stages:
            stage.expand_archive()

    def restage(self) -> None:
        """Make every tree anew, resources placed again. Raises StageError for develop sources."""
        for stage in self._stages:
            stage.restage()

    def keep_archives(self) -> None:
        """Empty every directory, but for fetched files and develop sources."""
        for stage in self._stages:
            if not isinstance(stage, DevelopStage):
                stage.keep_archive()

    def destroy(self) -> None:
        """Remove every directory."""
        for stage in self._stages:
            stage.destroy()

    def leave(self) -> None:
        """Nobody works in the stages any more; what is in them stays."""
        for stage in self._stages:
            stage.leave()
