"""Packages that are compilers: how they are found on a machine, and how they are called."""

import os
import re
from typing import Any, Dict, List, Optional, Sequence, Tuple

from spack.package import Executable, PackageBase, ProcessError, classproperty


class CompilerPackage(PackageBase):
    """Mixin that describes a compiler by tables of names and flags."""

    #: Languages the compiler can serve, a subset of c, cxx and fortran.
    compiler_languages: Sequence[str] = ("c", "cxx", "fortran")

    c_names: Sequence[str] = ()
    cxx_names: Sequence[str] = ()
    fortran_names: Sequence[str] = ()
    #: Regular expressions that may stand before and after a name in a file name.
    compiler_prefixes: Sequence[str] = ()
    compiler_suffixes: Sequence[str] = (r"-.*",)

    #: Arguments that make the program print its version, one call for each.
    compiler_version_argument: Any = ("--version",)
    #: The groups, joined with dots, are the version.
    compiler_version_regex: str = r"(\d+(?:\.\d+)+)"

    #: Language to path of the wrapper's link, below the directory of the wrapper.
    compiler_wrapper_link_paths: Dict[str, str] = {}

    rpath_arg = "-Wl,-rpath,"
    linker_arg = "-Wl,"
    pic_flag = "-fPIC"
    openmp_flag = "-fopenmp"
    verbose_flags = "-v"
    debug_flags: List[str] = ["-g"]
    opt_flags: List[str] = ["-O", "-O0", "-O1", "-O2", "-O3"]
    implicit_rpath_libs: List[str] = []
    stdcxx_libs: Tuple[str, ...] = ()

    @classproperty
    def compiler_names(cls) -> List[str]:
        """Names of the programs, over all languages."""
        return [name for language in cls.compiler_languages for name in cls._names_for(language)]

    @classmethod
    def _names_for(cls, language: str) -> Sequence[str]:
        names: Sequence[str] = getattr(cls, f"{language}_names")
        return names

    @classproperty
    def executables(cls) -> List[str]:
        """Regular expressions of the file names under which the programs are found."""
        prefixes = ["", *cls.compiler_prefixes]
        suffixes = ["", *cls.compiler_suffixes]
        return [
            f"^({prefix}){re.escape(name)}({suffix})$"
            for prefix in prefixes
            for name in cls.compiler_names
            for suffix in suffixes
        ]

    @classmethod
    def determine_version(cls, exe: str) -> Optional[str]:
        """The version that a program prints, or None."""
        arguments = cls.compiler_version_argument
        for argument in (arguments,) if isinstance(arguments, str) else arguments:
            try:
                output = Executable(exe)(argument, output=str, error=str, timeout=10)
            except ProcessError:
                continue
            match = re.search(cls.compiler_version_regex, output)
            if match:
                return ".".join(group for group in match.groups() if group)
        return None

    @classmethod
    def determine_compiler_paths(cls, exes: Sequence[str]) -> Dict[str, str]:
        """Language to program, the shortest file name first."""
        paths: Dict[str, str] = {}
        for exe in sorted(exes, key=lambda path: (len(os.path.basename(path)), path)):
            base = os.path.basename(exe)
            for language in cls.compiler_languages:
                if language not in paths and cls._is_program_for(language, base):
                    paths[language] = exe
        return paths

    @classmethod
    def _is_program_for(cls, language: str, base: str) -> bool:
        prefixes = "|".join(["", *cls.compiler_prefixes])
        suffixes = "|".join(["", *cls.compiler_suffixes])
        names = "|".join(map(re.escape, cls._names_for(language)))
        return bool(names) and re.match(f"^({prefixes})({names})({suffixes})$", base) is not None

    @classmethod
    def determine_variants(cls, exes: Sequence[str], version_str: str) -> Tuple[str, Dict]:
        """No variants; the programs of each language as extra attributes."""
        return "", {"compilers": cls.determine_compiler_paths(exes)}

    @property
    def supported_languages(self) -> List[str]:
        """The languages of this installation."""
        return [
            language
            for language in self.compiler_languages
            if getattr(self, {"c": "cc"}.get(language, language)) is not None
        ]

    @property
    def cc(self) -> Optional[str]:
        """The C compiler."""
        return self._program("c", self._cc_path)

    @property
    def cxx(self) -> Optional[str]:
        """The C++ compiler."""
        return self._program("cxx", self._cxx_path)

    @property
    def fortran(self) -> Optional[str]:
        """The Fortran compiler."""
        return self._program("fortran", self._fortran_path)

    def _program(self, language: str, of_own_prefix) -> Optional[str]:
        if self.spec.external:
            return (self.spec.extra_attributes or {}).get("compilers", {}).get(language)
        return of_own_prefix()

    def _cc_path(self) -> Optional[str]:
        return self._in_prefix(self.c_names)

    def _cxx_path(self) -> Optional[str]:
        return self._in_prefix(self.cxx_names)

    def _fortran_path(self) -> Optional[str]:
        return self._in_prefix(self.fortran_names)

    def _in_prefix(self, names: Sequence[str]) -> Optional[str]:
        for name in names:
            path = os.path.join(str(self.prefix), "bin", name)
            if os.path.isfile(path):
                return path
        return None

    def standard_flag(self, *, language: str, standard: str) -> str:
        """The flag that selects a language standard.

        Raises ValueError if the compiler has none for it.
        """
        flag = self._standard_flag(language=language, standard=standard)
        if flag is None:
            raise ValueError(f"{self.spec} has no flag for the {language} standard {standard}")
        return flag

    def _standard_flag(self, *, language: str, standard: str) -> Optional[str]:
        return None

    @classmethod
    def runtime_constraints(cls, *, spec, pkg) -> None:
        """Rules for the packages that are compiled with ``spec``, recorded on ``pkg``."""

    @property
    def archspec_name(self) -> str:
        """Name of the compiler in the micro-architecture database."""
        return self.name
