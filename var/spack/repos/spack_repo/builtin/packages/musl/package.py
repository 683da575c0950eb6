from spack_repo.builtin.build_systems.external import ExternalPackage

from spack.package import *


class Musl(ExternalPackage):
    """A small C library, which the compiler on the machine links with."""

    homepage = "https://musl.libc.org"

    tags = ["runtime"]

    license("MIT")

    for number in ("1.2.5", "1.2.4", "1.2.3", "1.2.2", "1.1.24"):
        version(number)

    provides("libc")
    provides("iconv")

    @property
    def libs(self):
        return LibraryList([])

    @property
    def headers(self):
        return HeaderList([])
