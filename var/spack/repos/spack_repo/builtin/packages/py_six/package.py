from spack_repo.builtin.build_systems.python import PythonPackage

from spack.package import *


class PySix(PythonPackage):
    """Lets one source run under Python 2 and 3."""

    pypi = "six/six-1.17.0.tar.gz"

    license("MIT")

    version("1.17.0", sha256="ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81")

    depends_on("py-setuptools", type="build")
