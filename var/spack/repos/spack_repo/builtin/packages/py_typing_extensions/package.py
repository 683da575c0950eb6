from spack_repo.builtin.build_systems.python import PythonPackage

from spack.package import *


class PyTypingExtensions(PythonPackage):
    """Type annotations of newer Pythons for older ones."""

    homepage = "https://github.com/python/typing_extensions"
    pypi = "typing_extensions/typing_extensions-4.15.0.tar.gz"

    license("0BSD AND PSF-2.0")

    version("4.15.0", sha256="0cea48d173cc12fa28ecabc3b837ea3cf6f38c6d1136f85cbaaf598984861466")

    depends_on("py-flit-core@3.11:", type="build")
