from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class NlohmannJson(CMakePackage):
    """JSON for modern C++, as headers."""

    homepage = "https://json.nlohmann.me"
    url = "https://github.com/nlohmann/json/archive/v3.11.3.tar.gz"

    license("MIT")

    version("3.11.3", sha256="0d8ef5af7f9794e3263480193c491549b2ba6cc74bb018906202ada498a79406")
    version("3.11.2", sha256="d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273")

    depends_on("cxx", type="build")

    def cmake_args(self):
        return [self.define("JSON_BuildTests", False)]
