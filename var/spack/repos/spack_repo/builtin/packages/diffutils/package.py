import re

from spack_repo.builtin.build_systems.autotools import AutotoolsPackage
from spack_repo.builtin.build_systems.gnu import GNUMirrorPackage

from spack.package import *


class Diffutils(AutotoolsPackage, GNUMirrorPackage):
    """Programs that show the differences between files."""

    homepage = "https://www.gnu.org/software/diffutils/"
    gnu_mirror_path = "diffutils/diffutils-3.10.tar.xz"

    license("GPL-3.0-or-later")

    version("3.12", sha256="7c8b7f9fc8609141fdea9cece85249d308624391ff61dedaf528fcb337727dfd")
    version("3.10", sha256="90e5e93cc724e4ebe12ede80df1634063c7a855692685919bfe60b556c9bd09e")

    depends_on("c", type="build")

    executables = [r"^diff$"]

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str)
        match = re.search(r"diff \(GNU diffutils\) (\S+)", output)
        return match.group(1) if match else None

    def configure_args(self):
        return ["--disable-nls"]
