from spack_repo.builtin.build_systems.embedded import EmbeddedSources
from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class HeatReport(MakefilePackage, EmbeddedSources):
    """Draws grids of temperatures with characters: a script of the quick-start example."""

    homepage = "https://example.org/heat"

    license("Apache-2.0 OR MIT")

    version("1.0")

    source_sha256 = "10fc70b603dc80ab6a90dfd8fc931639fd37aec403d041aa578301503de89386"

    @property
    def install_targets(self):
        return ["install", f"PREFIX={self.prefix}"]
