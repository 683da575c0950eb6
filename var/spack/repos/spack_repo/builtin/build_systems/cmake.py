"""Packages that are configured with CMake."""

import os
from typing import Any, Dict, List, Optional, Tuple

from spack.package import (
    BuilderWithDefaults,
    InstallError,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    conflicts,
    depends_on,
    get_cmake_prefix_path,
    register_builder,
    run_after,
    variant,
    when,
    working_dir,
)

from ._checks import execute_build_time_tests

_GENERATORS = {"make": "Unix Makefiles", "ninja": "Ninja"}


def generator(*names: str, default: Optional[str] = None) -> None:
    """Declare which CMake generators a package can use: ``make``, ``ninja`` or both.

    Args:
        default: the one to prefer; needed if there are several names.
    """
    if not names or set(names) - set(_GENERATORS):
        raise ValueError(f"generator takes the names {', '.join(_GENERATORS)}, not {names}")
    if default is None and len(names) > 1:
        raise ValueError("with several generators the default must be given")
    variant(
        "generator",
        default=default or names[0],
        values=names,
        multi=False,
        description="program that runs the build",
        when="build_system=cmake",
    )


class CMakePackage(PackageBase):
    """Built with ``cmake``, and with ``make`` or ``ninja``."""

    build_system_class = "CMakePackage"
    default_buildsystem = "cmake"

    build_system("cmake")

    with when("build_system=cmake"):
        variant(
            "build_type",
            default="Release",
            values=("Debug", "Release", "RelWithDebInfo", "MinSizeRel"),
            description="kind of optimisation",
        )
        variant("ipo", default=False, when="^cmake@3.9:", description="optimise across files")
        conflicts("+ipo", when="^cmake@:3.8", msg="interprocedural optimisation needs CMake 3.9")

        generator("make", "ninja", default="make")
        depends_on("cmake", type="build")
        depends_on("gmake", type="build", when="generator=make")
        depends_on("ninja", type="build", when="generator=ninja")

    def flags_to_build_system_args(self, flags: Dict[str, List[str]]) -> None:
        """Keep the flags that the flag handler left to the build system for ``cmake``."""
        preprocessor = flags.get("cppflags", [])
        arguments = []
        for language, name in (("C", "cflags"), ("CXX", "cxxflags"), ("Fortran", "fflags")):
            words = [*flags.get(name, []), *preprocessor]
            if words:
                arguments.append(f"-DCMAKE_{language}_FLAGS={' '.join(words)}")
        if flags.get("ldflags"):
            for kind in ("EXE", "MODULE", "SHARED"):
                words = " ".join(flags["ldflags"])
                arguments.append(f"-DCMAKE_{kind}_LINKER_FLAGS={words}")
        if flags.get("ldlibs"):
            for language in ("C", "CXX", "Fortran"):
                words = " ".join(flags["ldlibs"])
                arguments.append(f"-DCMAKE_{language}_STANDARD_LIBRARIES={words}")
        self.cmake_flag_args = arguments

    def define(self, cmake_var: str, value: Any) -> str:
        """See :func:`define`."""
        return define(cmake_var, value)

    def define_from_variant(self, cmake_var: str, variant: Optional[str] = None) -> str:
        """See :func:`define_from_variant`."""
        return define_from_variant(self, cmake_var, variant)


def define(cmake_var: str, value: Any) -> str:
    """``-DVAR:TYPE=VALUE``: booleans become ON or OFF, sequences are joined with semicolons."""
    if isinstance(value, bool):
        return f"-D{cmake_var}:BOOL={'ON' if value else 'OFF'}"
    if isinstance(value, (list, tuple, set, frozenset)):
        value = ";".join(map(str, sorted(value) if isinstance(value, (set, frozenset)) else value))
    return f"-D{cmake_var}:STRING={value}"


def define_from_variant(pkg: PackageBase, cmake_var: str, variant: Optional[str] = None) -> str:
    """:func:`define` with the value of a variant; empty if the variant is not active.

    Args:
        variant: its name; the lower-case name of the variable if it is not given.

    Raises KeyError if the package has no such variant.
    """
    name = variant or cmake_var.lower()
    if not pkg.has_variant(name):
        raise KeyError(f"{pkg.name} has no variant '{name}'")
    if name not in pkg.spec.variants:
        return ""
    value = pkg.spec.variants[name].value
    return define(cmake_var, sorted(value) if isinstance(value, (tuple, list)) else value)


@register_builder("cmake")
class CMakeBuilder(BuilderWithDefaults):
    """Phases: ``cmake``, ``build`` and ``install``, in a build directory beside the source."""

    phases: Tuple[str, ...] = ("cmake", "build", "install")
    package_methods: Tuple[str, ...] = ("cmake_args", "check")
    package_attributes: Tuple[str, ...] = (
        "build_targets",
        "install_targets",
        "build_time_test_callbacks",
        "archive_files",
        "root_cmakelists_dir",
        "std_cmake_args",
        "build_dirname",
        "build_directory",
    )

    build_targets: List[str] = []
    install_targets: List[str] = ["install"]
    build_time_test_callbacks = ["check"]

    run_after("build")(execute_build_time_tests)

    @property
    def archive_files(self) -> List[str]:
        return [os.path.join(self.build_directory, "CMakeCache.txt")]

    @property
    def root_cmakelists_dir(self) -> str:
        """Directory of the main CMakeLists.txt, absolute or relative to the source."""
        return self.stage.source_path

    @property
    def generator(self) -> str:
        """The value of the variant ``generator``."""
        if "generator" in self.spec.variants:
            return str(self.spec.variants["generator"].value)
        return "make"

    @property
    def std_cmake_args(self) -> List[str]:
        """The arguments that every package gets."""
        return self.std_args(self.pkg, generator=_GENERATORS[self.generator])

    @staticmethod
    def std_args(pkg: PackageBase, generator: Optional[str] = None) -> List[str]:
        """The arguments that every package gets.

        Args:
            generator: CMake's name of the generator.
        """
        generator = generator or "Unix Makefiles"
        if generator not in _GENERATORS.values():
            known = ", ".join(_GENERATORS.values())
            raise InstallError(f"{pkg.name}: '{generator}' is not a generator; use {known}")
        variants = pkg.spec.variants
        kind = str(variants["build_type"].value) if "build_type" in variants else "Release"
        arguments = [
            "-G",
            generator,
            define("CMAKE_INSTALL_PREFIX", str(pkg.prefix)),
            define("CMAKE_INSTALL_RPATH_USE_LINK_PATH", True),
            define("CMAKE_INSTALL_RPATH", [str(path) for path in pkg.rpath]),
            define("CMAKE_PREFIX_PATH", [str(path) for path in get_cmake_prefix_path(pkg)]),
            define("CMAKE_BUILD_TYPE", kind),
        ]
        if "ipo" in variants:
            on = bool(variants["ipo"].value)
            arguments.append(define("CMAKE_INTERPROCEDURAL_OPTIMIZATION", on))
        if pkg.spec.platform == "darwin":
            arguments.append(define("CMAKE_FIND_FRAMEWORK", "LAST"))
            arguments.append(define("CMAKE_FIND_APPBUNDLE", "LAST"))
        # The caches of other installations on this machine must not be seen.
        arguments.append(define("CMAKE_EXPORT_NO_PACKAGE_REGISTRY", True))
        arguments.append(define("CMAKE_FIND_USE_PACKAGE_REGISTRY", False))
        return arguments

    @property
    def build_dirname(self) -> str:
        return f"spack-build-{self.spec.dag_hash(7)}"

    @property
    def build_directory(self) -> str:
        return os.path.join(self.stage.path, self.build_dirname)

    def cmake_args(self) -> List[str]:
        """Arguments of cmake, besides the standard ones."""
        return []

    @staticmethod
    def define(cmake_var: str, value: Any) -> str:
        """See :func:`define`."""
        return define(cmake_var, value)

    def define_from_variant(self, cmake_var: str, variant: Optional[str] = None) -> str:
        """See :func:`define_from_variant`."""
        return define_from_variant(self.pkg, cmake_var, variant)

    def cmake(self, pkg: CMakePackage, spec: Spec, prefix: Prefix) -> None:
        arguments = [
            *self.std_cmake_args,
            *getattr(pkg, "cmake_flag_args", []),
            *self.cmake_args(),
        ]
        root = os.path.join(self.stage.source_path, self.root_cmakelists_dir)
        with working_dir(self.build_directory, create=True):
            pkg.module.cmake(*[word for word in arguments if word], os.path.abspath(root))

    def build(self, pkg: CMakePackage, spec: Spec, prefix: Prefix) -> None:
        self._run(self.build_targets)

    def install(self, pkg: CMakePackage, spec: Spec, prefix: Prefix) -> None:
        self._run(self.install_targets)

    def _run(self, targets: List[str]) -> None:
        with working_dir(self.build_directory):
            if self.generator == "ninja":
                self.pkg.module.ninja("-v", *targets)
            else:
                self.pkg.module.make(*targets, "VERBOSE=1")

    def check(self) -> None:
        """Run the target ``test`` or ``check``, where there is one."""
        with working_dir(self.build_directory):
            if self.generator == "ninja":
                self.pkg._if_ninja_target_execute("test", jobs_env="CTEST_PARALLEL_LEVEL")
                self.pkg._if_ninja_target_execute("check")
            else:
                self.pkg._if_make_target_execute("test", jobs_env="CTEST_PARALLEL_LEVEL")
                self.pkg._if_make_target_execute("check")


__all__ = ["CMakeBuilder", "CMakePackage", "define", "define_from_variant", "generator"]
