import re

from spack_repo.builtin.build_systems.autotools import AutotoolsPackage
from spack_repo.builtin.build_systems.gnu import GNUMirrorPackage

from spack.package import *


class M4(AutotoolsPackage, GNUMirrorPackage):
    """The GNU macro processor."""

    homepage = "https://www.gnu.org/software/m4/"
    gnu_mirror_path = "m4/m4-1.4.19.tar.gz"

    license("GPL-3.0-or-later")

    version("1.4.19", sha256="3be4a26d825ffdfda52a56fc43246456989a3630093cced3fbddf4771ee58a70")

    variant("sigsegv", default=True, description="tell a full stack from other faults")

    depends_on("c", type="build")
    depends_on("libsigsegv", when="+sigsegv")

    executables = [r"^g?m4$"]

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str)
        match = re.search(r"GNU M4\)?\s+(\S+)", output)
        return match.group(1) if match else None

    def configure_args(self):
        arguments = ["--disable-nls", "--enable-c++=no"]
        if self.spec.satisfies("+sigsegv"):
            prefix = self.spec["libsigsegv"].prefix
            arguments += ["--with-libsigsegv", f"--with-libsigsegv-prefix={prefix}"]
            # The makefiles of this version forget the library that configure has found.
            arguments.append("LIBS=-lsigsegv")
        else:
            arguments.append("--without-libsigsegv")
        return arguments

    @property
    def build_targets(self):
        # configure 1.4.19 compiles against libsigsegv when asked to, but forgets to link it.
        if self.spec.satisfies("+sigsegv"):
            return [f"LIBCSTACK={self.spec['libsigsegv'].libs.ld_flags}"]
        return []

    def setup_dependent_build_environment(self, env, dependent_spec):
        env.set("M4", self.prefix.bin.m4)

    def test_macro(self):
        """expand a macro"""
        with open("input.m4", "w", encoding="utf-8") as file:
            file.write("define(`greet', `hello $1')greet(`world')\n")
        output = Executable(self.prefix.bin.m4)("input.m4", output=str)
        check_outputs("hello world", output)

    def test_file(self):
        """read a file that came with the recipe"""
        greet = self.test_suite.current_test_data_dir.join("greet.m4")
        output = Executable(self.prefix.bin.m4)(greet, output=str)
        check_outputs("hello file", output)
