from spack_repo.builtin.build_systems.autotools import AutotoolsPackage
from spack_repo.builtin.build_systems.gnu import GNUMirrorPackage

from spack.package import *


class Gdbm(AutotoolsPackage, GNUMirrorPackage):
    """A key-value database in one file."""

    homepage = "https://www.gnu.org.ua/software/gdbm/"
    gnu_mirror_path = "gdbm/gdbm-1.24.tar.gz"

    license("GPL-3.0-or-later")

    version("1.26", sha256="6a24504a14de4a744103dcb936be976df6fbe88ccff26065e54c1c47946f4a5e")
    version("1.24", sha256="695e9827fdf763513f133910bc7e6cfdb9187943a4fec943e57449723d2b8dbf")
    version("1.23", sha256="74b1081d21fff13ae4bd7c16e5d6e504a4c26f7cde1dca0d963a484174bbcacd")

    variant("readline", default=True, description="editing of command lines in gdbmtool")

    depends_on("c", type="build")
    depends_on("readline", when="+readline")

    def configure_args(self):
        return [
            "--enable-libgdbm-compat",
            "--disable-nls",
            *self.with_or_without("readline"),
        ]

    def test_store_and_fetch(self):
        """store a value and read it back"""
        tool = Executable(self.prefix.bin.gdbmtool)
        tool("--newdb", "test.db", "store", "colour", "green")
        check_outputs("green", tool("test.db", "fetch", "colour", output=str))
