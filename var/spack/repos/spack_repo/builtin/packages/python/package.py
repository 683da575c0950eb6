import os
import re

from spack_repo.builtin.build_systems.external import ExternalPackage

from spack.package import *


class Python(ExternalPackage):
    """The Python interpreter, as found on the machine."""

    homepage = "https://www.python.org"

    extendable = True
    executables = [r"^python3?$", r"^python3\.\d+$"]

    license("PSF-2.0")

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str)
        match = re.search(r"Python (\d+\.\d+\.\d+)", output)
        return match.group(1) if match else None

    @classmethod
    def determine_variants(cls, exes, version_str):
        """The prefix is what the interpreter says: programs in PATH may be scripts or in a venv."""
        code = "import sys; print(sys.base_prefix)"
        prefix = Executable(exes[0])("-c", code, output=str, error=os.devnull).strip()
        return "", {"prefix": prefix}

    @property
    def command(self):
        """The interpreter, by the most specific name that exists."""
        for name in (f"python{self.version.up_to(2)}", "python3", "python"):
            path = self.prefix.bin.join(name)
            if os.path.exists(path):
                return Executable(path)
        raise RuntimeError(f"there is no python in {self.prefix.bin}")

    @property
    def site_directory(self):
        """Where pure modules go, relative to a prefix."""
        return os.path.join("lib", f"python{self.version.up_to(2)}", "site-packages")

    # Extensions ask for both kinds; they are the same directory here.
    purelib = site_directory
    platlib = site_directory

    @property
    def include(self):
        return os.path.join("include", f"python{self.version.up_to(2)}")

    @property
    def libs(self):
        return find_libraries(
            f"libpython{self.version.up_to(2)}*", root=self.prefix, recursive=True
        )

    @property
    def headers(self):
        directory = self.prefix.join(self.include)
        headers = find_all_headers(directory)
        headers.directories = [directory]
        return headers

    def setup_dependent_package(self, module, dependent_spec):
        module.python = self.command
        module.python_include = dependent_spec.prefix.join(self.include)
        module.python_platlib = dependent_spec.prefix.join(self.platlib)
        module.python_purelib = dependent_spec.prefix.join(self.purelib)

    def setup_dependent_run_environment(self, env, dependent_spec):
        if dependent_spec.package.extends(self.spec):
            env.prepend_path("PYTHONPATH", dependent_spec.prefix.join(self.purelib))
