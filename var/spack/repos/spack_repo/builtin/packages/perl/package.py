import re

from spack_repo.builtin.build_systems.external import ExternalPackage

from spack.package import *


class Perl(ExternalPackage):
    """The Perl interpreter, as found on the machine."""

    homepage = "https://www.perl.org"

    tags = ["build-tools"]
    extendable = True
    executables = [r"^perl$"]

    license("Artistic-1.0-Perl OR GPL-1.0-or-later")

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str)
        match = re.search(r"\(v(\d+\.\d+\.\d+)\)", output)
        return match.group(1) if match else None

    @property
    def command(self):
        return Executable(self.prefix.bin.perl)

    def setup_dependent_package(self, module, dependent_spec):
        module.perl = self.command
        if dependent_spec.package.is_extension:
            module.perl_lib_dir = dependent_spec.prefix.lib.perl5

    def setup_dependent_build_environment(self, env, dependent_spec):
        for dependency in dependent_spec.traverse(deptype=("build", "run", "test")):
            if dependency.package.extends(self.spec):
                env.prepend_path("PERL5LIB", dependency.prefix.lib.perl5)

    def setup_dependent_run_environment(self, env, dependent_spec):
        if dependent_spec.package.extends(self.spec):
            env.prepend_path("PERL5LIB", dependent_spec.prefix.lib.perl5)
