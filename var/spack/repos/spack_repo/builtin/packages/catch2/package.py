from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Catch2(CMakePackage):
    """A framework for tests in C++."""

    homepage = "https://github.com/catchorg/Catch2"
    url = "https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz"
    git = "https://github.com/catchorg/Catch2.git"

    license("BSL-1.0")

    version("3.7.1", sha256="c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c")

    variant("shared", default=False, description="build a shared library")

    depends_on("cxx", type="build")

    def cmake_args(self):
        return [
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define("CATCH_INSTALL_DOCS", False),
        ]
