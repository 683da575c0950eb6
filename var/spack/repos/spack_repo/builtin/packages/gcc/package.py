import os
import re

from spack_repo.builtin.build_systems.compiler import CompilerPackage
from spack_repo.builtin.build_systems.external import ExternalPackage

from spack.package import *

GCC_VERSIONS = (
    "16.1.0 15.3.0 15.2.0 15.1.0 14.3.0 14.2.0 14.1.0 13.4.0 13.3.0 13.2.0 13.1.0 "
    "12.5.0 12.4.0 12.3.0 12.2.0 12.1.0 11.5.0 11.4.0 11.3.0 11.2.0 11.1.0 "
    "10.5.0 10.4.0 10.3.0 10.2.0 10.1.0 9.5.0 9.4.0 9.3.0 9.2.0 9.1.0 "
    "8.5.0 8.4.0 8.3.0 8.2.0 8.1.0 7.5.0 7.4.0 7.3.0 7.2.0 7.1.0 6.5.0 5.5.0 4.9.4 4.8.5"
).split()


class Gcc(ExternalPackage, CompilerPackage):
    """The compilers of the GNU project for C, C++ and Fortran, as found on the machine."""

    homepage = "https://gcc.gnu.org"

    tags = ["compiler"]

    license("GPL-2.0-or-later AND LGPL-2.1-or-later")

    for number in GCC_VERSIONS:
        version(number)

    variant(
        "languages",
        default="c,c++,fortran",
        values=("c", "c++", "fortran"),
        multi=True,
        description="languages that can be compiled",
    )

    provides("c", "cxx", when="languages=c,c++")
    provides("c", when="languages=c")
    provides("cxx", when="languages=c++")
    provides("fortran", when="languages=fortran")

    c_names = ["gcc"]
    cxx_names = ["g++"]
    fortran_names = ["gfortran"]
    compiler_suffixes = [r"-\d+(?:\.\d+)*", r"-mp-\d+(?:\.\d+)*"]
    compiler_version_argument = ("-dumpfullversion", "-dumpversion")
    compiler_version_regex = r"^(\d+(?:\.\d+)*)$"
    compiler_wrapper_link_paths = {
        "c": os.path.join("gcc", "gcc"),
        "cxx": os.path.join("gcc", "g++"),
        "fortran": os.path.join("gcc", "gfortran"),
    }

    debug_flags = ["-g", "-gstabs+", "-gstabs", "-gxcoff+", "-gxcoff", "-gvms"]
    opt_flags = ["-O", "-O0", "-O1", "-O2", "-O3", "-Os", "-Ofast", "-Og"]
    implicit_rpath_libs = ["libgcc", "libgfortran"]
    stdcxx_libs = ("-lstdc++",)

    @classmethod
    def filter_detected_exes(cls, prefix, exes_in_prefix):
        """Leave out what calls itself gcc and is another compiler."""
        found = []
        for exe in exes_in_prefix:
            try:
                output = Executable(exe)("--version", output=str, error=str, timeout=10)
            except ProcessError:
                continue
            if not re.search(r"clang|Intel", output):
                found.append(exe)
        return found

    @classmethod
    def determine_variants(cls, exes, version_str):
        compilers = cls.determine_compiler_paths(exes)
        names = {"c": "c", "cxx": "c++", "fortran": "fortran"}
        languages = ",".join(names[language] for language in names if language in compilers)
        return f"languages:={languages}", {"compilers": compilers}

    @classmethod
    def validate_detected_spec(cls, spec, extra_attributes):
        if not extra_attributes.get("compilers"):
            raise InstallError(f"{spec} has no compiler")

    @classmethod
    def runtime_constraints(cls, *, spec, pkg):
        """What a package compiled with this compiler needs at run time.

        Args:
            spec: the compiler.
            pkg: called with the name of a package, or "*", it gives an object that takes rules.
        """
        exact = f"gcc@={spec.version}"
        every = pkg("*")
        for language in ("c", "cxx", "fortran"):
            every.depends_on(
                f"gcc-runtime@{spec.version}:",
                when=f"%[virtuals={language}] {exact}",
                type="link",
                description=f"a package compiled with {exact} needs its runtime libraries",
            )
        major = int(str(spec.version).split(".")[0])
        interface = 3 if major <= 6 else 4 if major == 7 else 5
        for virtual in ("fortran-rt", f"libgfortran@{interface}"):
            every.depends_on(
                virtual,
                when=f"%[virtuals=fortran] {exact}",
                type="link",
                description=f"Fortran code compiled with {exact} needs its runtime library",
            )
        pkg("gcc-runtime").requires(f"@={spec.version}", when=f"%{exact}")
        every.propagate(f"gcc@:{spec.version}", when=f"%{exact}")

    def _standard_flag(self, *, language, standard):
        names = {
            "c": {"99": "-std=c99", "11": "-std=c11", "17": "-std=c17", "23": "-std=c2x"},
            "cxx": {
                "98": "",
                "11": "-std=c++11",
                "14": "-std=c++14",
                "17": "-std=c++17",
                "20": "-std=c++20" if self.spec.satisfies("@10:") else "-std=c++2a",
                "23": "-std=c++23" if self.spec.satisfies("@11:") else "-std=c++2b",
            },
        }
        return names.get(language, {}).get(standard)
