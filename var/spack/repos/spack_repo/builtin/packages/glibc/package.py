from spack_repo.builtin.build_systems.external import ExternalPackage

from spack.package import *


class Glibc(ExternalPackage):
    """The C library of GNU, which the compiler on the machine links with."""

    homepage = "https://www.gnu.org/software/libc/"

    tags = ["runtime"]

    license("LGPL-2.1-or-later")

    provides("libc")
    provides("iconv")

    @property
    def libs(self):
        return LibraryList([])

    @property
    def headers(self):
        return HeaderList([])
