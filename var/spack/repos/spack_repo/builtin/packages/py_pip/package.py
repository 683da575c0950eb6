from spack_repo.builtin.build_systems.generic import Package
from spack_repo.builtin.build_systems.python import PythonExtension, PythonPipBuilder

from spack.package import *


class PyPip(Package, PythonExtension):
    """The installer of Python packages."""

    homepage = "https://pip.pypa.io"
    url = "https://files.pythonhosted.org/packages/py3/p/pip/pip-25.1.1-py3-none-any.whl"

    license("MIT")

    version(
        "25.1.1",
        sha256="2913a38a2abf4ea6b64ab507bd9e967f3b53dc1ede74b01b0931e1ce548751af",
        expand=False,
    )

    extends("python")

    def install(self, spec, prefix):
        wheel = find(self.stage.path, "*.whl")[0]
        python = Executable(spec["python"].command.path)
        # A wheel can be run without being installed.
        python(f"{wheel}/pip", *PythonPipBuilder.std_args(self), f"--prefix={prefix}", wheel)
