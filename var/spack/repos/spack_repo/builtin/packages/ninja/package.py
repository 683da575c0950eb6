from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class Ninja(Package):
    """A small build program that reads files made by other tools."""

    homepage = "https://ninja-build.org"
    url = "https://github.com/ninja-build/ninja/archive/v1.13.2.tar.gz"
    git = "https://github.com/ninja-build/ninja.git"

    tags = ["build-tools"]
    executables = [r"^ninja$", r"^ninja-build$"]

    license("Apache-2.0")

    version("1.13.2", sha256="974d6b2f4eeefa25625d34da3cb36bdcebe7fbce40f4c16ac0835fd1c0cbae17")
    version("1.12.1", sha256="821bdff48a3f683bc4bb3b6f0b5fe7b2d647cf65d52aeb63328c91a6c6df285a")
    version("1.11.1", sha256="31747ae633213f1eda3842686f83c2aa1412e0f5691d1c14dbbcc67fe7400cea")

    depends_on("cxx", type="build")
    depends_on("python", type="build")

    @classmethod
    def determine_version(cls, exe):
        return Executable(exe)("--version", output=str, error=str).strip()

    def install(self, spec, prefix):
        Executable(spec["python"].command.path)("configure.py", "--bootstrap")
        mkdirp(prefix.bin)
        install("ninja", prefix.bin)
        symlink("ninja", prefix.bin.join("ninja-build"))

    def setup_dependent_package(self, module, dependent_spec):
        program = "ninja"
        if self.spec.external and not is_exe(self.prefix.bin.ninja):
            program = "ninja-build"
        jobs = determine_number_of_jobs(parallel=dependent_spec.package.parallel)
        # Since then it finds a job server.
        shares = self.spec.satisfies("@1.13:")
        path = self.prefix.bin.join(program)
        module.ninja = MakeExecutable(path, jobs=jobs, supports_jobserver=shares)
