"""Modules that recipes import past the facade: older interfaces, and the insides of Spack itself.

They exist only as names in the import system, for recipes; nothing of this program imports them.
A name that such a module is asked for is, in this order: what :data:`_NAMES` says, what the facade
has under that name, a class of errors that never occur, or a stand-in that fails when it is used.
:func:`replacements` says what a recipe should write instead. This module knows no recipe.
"""

from __future__ import annotations

import importlib
import importlib.machinery
from collections.abc import Mapping
from types import ModuleType

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # importlib.abc takes long to load

_FACADE = "spack.package"
_BUILD_SYSTEMS = "spack_repo.builtin.build_systems"

#: Modules that can be imported, below their packages. Those below ``llnl``, ``spack.llnl`` and
#: ``spack.util`` can all be.
_MODULES = frozenset(
    f"spack.{name}"
    for name in (
        "abi architecture binary_distribution bootstrap build_environment builder ci cmd "
        "compiler compilers compilers.libraries concretize context database dependency deptypes "
        "detection detection.path directives directory_layout environment error extensions "
        "fetch_strategy filesystem_view hash_types hooks hooks.sbang install_test main mirror "
        "mirrors mixins modules multimethod operating_systems operating_systems.cray_backend "
        "operating_systems.linux_distro operating_systems.mac_os operating_systems.windows_os "
        "package_base package_completions package_prefs package_test patch paths phase_callbacks "
        "platforms platforms.cray platforms.darwin platforms.linux provider_index relocate "
        "relocate_text repo resource rewiring spec stage store_access tag target traverse url "
        "url_buildcache user_environment variant version version.common version.version_types"
    ).split()
)
#: Modules of which nothing can be used here, and what to use in their place.
_INSTEAD: Mapping[str, str] = {
    "llnl.path": "os.path",
    "llnl.util.tty.log": "contextlib.redirect_stdout, or spack -v for the output of builds",
    "spack.caches": "spack.paths.user_cache_path",
    "spack.compilers.config": "spack.config.get('packages'), or spack compiler list",
    "spack.llnl.path": "os.path",
    "spack.llnl.util.tty.log": "contextlib.redirect_stdout, or spack -v for the output of builds",
    "spack.mirrors.mirror": "spack.config.get('mirrors'), or spack mirror list",
    "spack.modules.common": "spack load --sh, or spack env loads",
    "spack.reporters": "spack install --log-format",
    "spack.schema": "spack.config, which checks what it reads and writes",
    "spack.tengine": "string.Template, or a template engine of your own",
}

_OPEN_PACKAGES = ("llnl", "llnl.util", "spack.llnl", "spack.llnl.util", "spack.util")
_PACKAGES = frozenset(
    {
        *_OPEN_PACKAGES,
        "spack.build_systems",
        *(name.rpartition(".")[0] for name in (*_MODULES, *_INSTEAD) if name.count(".") > 1),
    }
)

#: Names that recipes expect in packages of this program that have a namesake elsewhere.
_IN_NAMESAKES: Mapping[str, tuple[str, ...]] = {
    "spack.config": ("CONFIG", "add", "get", "set"),
    "spack.store": ("STORE",),
}

#: Module -> name -> module and name in this program, or the module alone.
Names = Mapping[str, Mapping[str, str]]

_QUERIES = "spack.recipes.classes.build_queries"
_OLD = "spack.recipes.finding.old_functions"

_VERSIONS = {"VersionList": "spack.language.versions:VersionSet"}

#: Names that are not the facade's of the same spelling.
_NAMES: Names = {
    "spack.build_environment": {
        "dso_suffix": f"{_OLD}:SHARED_SUFFIX",
        "stat_suffix": f"{_OLD}:STATIC_SUFFIX",
        "optimization_flags": f"{_OLD}:optimization_flags",
    },
    "spack.detection": {"by_path": "spack.recipes.classes.detection:by_path"},
    "spack.error": {"SpecError": "spack.errors:SpackError"},
    "spack.patch": {"apply_patch": f"{_OLD}:apply_patch"},
    "spack.paths": {
        "prefix": f"{_OLD}:CLONE",
        "spack_root": f"{_OLD}:CLONE",
        "bin_path": f"{_OLD}:BIN",
        "spack_script": f"{_QUERIES}:spack_script",
    },
    "spack.platforms": {
        "host": f"{_QUERIES}:host_platform",
        "real_host": f"{_QUERIES}:host_platform",
    },
    "spack.repo": {"UnknownPackageError": "spack.recipes.finding.repositories:UnknownPackageError"},
    "spack.util.environment": {
        "system_dirs": "spack.system.processes.variables:SYSTEM_DIRECTORIES"
    },
    "spack.version": _VERSIONS,
    "spack.version.version_types": _VERSIONS,
}

#: Modules of this program with names that the facade does not have, by the last part of theirs.
_SOURCES: Mapping[str, str] = {
    "tty": "spack.system.terminal.messages",
    "filesystem": "spack.system.files.filesystem",
    "executable": "spack.system.processes.executables",
    "environment": "spack.system.processes.variables",
    "package_test": "spack.recipes.classes.stand_alone_tests",
    "install_test": "spack.recipes.classes.stand_alone_tests",
    "version": "spack.language.versions",
    "version_types": "spack.language.versions",
    "variant": "spack.recipes.declaring.variants",
    "builder": "spack.recipes.declaring.phases",
    "phase_callbacks": "spack.recipes.declaring.phases",
    "multimethod": "spack.recipes.declaring.multimethods",
    "error": "spack.errors",
}


class UnavailableNameError(SpackError):
    """Recipe code used something that only another implementation of Spack has."""


class Unavailable:
    """A name that cannot be given: it can be imported, and whatever is done with it fails."""

    def __init__(self, name: str) -> None:
        self._unavailable_name = name

    def _fail(self, *_: Any, **__: Any) -> NoReturn:
        module = self._unavailable_name
        while module and module not in _INSTEAD:
            module = module.rpartition(".")[0]
        raise UnavailableNameError(
            f"{self._unavailable_name} is not part of what recipes and scripts can use",
            hint=f"use {_INSTEAD[module]}"
            if module
            else (
                "the manual lists by subject what 'from spack.package import *' gives to recipes,"
                " and has a page on scripts"
            ),
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        self._fail()

    __call__ = __getitem__ = __iter__ = __len__ = __bool__ = __contains__ = _fail
    __mro_entries__ = __instancecheck__ = __subclasscheck__ = __enter__ = _fail


class _DefaultLoader(Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """The default module."""
        return None


class _ShimLoader(_DefaultLoader):
    """Makes a module that looks for names when it is asked for them.

    Args:
        names: what the process offers beyond recipes; it comes first, and may grow.
    """

    def __init__(self, names: Names) -> None:
        self.names = names

    def exec_module(self, module: ModuleType) -> None:
        """Let the module answer for every name."""
        name = module.__name__

        def find(attribute: str) -> Any:
            if attribute.startswith("__") and attribute.endswith("__"):
                raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
            value = _find_name(name, attribute, self.names)
            setattr(module, attribute, value)
            return value

        module.__getattr__ = find  # type: ignore[method-assign]


def extend_own_packages(names: Names) -> None:
    """Let packages of this program answer for names of their namesakes elsewhere."""
    for package in ("spack", *_IN_NAMESAKES):
        _ShimLoader(names).exec_module(importlib.import_module(package))


class _AliasLoader(_DefaultLoader):
    """Makes a module with the names of another one."""

    def __init__(self, original: str) -> None:
        self.original = original

    def exec_module(self, module: ModuleType) -> None:
        """Take the names of the original."""
        original = importlib.import_module(self.original)
        for name, value in vars(original).items():
            if name == "__file__" or not (name.startswith("__") and name.endswith("__")):
                setattr(module, name, value)


def _find_name(module: str, name: str, names: Names) -> Any:
    """Resolve a name of a shim module, or of an own package with a namesake."""
    place = names.get(module, {}).get(name)
    own = module == "spack" or module in _IN_NAMESAKES
    if place is None and not own:
        place = _place_of(module, name)
    if place is not None:
        source, _, original = place.partition(":")
        found = importlib.import_module(source)
        return getattr(found, original) if original else found
    if find_shim(f"{module}.{name}", names, imported=False) is not None:
        return importlib.import_module(f"{module}.{name}")
    if own and name not in _IN_NAMESAKES.get(module, ()):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    if name.endswith(("Error", "Exception")):
        return type(name, (SpackError,), {"__module__": module})
    return Unavailable(f"{module}.{name}")


def _place_of(module: str, name: str) -> str | None:
    """Module and name in this program; None for a name that it does not have."""
    own = _NAMES.get(module, {}).get(name)
    if own is not None:
        return own
    for source in (_FACADE, _SOURCES.get(module.rpartition(".")[2])):
        if source is not None and hasattr(importlib.import_module(source), name):
            return f"{source}:{name}"
    return None


def find_shim(
    fullname: str, names: Names, *, imported: bool = True
) -> importlib.machinery.ModuleSpec | None:
    """The specification of a shim module, None for any other name.

    Args:
        names: what the process offers beyond recipes.
        imported: an import statement says that it is a module; else it may be any attribute.
    """
    parent, _, name = fullname.rpartition(".")
    if parent == "spack.build_systems":
        return alias(fullname, f"{_BUILD_SYSTEMS}.{name}")
    if fullname in _IN_NAMESAKES or fullname == "spack":
        return None
    package = fullname in _PACKAGES or any(n.startswith(f"{fullname}.") for n in names)
    opened = parent in _OPEN_PACKAGES[1:]
    if imported and parent in names and parent != "spack":
        # Commands are modules elsewhere, of which scripts use little.
        opened = any(n.startswith(f"{parent}.") for n in names)
    if package or opened or any(fullname in known for known in (_MODULES, _INSTEAD, names)):
        return importlib.machinery.ModuleSpec(fullname, _ShimLoader(names), is_package=package)
    return None


def alias(fullname: str, original: str) -> importlib.machinery.ModuleSpec:
    """The specification of a module that has the names of another one."""
    return importlib.machinery.ModuleSpec(fullname, _AliasLoader(original))


class Replacement(NamedTuple):
    """An import past the facade, and what to write instead; None where there is nothing."""

    line: int
    old: str
    new: str | None


def replacements(source: str) -> list[Replacement]:
    """The imports past the facade in the text of a recipe, in order of their lines."""
    import ast

    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        for item in node.names:
            module, name = item.name, ""
            if isinstance(node, ast.ImportFrom):
                module, name = "." * node.level + (node.module or ""), item.name
            if _is_past_the_facade(module):
                place = _place_of(module, name) if name else None
                new = _FACADE if place == f"{_FACADE}:{name}" else None
                found.append(Replacement(node.lineno, f"{module}.{name}".rstrip("."), new))
    return sorted(found)


def _is_past_the_facade(module: str) -> bool:
    first, _, rest = module.partition(".")
    return first == "llnl" or (
        first == "spack" and rest.partition(".")[0] not in ("package", "pkg")
    )
