from spack_repo.builtin.build_systems.embedded import EmbeddedSources
from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class Heat2d(MakefilePackage, EmbeddedSources):
    """Solves the two-dimensional heat equation: the program of the quick-start example."""

    homepage = "https://example.org/heat"

    license("Apache-2.0 OR MIT")

    version("1.0")

    source_sha256 = "7d4993d4b460248b260b86dfa4416d35ce43a2f85193ebf7eb337af356bc1ae5"

    # Where no compiler for Fortran is configured, the solver turns this off.
    variant("fortran", default=True, description="compute the time steps in Fortran")

    depends_on("cxx", type="build")
    depends_on("fortran", type="build", when="+fortran")
    depends_on("heat-solver@1:")
    depends_on("heat-grid@1:")
    depends_on("heat-report", type="run")

    sanity_check_is_file = ["bin/heat2d"]

    @property
    def build_targets(self):
        return [f"FORTRAN={'yes' if self.spec.satisfies('+fortran') else 'no'}"]

    @property
    def install_targets(self):
        return ["install", f"PREFIX={self.prefix}", *self.build_targets]

    def test_steps(self):
        """a small plate"""
        program = Executable(self.prefix.bin.heat2d)
        output = program("--size", "16", "--steps", "10", "--no-map", output=str)
        check_outputs(r"16 x 16 cells, 10 steps", output)
