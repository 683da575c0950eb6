from spack_repo.builtin.build_systems.embedded import EmbeddedSources
from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class HeatGrid(MakefilePackage, EmbeddedSources):
    """Grids of temperatures: a small C library, part of the quick-start example."""

    homepage = "https://example.org/heat"

    license("Apache-2.0 OR MIT")

    version("1.0")

    source_sha256 = "cc0b39ed868a3d9f27de4fa2bd87a9c9fd360f23a77e029faece3cca87d1fb59"

    depends_on("c", type="build")

    @property
    def libs(self):
        return find_libraries("libheatgrid", root=self.prefix, recursive=True)

    @property
    def install_targets(self):
        return ["install", f"PREFIX={self.prefix}"]
