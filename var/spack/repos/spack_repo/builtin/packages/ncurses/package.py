import os

from spack_repo.builtin.build_systems.autotools import AutotoolsPackage
from spack_repo.builtin.build_systems.gnu import GNUMirrorPackage

from spack.package import *


class Ncurses(AutotoolsPackage, GNUMirrorPackage):
    """Screen handling for terminals, with the database of their abilities."""

    homepage = "https://invisible-island.net/ncurses/"
    gnu_mirror_path = "ncurses/ncurses-6.4.tar.gz"

    license("X11")

    version("6.4", sha256="6931283d9ac87c5073f30b6290c4c75f21632bb4fc3603ac8100812bed248159")

    variant("termlib", default=False, description="put the terminal functions in libtinfow")

    depends_on("c", type="build")
    depends_on("cxx", type="build")

    @property
    def libs(self):
        names = ["libncursesw"]
        if self.spec.satisfies("+termlib"):
            names.append("libtinfow")
        return find_libraries(names, root=self.prefix, recursive=True)

    @property
    def headers(self):
        return find_all_headers(self.prefix.include)

    def setup_run_environment(self, env):
        env.set("TERMINFO_DIRS", f"{self.prefix.share.terminfo}:/etc/terminfo:/lib/terminfo")

    def configure_args(self):
        return [
            "--enable-widec",
            "--enable-overwrite",
            "--enable-pc-files",
            f"--with-pkg-config-libdir={self.prefix.lib.pkgconfig}",
            "--with-shared",
            "--with-cxx-shared",
            "--without-ada",
            "--without-debug",
            "--without-tests",
            "--disable-rpath-hack",
            *self.with_or_without("termlib"),
        ]

    @run_after("install")
    def link_names_without_w(self):
        """Programs that ask for ncurses get the wide-character library."""
        with working_dir(self.prefix.lib):
            for name in ("ncurses", "form", "menu", "panel"):
                for suffix in ("so", "a"):
                    if os.path.exists(f"lib{name}w.{suffix}"):
                        symlink(f"lib{name}w.{suffix}", f"lib{name}.{suffix}")
