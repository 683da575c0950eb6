from spack_repo.builtin.build_systems.python import PythonPackage

from spack.package import *


class PyFlitCore(PythonPackage):
    """A small build backend for Python packages."""

    homepage = "https://flit.pypa.io"
    pypi = "flit-core/flit_core-3.12.0.tar.gz"

    license("BSD-3-Clause")

    version("3.12.0", sha256="18f63100d6f94385c6ed57a72073443e1a71a4acb4339491615d0f16d6ff01b2")
