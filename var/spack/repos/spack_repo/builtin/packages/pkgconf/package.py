import os

from spack_repo.builtin.build_systems.autotools import AutotoolsPackage

from spack.package import *


class Pkgconf(AutotoolsPackage):
    """Gives compiler and linker flags of installed libraries."""

    homepage = "http://pkgconf.org"
    url = "https://distfiles.ariadne.space/pkgconf/pkgconf-2.3.0.tar.xz"

    tags = ["build-tools"]
    executables = [r"^pkgconf$", r"^pkg-config$"]

    license("ISC")

    version("2.3.0", sha256="3a9080ac51d03615e7c1910a0a2a8df08424892b5f13b0628a204d3fcce0ea8b")
    version("1.9.5", sha256="1ac1656debb27497563036f7bffc281490f83f9b8457c0d60bcfb638fb6b6171")
    version("1.8.0", sha256="ef9c7e61822b7cb8356e6e9e1dca58d9556f3200d78acab35e4347e9d4c2bbaf")

    provides("pkgconfig")

    depends_on("c", type="build")

    @classmethod
    def determine_version(cls, exe):
        return Executable(exe)("--version", output=str, error=str).strip()

    def setup_dependent_build_environment(self, env, dependent_spec):
        env.append_path("ACLOCAL_PATH", self.prefix.share.aclocal)

    @run_after("install")
    def link_older_name(self):
        with working_dir(self.prefix.bin):
            if not os.path.exists("pkg-config"):
                symlink("pkgconf", "pkg-config")
