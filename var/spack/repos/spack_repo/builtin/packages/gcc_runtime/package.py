import os
import re

from spack_repo.builtin.build_systems.generic import Package
from spack_repo.builtin.packages.gcc.package import GCC_VERSIONS

from spack.package import *


class GccRuntime(Package):
    """The shared libraries that programs compiled with GCC need, copied from the compiler."""

    homepage = "https://gcc.gnu.org"
    has_code = False

    tags = ["runtime"]

    license("GPL-3.0-or-later WITH GCC-exception-3.1")

    for number in GCC_VERSIONS:
        version(number)

    provides("fortran-rt", "libgfortran")
    provides("libgfortran@3", when="@:6")
    provides("libgfortran@4", when="@7")
    provides("libgfortran@5", when="@8:")

    depends_on("gcc", type="build")

    LIBRARIES = (
        "asan atomic gcc_s gfortran gomp hwasan itm lsan quadmath ssp stdc++ tsan ubsan"
    ).split()

    def install(self, spec, prefix):
        compiler = Executable(self["gcc"].cc)
        mkdirp(prefix.lib)
        for name in self.LIBRARIES:
            path = self._ask(compiler, f"lib{name}.so")
            if path is None:
                continue
            soname = self._soname(path)
            original = self._ask(compiler, soname) if soname else None
            if original is not None:
                install(original, prefix.lib.join(soname))
        if not os.listdir(prefix.lib):
            tty.warn(f"{compiler.path} has no shared runtime libraries of its own")

    @staticmethod
    def _ask(compiler, library):
        """The absolute path of a library of the compiler, None if it has none of that name."""
        path = compiler(f"-print-file-name={library}", output=str).strip()
        return path if os.path.isabs(path) else None

    @staticmethod
    def _soname(path):
        """The name under which programs ask for a library, which may be a linker script."""
        with open(path, "rb") as file:
            content = file.read(4096)
        if content.startswith(b"\x7fELF"):
            output = Executable("readelf")("-d", path, output=str, error=str)
            match = re.search(r"\(SONAME\).*\[(.*)\]", output)
        else:
            match = re.search(r"(lib\S+\.so\.\d+)", content.decode("utf-8", "replace"))
        return os.path.basename(match.group(1)) if match else None

    @property
    def libs(self):
        return LibraryList([])

    @property
    def headers(self):
        return HeaderList([])
