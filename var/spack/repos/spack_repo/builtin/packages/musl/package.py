from spack_repo.builtin.build_systems.external import ExternalPackage

from spack.package import *


class Musl(ExternalPackage):
    """A small C library, which the compiler on the machine links with."""

    homepage = "https://musl.libc.org"

    tags = ["runtime"]

    license("MIT")

    provides("libc")
    provides("iconv")

    @property
    def libs(self):
        return LibraryList([])

    @property
    def headers(self):
        return HeaderList([])
