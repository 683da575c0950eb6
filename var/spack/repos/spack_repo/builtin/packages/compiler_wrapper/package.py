from spack_repo.builtin.build_systems.bundle import BundlePackage

from spack.package import *


class CompilerWrapper(BundlePackage):
    """Stands for the program's own compiler wrapper in the graph of every compiled package.

    The wrapper itself comes with the program, which sets it up for each build.
    """

    homepage = "https://spack.io"

    tags = ["runtime"]

    version("1.1.0")
