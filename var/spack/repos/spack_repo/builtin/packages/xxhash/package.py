from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class Xxhash(MakefilePackage):
    """Very fast hashes that are not for cryptography: a library and a program."""

    homepage = "https://xxhash.com"
    url = "https://github.com/Cyan4973/xxHash/archive/v0.8.3.tar.gz"

    license("BSD-2-Clause")

    version("0.8.3", sha256="aae608dfe8213dfd05d909a57718ef82f30722c392344583d3f39050c7f29a80")
    version("0.8.1", sha256="3bb6b7d6f30c591dd65aaaff1c8b7a5b94d81687998ca9400082c739a690436c")

    depends_on("c", type="build")

    @property
    def install_targets(self):
        return ["install", f"PREFIX={self.prefix}"]
