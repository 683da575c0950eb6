"""The module of a recipe while it is built: names that the build puts there for recipe code.

:class:`ModuleChangePropagator` is what ``setup_dependent_package`` receives;
:func:`set_module_globals` sets the names that every recipe may use. This module sets no variables.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from types import ModuleType

from spack.errors import SpackError
from spack.recipes.build_context import determine_number_of_jobs
from spack.system.processes.executables import Executable
from spack.type_names import Any

#: Suffixes of shared libraries where they are not ``so``.
SHARED_SUFFIXES = {"darwin": "dylib", "win32": "dll", "windows": "dll"}


def shared_library_suffix(spec: Any) -> str:
    """Suffix of shared libraries on the platform of a spec, without the dot."""
    return SHARED_SUFFIXES.get(str(spec.platform), "so")


def static_library_suffix(spec: Any) -> str:
    """Suffix of static libraries on the platform of a spec, without the dot."""
    return "lib" if str(spec.platform) == "windows" else "a"


class UndeclaredDependencyError(SpackError):
    """A recipe runs a program of a package that it does not depend on."""


class ModuleChangePropagator:
    """A module whose new attributes also reach the modules of the recipe's base classes."""

    def __init__(self, package: Any) -> None:
        modules = modules_of(type(package) if not isinstance(package, type) else package)
        self.__dict__["_modules"] = modules

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_modules"][0], name)

    def __setattr__(self, name: str, value: Any) -> None:
        for module in self.__dict__["_modules"]:
            setattr(module, name, value)

    def propagate_changes_to_mro(self) -> None:
        """Kept for recipes of API 1; changes are propagated at once."""


def modules_of(package_class: type) -> list[ModuleType]:
    """Modules of a package class and its bases, up to and without that of ``PackageBase``."""
    modules: list[ModuleType] = []
    for cls in package_class.__mro__:
        if cls.__module__.startswith("spack.recipes."):
            break
        module = sys.modules.get(cls.__module__)
        if module is not None and module not in modules:
            modules.append(module)
    return modules


class UndeclaredProgram(Executable):
    """Stands for a program that is there only with a dependency on its package."""

    def __init__(self, name: str, package: str) -> None:
        super().__init__(name)
        self._package = package

    def _refuse(self) -> None:
        raise UndeclaredDependencyError(
            f"the recipe uses {self.name}, which the package {self._package} provides,"
            f" but does not depend on {self._package}",
            hint=f'add depends_on("{self._package}", type="build")',
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse()

    def add_default_env(self, key: str, value: str) -> None:
        """Refused like a call."""
        self._refuse()


def set_module_globals(pkg: Any) -> None:
    """Put the names that every recipe may use in the modules of a package."""
    module = ModuleChangePropagator(pkg)
    module.make_jobs = determine_number_of_jobs(parallel=bool(pkg.parallel))
    module.make = UndeclaredProgram("make", "gmake")
    module.gmake = UndeclaredProgram("gmake", "gmake")
    module.ninja = UndeclaredProgram("ninja", "ninja")
    module.configure = Executable("./configure")
    if sys.platform == "win32":
        module.nmake = Executable("nmake")
        module.msbuild = Executable("msbuild")
        module.cscript = Executable("cscript")
    module.prefix = pkg.prefix
    module.dso_suffix = SHARED_SUFFIXES.get(sys.platform, "so")

    def static_to_shared_library(
        static_lib: str, shared_lib: str | None = None, **kwargs: Any
    ) -> str | None:
        chosen = kwargs.pop("compiler", None) or getattr(module, "spack_cc", "cc")
        compiler = Executable(str(chosen))
        return link_static_library(
            str(pkg.spec.platform), compiler, static_lib, shared_lib, **kwargs
        )

    module.static_to_shared_library = static_to_shared_library


def link_static_library(
    platform: str,
    compiler: Executable,
    static_lib: str,
    shared_lib: str | None = None,
    *,
    arguments: str | Sequence[str] = (),
    version: str | None = None,
    compat_version: str | None = None,
    compiler_output: Any = None,
) -> str | None:
    """Make a shared library of a static one, with links for its versions.

    Args:
        shared_lib: name of the result; default: the static library with another suffix.
        arguments: further arguments of the link.
        version: appended to the name of the result.
        compat_version: appended to its soname; default ``version``.
    """
    compat_version = version if compat_version is None else compat_version
    if shared_lib is None:
        suffix = "dylib" if platform == "darwin" else "so"
        shared_lib = re.sub(r"\.a$", "", static_lib) + f".{suffix}"
    result, soname = shared_lib, os.path.basename(shared_lib)
    if platform == "darwin":
        stem = re.sub(r"\.dylib$", "", shared_lib)
        if version:
            result = f"{stem}.{version}.dylib"
        if compat_version:
            soname = f"{os.path.basename(stem)}.{compat_version}.dylib"
        command = ["-dynamiclib", "-install_name", soname]
        command += [f"-Wl,-force_load,{static_lib}"]
    else:
        if version:
            result = f"{shared_lib}.{version}"
        if compat_version:
            soname = f"{os.path.basename(shared_lib)}.{compat_version}"
        command = ["-shared", f"-Wl,-soname,{soname}"]
        command += ["-Wl,--whole-archive", static_lib, "-Wl,--no-whole-archive"]
    words = arguments.split() if isinstance(arguments, str) else list(arguments)
    output = compiler(*command, *words, "-o", result, output=compiler_output)
    directory = os.path.dirname(result)
    for link in dict.fromkeys((os.path.basename(shared_lib), soname)):
        path = os.path.join(directory, link)
        if path != result and not os.path.lexists(path):
            os.symlink(os.path.basename(result), path)
    return output if isinstance(output, str) else None
