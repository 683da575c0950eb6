"""Importing recipes as Python modules, without a change of ``sys.path``.

One finder on ``sys.meta_path`` serves ``spack_repo.<namespace>.…`` (layout 2) and
``spack.pkg.<namespace>.…`` (layout 1) from the folders that :meth:`RecipeFinder.serve` was told.
Each recipe module is executed in a copy of the context, so that a broken class body leaves nothing
behind for the next one. No byte code is written into repositories. This module knows no package
class.
"""

from __future__ import annotations

import contextlib
import contextvars
import importlib
import importlib.machinery
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType, ModuleType

from spack.named_tuples import NamedTuple
from spack.recipes.declaring.directive_scope import start_module
from spack.recipes.finding.shims import Names, alias, extend_own_packages, find_shim
from spack.type_names import Any

#: Module whose names every recipe of layout 1 sees.
V1_PRELUDE = "spack_repo.builtin.build_systems._package_api_v1"


class ServedFolder(NamedTuple):
    """The finder's knowledge of a repository.

    ``root`` holds the packages in ``packages``; ``version_1`` tells the layouts apart.
    """

    namespace: str
    root: str
    packages: str
    version_1: bool


class RecipeLoader(importlib.machinery.SourceFileLoader):
    """Loads one file of a repository; ``prelude`` names a module to import from first."""

    def __init__(self, fullname: str, path: str, prelude: str | None = None) -> None:
        super().__init__(fullname, path)
        self.prelude = prelude

    def path_stats(self, path: str) -> dict[str, Any]:
        """Refused, so that no byte code is read or written."""
        raise OSError("byte code is not kept for recipes")

    def exec_module(self, module: ModuleType) -> None:
        """Execute the file with an empty queue of directives."""
        contextvars.copy_context().run(self._execute, module)

    def _execute(self, module: ModuleType) -> None:
        start_module()
        code = self.get_code(module.__name__)
        assert isinstance(code, CodeType)
        if self.prelude is not None:
            prelude = importlib.import_module(self.prelude)
            names = getattr(prelude, "__all__", None) or [
                name for name in vars(prelude) if not name.startswith("_")
            ]
            for name in names:
                setattr(module, name, getattr(prelude, name))
        # What a recipe prints is no output of the command that reads it.
        with contextlib.redirect_stdout(sys.stderr), _search_path_last():
            exec(code, module.__dict__)


@contextlib.contextmanager
def _search_path_last() -> Iterator[None]:
    """Folders that a recipe puts on ``sys.path`` stay there, behind all others.

    So they serve the recipe, now and later, and hide no module of anybody else.
    """
    before = list(sys.path)
    try:
        yield
    finally:
        added = [folder for folder in sys.path if folder not in before]
        sys.path[:] = [*before, *added]


class RecipeFinder:
    """Finds recipe modules in the served folders."""

    def __init__(self) -> None:
        self._v2: dict[str, ServedFolder] = {}
        self._v1: dict[str, ServedFolder] = {}
        self.names: dict[str, Mapping[str, str]] = {}

    def offer(self, names: Names) -> None:
        """Let this process import more names past the facade than recipes do."""
        self.names.update(names)

    def serve(self, folder: ServedFolder) -> None:
        """Serve a namespace from a folder; modules of it that come from elsewhere are forgotten."""
        table = self._v1 if folder.version_1 else self._v2
        known = table.get(folder.namespace)
        if known == folder:
            return
        table[folder.namespace] = folder
        if known is not None:
            base = "spack.pkg" if folder.version_1 else "spack_repo"
            _forget(f"{base}.{folder.namespace}")
            # Recipes of other namespaces may hold classes of the old modules.
            _forget("spack.pkg")
            for namespace in self._v2:
                _forget(f"spack_repo.{namespace}")

    def folders(self) -> Sequence[ServedFolder]:
        """The folders that are served now."""
        return (*self._v2.values(), *self._v1.values())

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The import system asks here for every module."""
        if fullname.startswith("spack_repo"):
            return self._find_v2(fullname)
        if fullname == "spack.pkg" or fullname.startswith("spack.pkg."):
            return self._find_v1(fullname)
        if fullname.startswith(("spack.", "llnl")):
            return find_shim(fullname, self.names)
        return None

    def _find_v2(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        base, _, rest = fullname.partition(".")
        if base != "spack_repo":
            return None
        if not rest:
            return _package(fullname)
        for namespace, folder in self._v2.items():
            if namespace == rest or namespace.startswith(rest + "."):
                if namespace != rest:
                    return _package(fullname)
                return _from_disk(fullname, folder.root)
            if rest.startswith(namespace + "."):
                inner = rest[len(namespace) + 1 :].split(".")
                return _from_disk(fullname, os.path.join(folder.root, *inner))
        return None

    def _find_v1(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        rest = fullname[len("spack.pkg") :].lstrip(".")
        if not rest:
            return _package(fullname)
        for namespace, folder in self._v1.items():
            if namespace == rest or namespace.startswith(rest + "."):
                return _package(fullname)
            head, _, name = rest.rpartition(".")
            if head == namespace:
                path = v1_recipe_file(folder, name)
                if path is not None:
                    return _file(fullname, path, V1_PRELUDE)
        return self._find_v1_name_of_v2(fullname, rest)

    def _find_v1_name_of_v2(
        self, fullname: str, rest: str
    ) -> importlib.machinery.ModuleSpec | None:
        """Recipes of layout 2 under the names that they would have in layout 1."""
        for namespace, folder in self._v2.items():
            if namespace == rest or namespace.startswith(rest + "."):
                return _package(fullname)
            head, _, name = rest.rpartition(".")
            if head == namespace:
                for directory in (name, f"_{name}", f"_{name[len('num') :]}"):
                    if os.path.isfile(os.path.join(folder.packages, directory, "package.py")):
                        inner = os.path.relpath(folder.packages, folder.root).replace(os.sep, ".")
                        middle = "" if inner == "." else f"{inner}."
                        base = f"spack_repo.{namespace}.{middle}"
                        return alias(fullname, f"{base}{directory}.package")
        return None


def v1_recipe_file(folder: ServedFolder, module_name: str) -> str | None:
    """The recipe that ``spack.pkg.<namespace>.<module_name>`` means in layout 1."""
    if module_name.startswith("num") and module_name[3:4].isdigit():
        module_name = module_name[3:]
    candidates = [""]
    for character in module_name:
        options = ("_", "-") if character == "_" else (character,)
        candidates = [text + option for text in candidates for option in options]
        if len(candidates) > 1024:
            break
    for name in candidates:
        path = os.path.join(folder.packages, name, "package.py")
        if os.path.isfile(path):
            return path
    return None


def _package(fullname: str, location: str | None = None) -> importlib.machinery.ModuleSpec:
    spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
    spec.submodule_search_locations = [] if location is None else [location]
    return spec


def _from_disk(fullname: str, path: str) -> importlib.machinery.ModuleSpec | None:
    if os.path.isfile(path + ".py"):
        return _file(fullname, path + ".py")
    initial = os.path.join(path, "__init__.py")
    if os.path.isfile(initial):
        spec = _file(fullname, initial)
        spec.submodule_search_locations = [path]
        return spec
    return _package(fullname, path) if os.path.isdir(path) else None


def _file(fullname: str, path: str, prelude: str | None = None) -> importlib.machinery.ModuleSpec:
    loader = RecipeLoader(fullname, path, prelude)
    spec = importlib.machinery.ModuleSpec(fullname, loader, origin=path)
    spec.has_location = True
    return spec


def _forget(prefix: str) -> None:
    for name in [n for n in sys.modules if n == prefix or n.startswith(prefix + ".")]:
        del sys.modules[name]


def recipe_finder() -> RecipeFinder:
    """The finder of this process, put in place when it is first asked for."""
    for finder in sys.meta_path:
        if isinstance(finder, RecipeFinder):
            return finder
    finder = RecipeFinder()
    sys.meta_path.insert(0, finder)
    extend_own_packages(finder.names)
    return finder
