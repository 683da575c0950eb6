"""Modules that a few recipes import past the facade, made of names that the facade has.

``spack.util.environment``, ``spack.util.executable``, ``spack.detection`` and
``spack.install_test`` exist only as names in the import system, for recipes; nothing of this
program imports them.
"""

from __future__ import annotations

import importlib
import importlib.machinery
from types import ModuleType
from typing import TYPE_CHECKING, Mapping, Optional, Tuple

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # importlib.abc takes long to load

_FACADE = "spack.package"

#: Module -> names of the facade, under which it shows them.
_MODULES: Mapping[str, Tuple[str, ...]] = {
    "spack.util": (),
    "spack.util.environment": (
        "EnvironmentModifications",
        "env_flags",
        "filter_system_paths",
        "is_system_path",
        "set_env",
    ),
    "spack.util.executable": (
        "Executable",
        "ProcessError",
        "which",
        "which_string",
    ),
    "spack.install_test": ("SkipTest", "cache_extra_test_sources", "check_outputs", "test_part"),
    "spack.detection": (),
}

#: Further names: module -> {name: (module, name)}.
_OTHERS: Mapping[str, Mapping[str, Tuple[str, str]]] = {
    "spack.detection": {"by_path": ("spack.recipes.classes.detection", "by_path")},
    "spack.util.environment": {
        "system_dirs": ("spack.system.processes.variables", "SYSTEM_DIRECTORIES"),
    },
}


class ShimLoader(Loader):
    """Fills a shim module."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Optional[ModuleType]:
        """The default module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Put the names in the module."""
        facade = importlib.import_module(_FACADE)
        for name in _MODULES[module.__name__]:
            setattr(module, name, getattr(facade, name))
        for name, (source, original) in _OTHERS.get(module.__name__, {}).items():
            setattr(module, name, getattr(importlib.import_module(source), original))


def find_shim(fullname: str) -> Optional[importlib.machinery.ModuleSpec]:
    """The specification of a shim module, None for any other name."""
    if fullname not in _MODULES:
        return None
    return importlib.machinery.ModuleSpec(
        fullname, ShimLoader(), is_package=fullname == "spack.util"
    )
