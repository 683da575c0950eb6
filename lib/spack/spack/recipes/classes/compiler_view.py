"""``self.compiler`` of recipes: one object for the compilers of all languages of a package.

The compilers are packages among the direct dependencies, found by the language virtuals on the
edges. Reading only.
"""

from __future__ import annotations

from spack.errors import SpackError
from spack.type_names import Any, Callable

#: In the order in which the main compiler is looked for.
LANGUAGES = ("c", "cxx", "fortran")


class NoCompilerError(SpackError, AttributeError):
    """The package uses no compiler, or none for a language."""


class CompilerError(SpackError):
    """A compiler cannot do what is asked for."""


def compiler_spec(spec: Any) -> Any | None:
    """The compiler of a node: that of C, else of C++, else of Fortran; None if it has none."""
    for language in LANGUAGES:
        for found in spec.dependencies(virtuals=language):
            return found
    return None


_STANDARDS = {
    **{f"c{year}_flag": ("c", year) for year in ("99", "11", "17", "23")},
    **{f"cxx{year}_flag": ("cxx", year) for year in ("98", "11", "14", "17", "20", "23")},
}

# attribute -> (language, attribute of the compiler package)
_OF_LANGUAGE: dict[str, tuple[str, str]] = {
    "cc": ("c", "cc"),
    "cxx": ("cxx", "cxx"),
    "fc": ("fortran", "fortran"),
    "f77": ("fortran", "fortran"),
    "cc_pic_flag": ("c", "pic_flag"),
    "cxx_pic_flag": ("cxx", "pic_flag"),
    "fc_pic_flag": ("fortran", "pic_flag"),
    "f77_pic_flag": ("fortran", "pic_flag"),
    "cc_rpath_arg": ("c", "rpath_arg"),
    "cxx_rpath_arg": ("cxx", "rpath_arg"),
    "fc_rpath_arg": ("fortran", "rpath_arg"),
    "f77_rpath_arg": ("fortran", "rpath_arg"),
    "linker_arg": ("c", "linker_arg"),
    "stdcxx_libs": ("cxx", "stdcxx_libs"),
}

_OF_MAIN = ("opt_flags", "debug_flags", "openmp_flag", "verbose_flags")


class CompilerView:
    """Attributes of the compilers of a concrete spec, under the names of the old interface."""

    __slots__ = ("_compilers",)

    _compilers: dict[str, Any]

    def __init__(self, spec: Any) -> None:
        if not spec.concrete:
            raise ValueError("only concrete specs have a compiler")
        found: dict[str, Any] = {}
        for language in LANGUAGES:
            for dependency in spec.dependencies(virtuals=language):
                found[language] = dependency
                break
        if not found:
            raise NoCompilerError(
                f"{spec.name} uses no compiler",
                hint='the recipe needs depends_on("c", type="build"), or "cxx" or "fortran"',
            )
        object.__setattr__(self, "_compilers", found)

    @property
    def _main(self) -> Any:
        return next(iter(self._compilers.values()))

    @property
    def spec(self) -> Any:
        """The spec of the main compiler."""
        return self._main

    @property
    def name(self) -> str:
        """Name of the main compiler's package."""
        return str(self._main.name)

    @property
    def version(self) -> Any:
        """Version of the main compiler."""
        return self._main.version

    @property
    def prefix(self) -> Any:
        """Prefix of the main compiler."""
        return self._main.prefix

    @property
    def extra_rpaths(self) -> list[str]:
        """Directories that the configuration adds for the main compiler."""
        return list(self._main.extra_attributes.get("extra_rpaths", []))

    def implicit_rpaths(self) -> list[str]:
        """Directories that the compilers link in by themselves."""
        paths: list[str] = []
        for compiler in dict.fromkeys(self._compilers.values()):
            function: Callable[[], list[str]] | None = getattr(
                compiler.package, "implicit_rpaths", None
            )
            if callable(function):
                paths.extend(function())
        return paths

    def __getattr__(self, name: str) -> Any:
        if name in _OF_MAIN:
            return getattr(self._main.package, name)
        if name in _STANDARDS:
            language, standard = _STANDARDS[name]
            compiler = self._compilers[language]
            return compiler.package.standard_flag(language=language, standard=standard)
        if name in _OF_LANGUAGE:
            language, attribute = _OF_LANGUAGE[name]
            if language not in self._compilers:
                raise NoCompilerError(f"there is no {language} compiler to provide {name!r}")
            return getattr(self._compilers[language].package, attribute)
        raise AttributeError(f"a compiler has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise TypeError("recipes cannot change compilers")
