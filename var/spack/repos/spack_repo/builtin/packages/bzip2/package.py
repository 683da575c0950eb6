import os
import re
import shutil

from spack_repo.builtin.build_systems.makefile import MakefilePackage
from spack_repo.builtin.build_systems.sourceware import SourcewarePackage

from spack.package import *


class Bzip2(MakefilePackage, SourcewarePackage):
    """Lossless compression with the Burrows-Wheeler transform: a library and programs."""

    homepage = "https://sourceware.org/bzip2/"
    sourceware_mirror_path = "bzip2/bzip2-1.0.8.tar.gz"

    license("bzip2-1.0.6")

    version("1.0.8", sha256="ab5a03176ee106d3f0fa90e381da478ddae405918153cca248e682cd0c4a2269")

    variant("shared", default=True, description="build the shared library too")
    variant("pic", default=False, description="make the static library usable in shared ones")

    depends_on("c", type="build")

    executables = [r"^bzip2$"]

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--help", output=str, error=str)
        match = re.search(r"Version (\d+\.\d+\.\d+)", output)
        return match.group(1) if match else None

    @property
    def libs(self):
        return find_libraries(
            "libbz2", root=self.prefix, shared=self.spec.satisfies("+shared"), recursive=True
        )

    def edit(self, spec, prefix):
        # The links in bin would be absolute ones into the prefix.
        filter_file(r"ln -s -f \$\(PREFIX\)/bin/", "ln -s -f ", "Makefile")
        # The makefiles name the compiler, which hides the variable of the environment.
        for makefile in ("Makefile", "Makefile-libbz2_so"):
            filter_file(r"^CC=gcc$", f"CC={spack_cc}", makefile)
        if spec.satisfies("+pic"):
            filter_file(r"^CFLAGS=", "CFLAGS=-fPIC ", "Makefile")

    def build(self, spec, prefix):
        make("bzip2", "bzip2recover", "libbz2.a")

    def install(self, spec, prefix):
        make("install", f"PREFIX={prefix}")
        install_tree(prefix.man, prefix.share.man)
        shutil.rmtree(prefix.man)
        if spec.satisfies("+shared"):
            # The objects of the shared library have the names of those of the static one.
            make("clean")
            make("-f", "Makefile-libbz2_so")
            library = f"libbz2.so.{spec.version}"
            install(library, prefix.lib)
            install("bzip2-shared", prefix.bin.bzip2)
            with working_dir(prefix.lib):
                for link in ("libbz2.so.1.0", "libbz2.so.1", "libbz2.so"):
                    symlink(library, link)

    def test_round_trip(self):
        """compress and uncompress a file"""
        with open("text", "w", encoding="utf-8") as file:
            file.write("some text\n" * 100)
        Executable(self.prefix.bin.bzip2)("-k", "text")
        output = Executable(self.prefix.bin.bzip2)("-dc", "text.bz2", output=str)
        check_outputs("some text", output)
