"""Resources: further sources of a package that are put into its source tree.

Knows stages and files; must not know recipes.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping

from spack.named_tuples import NamedTuple
from spack.sources.develop_stage import DevelopStage
from spack.sources.fetching.fetchers import Fetcher
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.mirrors import MirrorPaths
from spack.sources.stage import Stage, StageSettings
from spack.system.files import filesystem
from spack.type_names import Union

#: The place of a resource below its destination: one name, or source path to name.
Placement = Union[str, Mapping[str, str], None]


class ResourceStage(Stage):
    """The stage of a resource; expanding it also places its content into the source tree.

    Args:
        root_stage: stage of the package.
        destination: directory of the root's source tree, relative to it.
        placement: name of the resource below the destination; a map names several parts of it;
            None uses the name of the directory at the top of its archive.
    """

    def __init__(
        self,
        name: str,
        fetcher: Fetcher,
        settings: StageSettings,
        *,
        root_stage: Stage | DevelopStage,
        destination: str = "",
        placement: Placement = None,
        mirror_paths: MirrorPaths | None = None,
        reporter: FetchReporter = SILENT,
        label: str | None = None,
    ) -> None:
        super().__init__(
            name, fetcher, settings, mirror_paths=mirror_paths, reporter=reporter, label=label
        )
        self.root_stage = root_stage
        self.destination = destination
        self.placement = placement

    def expand_archive(self) -> None:
        """Unpack the resource and install its parts where they are missing."""
        super().expand_archive()
        self.place()

    def place(self) -> None:
        """Install each part that is missing at its place. Needs the root's source tree."""
        base = os.path.join(self.root_stage.source_path, self.destination)
        for part, name in self._parts().items():
            target = os.path.join(base, name)
            if os.path.exists(target):
                continue
            source = os.path.join(self.source_path, part) if part else self.source_path
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isdir(source):
                filesystem.install_tree(glob.escape(source), target)
            else:
                filesystem.install(glob.escape(source), target)

    def _parts(self) -> Mapping[str, str]:
        if isinstance(self.placement, Mapping):
            return self.placement
        # Without any name there is nowhere to move it: the recipe takes it from its own stage.
        name = self.placement or self.top_directory or self.source_path
        return {"": name}


class ResourceFetcher(NamedTuple):
    """The fetcher of a resource as recipes see it: they ask for its stage."""

    stage: ResourceStage


class StagedResource(NamedTuple):
    """A resource as recipes see it during a build."""

    name: str
    destination: str
    placement: Placement
    fetcher: ResourceFetcher
