from spack_repo.builtin.build_systems.autotools import AutotoolsPackage
from spack_repo.builtin.build_systems.gnu import GNUMirrorPackage

from spack.package import *


class Libsigsegv(AutotoolsPackage, GNUMirrorPackage):
    """Handling of page faults in user programs."""

    homepage = "https://www.gnu.org/software/libsigsegv/"
    gnu_mirror_path = "libsigsegv/libsigsegv-2.14.tar.gz"

    license("GPL-2.0-or-later")

    version("2.15", sha256="036855660225cb3817a190fc00e6764ce7836051bacb48d35e26444b8c1729d9")
    version("2.14", sha256="cdac3941803364cf81a908499beb79c200ead60b6b5b40cad124fd1e06caa295")

    depends_on("c", type="build")

    def configure_args(self):
        return ["--enable-shared"]
