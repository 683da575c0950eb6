import os

from spack_repo.builtin.build_systems.compiler import CompilerPackage
from spack_repo.builtin.build_systems.external import ExternalPackage

from spack.package import *

LLVM_VERSIONS = (
    "22.1.5 21.1.8 20.1.8 19.1.7 18.1.8 17.0.6 16.0.6 15.0.7 14.0.6 13.0.1 12.0.1 11.1.0 10.0.1 "
    "9.0.1 8.0.1 7.1.0 6.0.1 5.0.2"
).split()


class Llvm(ExternalPackage, CompilerPackage):
    """Clang and Flang, the compilers of the LLVM project, as found on the machine."""

    homepage = "https://llvm.org"

    tags = ["compiler"]

    license("Apache-2.0")

    for number in LLVM_VERSIONS:
        version(number)

    variant("clang", default=True, description="compilers for C and C++")
    variant("flang", default=False, description="compiler for Fortran", when="+clang")

    provides("c", "cxx", when="+clang")
    provides("fortran", when="+flang")

    compiler_languages = ["c", "cxx", "fortran"]
    c_names = ["clang"]
    cxx_names = ["clang++"]
    fortran_names = ["flang", "flang-new"]
    compiler_suffixes = [r"-\d+(?:\.\d+)*"]
    compiler_version_argument = "--version"
    compiler_version_regex = r"(?:clang|flang(?:-new)?) version (\d+(?:\.\d+)*)"
    compiler_wrapper_link_paths = {
        "c": os.path.join("clang", "clang"),
        "cxx": os.path.join("clang", "clang++"),
        "fortran": os.path.join("clang", "flang"),
    }

    debug_flags = ["-g", "-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5"]
    opt_flags = ["-O", "-O0", "-O1", "-O2", "-O3", "-Os", "-Oz", "-Og", "-Ofast"]
    implicit_rpath_libs = ["libclang"]
    stdcxx_libs = ("-lstdc++",)

    @classmethod
    def determine_variants(cls, exes, version_str):
        compilers = cls.determine_compiler_paths(exes)
        if "c" not in compilers:
            return "~clang", {"compilers": compilers}
        flang = "+flang" if "fortran" in compilers else "~flang"
        return f"+clang{flang}", {"compilers": compilers}

    @classmethod
    def validate_detected_spec(cls, spec, extra_attributes):
        if "c" not in extra_attributes.get("compilers", {}):
            raise InstallError(f"{spec} has no C compiler")

    @property
    def archspec_name(self):
        return "clang"

    def _standard_flag(self, *, language, standard):
        names = {
            "c": {"99": "-std=c99", "11": "-std=c11", "17": "-std=c17", "23": "-std=c2x"},
            "cxx": {
                "98": "-std=c++98",
                "11": "-std=c++11",
                "14": "-std=c++14",
                "17": "-std=c++17",
                "20": "-std=c++20" if self.spec.satisfies("@11:") else "-std=c++2a",
                "23": "-std=c++23" if self.spec.satisfies("@17:") else "-std=c++2b",
            },
        }
        return names.get(language, {}).get(standard)
