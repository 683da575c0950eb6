import re

from spack_repo.builtin.build_systems.autotools import AutotoolsPackage
from spack_repo.builtin.build_systems.sourceforge import SourceforgePackage

from spack.package import *


class Xz(AutotoolsPackage, SourceforgePackage):
    """Compression with LZMA2: the library liblzma and programs."""

    homepage = "https://tukaani.org/xz/"
    sourceforge_mirror_path = "lzmautils/files/xz-5.4.1.tar.bz2"

    license("GPL-2.0-or-later AND Public-Domain AND LGPL-2.1-or-later")

    version("5.8.3", sha256="33bf69c0d6c698e83a68f77e6c1f465778e418ca0b3d59860d3ab446f4ac99a6")
    version("5.4.1", sha256="dd172acb53867a68012f94c17389401b2f274a1aa5ae8f84cbfb8b7e383ea8d3")

    variant("pic", default=False, description="make the static library usable in shared ones")
    variant(
        "libs",
        default="shared,static",
        values=("shared", "static"),
        multi=True,
        description="kinds of libraries to build",
    )

    depends_on("c", type="build")

    executables = [r"^xz$"]

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str)
        match = re.search(r"liblzma (\d+\.\d+\.\d+)", output)
        return match.group(1) if match else None

    @property
    def libs(self):
        return find_libraries(
            "liblzma", root=self.prefix, shared="libs=shared" in self.spec, recursive=True
        )

    def configure_args(self):
        return [
            "--disable-doc",
            "--disable-nls",
            *self.enable_or_disable("libs"),
            *(["--with-pic"] if self.spec.satisfies("+pic") else []),
        ]

    def test_version(self):
        """the program prints its version"""
        output = Executable(self.prefix.bin.xz)("--version", output=str)
        check_outputs(str(self.spec.version), output)
