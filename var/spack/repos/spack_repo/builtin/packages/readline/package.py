from spack_repo.builtin.build_systems.autotools import AutotoolsPackage
from spack_repo.builtin.build_systems.gnu import GNUMirrorPackage

from spack.package import *


class Readline(AutotoolsPackage, GNUMirrorPackage):
    """Editing of command lines, with history and completion."""

    homepage = "https://tiswww.case.edu/php/chet/readline/rltop.html"
    gnu_mirror_path = "readline/readline-8.2.tar.gz"

    license("GPL-3.0-or-later")

    version("8.3", sha256="fe5383204467828cd495ee8d1d3c037a7eba1389c22bc6a041f627976f9061cc")
    version(
        "8.2",
        sha256="3feb7171f16a84ee82ca18a36d7b9be109a52c04f492a053331d7d1095007c35",
        preferred=True,
    )

    depends_on("c", type="build")
    depends_on("ncurses")

    def configure_args(self):
        return ["--with-curses", "--disable-install-examples"]

    @property
    def build_targets(self):
        # By default the shared library does not say that it needs the terminal functions.
        return [f"SHLIB_LIBS={self.spec['ncurses'].libs.ld_flags}"]
