"""The paths of a package: its prefix, and the files that a build leaves there and in the stage.

The names are those that recipes and the build agree on. Nothing is read or written here but for the
listing of the logs.
"""

from __future__ import annotations

import os

from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.build_context import build_context
from spack.system.files.prefixes import Prefix
from spack.type_names import Any, ClassVar


class PackagePaths:
    """Paths of a package object."""

    spec: BoundSpec
    name: ClassVar[Any]
    license_files: list[str]
    _stage: Any

    @property
    def prefix(self) -> Prefix:
        """The directory where the package is, or will be, installed."""
        return self.spec.prefix

    @property
    def home(self) -> Any:
        """The directory with the package's files."""
        return self.prefix

    @property
    def stage(self) -> Any:
        """The stage in which the source is unpacked and built."""
        if self._stage is None:
            self._stage = build_context().stage(self)
        return self._stage

    @stage.setter
    def stage(self, stage: Any) -> None:
        self._stage = stage

    def do_stage(self, mirror_only: bool = False) -> None:
        """Fetch and unpack the source. Recipes extend it where the tree has to be rearranged.

        ``mirror_only`` is what they hand on; mirrors are a setting of the stage.
        """
        del mirror_only
        self.stage.create()
        self.stage.fetch()
        self.stage.expand_archive()

    @property
    def metadata_dir(self) -> str:
        """Directory of the metadata in the prefix."""
        return os.path.join(str(self.prefix), ".spack")

    @property
    def log_path(self) -> str:
        """The build log; in the stage while building, in the prefix afterwards."""
        return os.path.join(str(self.stage.path), "spack-build-out.txt")

    @property
    def install_log_path(self) -> str:
        """The kept build log."""
        for name in ("spack-build-out.txt", "build.out", "build.txt"):
            path = os.path.join(self.metadata_dir, name)
            if os.path.exists(path):
                return path
        return os.path.join(self.metadata_dir, "spack-build-out.txt.gz")

    @property
    def global_license_dir(self) -> str:
        """Directory of all licence files."""
        return os.path.join(build_context().license_dir, self.name)

    @property
    def global_license_file(self) -> str | None:
        """The licence file to fill in, None for a package without one."""
        if not self.license_files:
            return None
        return os.path.join(self.global_license_dir, os.path.basename(self.license_files[0]))
