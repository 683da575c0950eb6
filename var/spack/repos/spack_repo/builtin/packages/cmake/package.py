import os
import re

from spack_repo.builtin.build_systems.external import ExternalPackage

from spack.package import *


class Cmake(ExternalPackage):
    """The build system generator, as found on the machine."""

    homepage = "https://cmake.org"

    tags = ["build-tools"]
    executables = [r"^cmake3?$"]

    license("BSD-3-Clause")

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str)
        match = re.search(r"cmake3? version (\d+(?:\.\d+)*)", output)
        return match.group(1) if match else None

    def setup_dependent_package(self, module, dependent_spec):
        programs = self.prefix.bin
        three = not os.path.exists(programs.cmake) and os.path.exists(programs.cmake3)
        module.cmake = Executable(programs.cmake3 if three else programs.cmake)
        module.ctest = Executable(programs.ctest3 if three else programs.ctest)
