from spack_repo.builtin.build_systems.generic import Package
from spack_repo.builtin.build_systems.python import PythonExtension, PythonPipBuilder

from spack.package import *


class PyWheel(Package, PythonExtension):
    """Reads and writes Python's binary archives."""

    homepage = "https://wheel.readthedocs.io"
    url = "https://files.pythonhosted.org/packages/py3/w/wheel/wheel-0.45.1-py3-none-any.whl"

    license("MIT")

    version(
        "0.45.1",
        sha256="708e7481cc80179af0e556bbf0cc00b8444c7321e2700b8d8580231d13017248",
        expand=False,
    )

    extends("python")
    depends_on("py-pip", type="build")

    def install(self, spec, prefix):
        wheel = find(self.stage.path, "*.whl")[0]
        python = Executable(spec["python"].command.path)
        python("-m", "pip", *PythonPipBuilder.std_args(self), f"--prefix={prefix}", wheel)
