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

    for number in (
        "4.1.1 4.0.3 3.31.8 3.30.8 3.29.6 3.28.6 3.27.9 3.26.6 3.25.3 3.25.1 3.24.4 3.23.5 3.22.6 "
        "3.21.7 3.20.6 3.18.4 3.16.3 3.13.4"
    ).split():
        version(number)

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
