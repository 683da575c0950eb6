import re

from spack_repo.builtin.build_systems.generic import Package
from spack_repo.builtin.build_systems.gnu import GNUMirrorPackage

from spack.package import *


class Gmake(Package, GNUMirrorPackage):
    """GNU Make."""

    homepage = "https://www.gnu.org/software/make/"
    gnu_mirror_path = "make/make-4.4.1.tar.gz"

    tags = ["build-tools"]
    executables = [r"^g?make$"]

    license("GPL-3.0-only")

    version("4.4.1", sha256="dd16fb1d67bfab79a72f5e8390735c49e3e8e70b4945a15ab1f81ddb78658fb3")

    depends_on("c", type="build")

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str)
        match = re.search(r"GNU Make (\S+)", output)
        return match.group(1) if match else None

    def install(self, spec, prefix):
        # There may be no make yet: the sources bring a script for that case.
        Executable("./configure")(f"--prefix={prefix}", "--disable-nls", "--without-guile")
        Executable("./build.sh")()
        mkdirp(prefix.bin)
        install("make", prefix.bin)
        symlink("make", prefix.bin.gmake)

    def setup_dependent_package(self, module, dependent_spec):
        program = self.prefix.bin.make
        if self.spec.external and is_exe(self.prefix.bin.gmake):
            program = self.prefix.bin.gmake
        jobs = determine_number_of_jobs(parallel=dependent_spec.package.parallel)
        module.make = MakeExecutable(program, jobs=jobs)
        module.gmake = module.make
