from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class Lz4(MakefilePackage):
    """Very fast lossless compression: a library and a program."""

    homepage = "https://lz4.org"
    url = "https://github.com/lz4/lz4/archive/v1.10.0.tar.gz"
    git = "https://github.com/lz4/lz4.git"

    license("BSD-2-Clause AND GPL-2.0-only")

    version("1.10.0", sha256="537512904744b35e232912055ccf8ec66d768639ff3abe5788d90d792ec5f48b")
    version("1.9.4", sha256="0b0e3aa07c8c063ddf40b082bdf7e37a1562bda40a0ff5272957f3e987e0e54b")

    variant(
        "libs",
        default="shared,static",
        values=("shared", "static"),
        multi=True,
        description="kinds of libraries to build",
    )

    depends_on("c", type="build")

    def _options(self):
        chosen = self.spec.variants["libs"]
        return [
            f"PREFIX={self.prefix}",
            f"BUILD_SHARED={'yes' if 'shared' in chosen else 'no'}",
            f"BUILD_STATIC={'yes' if 'static' in chosen else 'no'}",
        ]

    @property
    def build_targets(self):
        return ["lib", "lz4", *self._options()]

    @property
    def install_targets(self):
        return ["install", *self._options()]

    def check(self):
        """Pack and unpack a file; the test suite of the project takes hours."""
        with working_dir(self.stage.source_path):
            program = Executable("./lz4")
            program("-f", "README.md", "packed.lz4")
            program("-f", "-d", "packed.lz4", "unpacked")
            with open("README.md", "rb") as before, open("unpacked", "rb") as after:
                if before.read() != after.read():
                    raise InstallError("lz4 does not give back what it packed")
