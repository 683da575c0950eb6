from spack_repo.builtin.build_systems.generic import Package
from spack_repo.builtin.build_systems.python import PythonExtension, PythonPipBuilder

from spack.package import *


class PySetuptools(Package, PythonExtension):
    """A build backend for Python packages."""

    homepage = "https://setuptools.pypa.io"
    url = (
        "https://files.pythonhosted.org/packages/py3/s/setuptools/"
        "setuptools-80.9.0-py3-none-any.whl"
    )

    license("MIT")

    version(
        "80.9.0",
        sha256="062d34222ad13e0cc312a4c02d73f059e86a4acbfbdea8f8f76b28c99f306922",
        expand=False,
    )

    extends("python")
    depends_on("py-pip", type="build")

    def install(self, spec, prefix):
        wheel = find(self.stage.path, "*.whl")[0]
        python = Executable(spec["python"].command.path)
        python("-m", "pip", *PythonPipBuilder.std_args(self), f"--prefix={prefix}", wheel)
