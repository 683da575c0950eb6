from spack_repo.builtin.build_systems.embedded import EmbeddedSources
from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class HeatSolver(MakefilePackage, EmbeddedSources):
    """Time steps of the heat equation: a C++ library, part of the quick-start example."""

    homepage = "https://example.org/heat"

    license("Apache-2.0 OR MIT")

    version("1.0")

    source_sha256 = "50d8b42abf2494c14541a7e1249b23684022f6bef4e6bc82e9ec12719ad6184b"

    depends_on("cxx", type="build")
    depends_on("heat-grid@1:")

    @property
    def libs(self):
        return find_libraries("libheatsolver", root=self.prefix, recursive=True)

    @property
    def install_targets(self):
        return ["install", f"PREFIX={self.prefix}"]
