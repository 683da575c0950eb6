"""Typed settings of the section ``modules``."""

from __future__ import annotations

import os
from collections.abc import Mapping

from spack.config.settings.program_settings import texts
from spack.config.values.path_variables import PathVariables
from spack.config.values.values import Value
from spack.errors import Origin
from spack.named_tuples import NamedTuple
from spack.type_names import Any

#: Kinds of module files.
KINDS = ("tcl", "lmod")


class ModuleRule(NamedTuple):
    """The rules of a set for packages that satisfy a spec.

    Attributes:
        constraint: text of the spec; ``all`` stands for every package.
        replaces: what rules before this one say does not count (``::``).
        exclude_env_vars: variables that the files do not change (``filter``).
        template: name of a template, None for the usual one.
        autoload, prerequisites: ``none``, ``run``, ``direct`` or ``all``; None says nothing.
        conflict, load: names of modules.
        suffixes: spec -> what is appended to the names of files.
        environment: changes of variables, as they are written.
    """

    constraint: str
    origin: Origin
    replaces: bool = False
    exclude_env_vars: tuple[str, ...] = ()
    template: str | None = None
    autoload: str | None = None
    prerequisites: str | None = None
    conflict: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    suffixes: Mapping[str, str] = {}
    environment: Mapping[str, Any] = {}


class ModuleKindSettings(NamedTuple):
    """The files of one kind in a set.

    Attributes:
        verbose: files say what they load.
        hash_length: characters of the hash in names of files.
        include, exclude: specs that have a file, and that have none.
        exclude_implicits, hide_implicits: of what was not asked for by a user.
        defaults: specs whose files are loaded where a name alone is asked for.
        projections: spec or ``all`` -> format of the name.
        core_compilers, core_specs: specs at the base of the hierarchy.
        hierarchy: virtuals, or packages, that are levels of it.
        filter_hierarchy_specs: spec -> the levels that count for it.
        rules: in the order in which they are written.
    """

    verbose: bool = False
    hash_length: int = 7
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    exclude_implicits: bool = False
    hide_implicits: bool = False
    defaults: tuple[str, ...] = ()
    projections: Mapping[str, str] = {}
    core_compilers: tuple[str, ...] = ()
    core_specs: tuple[str, ...] = ()
    hierarchy: tuple[str, ...] = ()
    filter_hierarchy_specs: Mapping[str, tuple[str, ...]] = {}
    rules: tuple[ModuleRule, ...] = ()
    origin: Origin = Origin("built in")


class ModuleSetSettings(NamedTuple):
    """A named set of module files.

    Attributes:
        roots: ``tcl`` or ``lmod`` -> the directory of the files of that kind.
        enable: kinds that are written when a package is installed.
        use_view: name of the view whose paths the files have; None for those of packages.
        prefix_inspections: as of the section, for this set alone; they come first.
    """

    name: str
    roots: Mapping[str, str]
    enable: tuple[str, ...] = ()
    arch_folder: bool = True
    use_view: str | None = None
    prefix_inspections: Mapping[str, tuple[str, ...]] = {}
    tcl: ModuleKindSettings = ModuleKindSettings()
    lmod: ModuleKindSettings = ModuleKindSettings()

    def kind(self, name: str) -> ModuleKindSettings:
        """The settings of ``tcl`` or of ``lmod``."""
        return self.tcl if name == "tcl" else self.lmod


class ModulesSettings(NamedTuple):
    """The section ``modules``.

    Attributes:
        prefix_inspections: directory of a prefix -> variables that its path is put into.
        sets: by name.
    """

    prefix_inspections: Mapping[str, tuple[str, ...]]
    sets: Mapping[str, ModuleSetSettings]


def modules_settings(section: Value, paths: PathVariables) -> ModulesSettings:
    """The section ``modules``."""
    inspections: Mapping[str, tuple[str, ...]] = {}
    sets = {}
    for name, value in section.data.items():
        if name == "prefix_inspections":
            inspections = _inspections(value.plain())
        else:
            sets[name] = _module_set(name, value, paths)
    return ModulesSettings(inspections, sets)


def _module_set(name: str, value: Value, paths: PathVariables) -> ModuleSetSettings:
    data = value.plain()
    shared = {"tcl": "modules", "lmod": "lmod"}
    roots = {kind: paths.path(f"$spack/share/spack/{shared[kind]}") for kind in KINDS}
    roots.update((kind, paths.path(root)) for kind, root in data.get("roots", {}).items())
    view = data.get("use_view", False)
    if isinstance(view, bool):
        view = "default" if view else None
    return ModuleSetSettings(
        name,
        roots,
        texts(data.get("enable")),
        data.get("arch_folder", True),
        view,
        _inspections(data.get("prefix_inspections", {})),
        **{kind: _kind(value.data[kind]) for kind in KINDS if kind in value.data},
    )


_LISTS = ("include", "exclude", "defaults", "core_compilers", "core_specs", "hierarchy")
_PLAIN = ("verbose", "hash_length", "exclude_implicits", "hide_implicits")


def _kind(value: Value) -> ModuleKindSettings:
    data = value.plain()
    known: dict[str, Any] = {key: texts(data[key]) for key in _LISTS if key in data}
    known.update((key, data[key]) for key in _PLAIN if key in data)
    filters = data.get("filter_hierarchy_specs", {})
    projections = dict(data.get("projections", {}))
    if "naming_scheme" in data:
        projections.setdefault("all", data["naming_scheme"])
    others = {*known, "filter_hierarchy_specs", "projections", "naming_scheme"}
    return ModuleKindSettings(
        **known,
        projections=projections,
        filter_hierarchy_specs={spec: texts(levels) for spec, levels in filters.items()},
        rules=tuple(
            _rule(constraint, child)
            for constraint, child in value.data.items()
            if constraint not in others
        ),
        origin=value.origin,
    )


def _rule(constraint: str, value: Value) -> ModuleRule:
    data = value.plain() or {}
    return ModuleRule(
        constraint,
        value.origin,
        value.replaces,
        texts(data.get("filter", {}).get("exclude_env_vars")),
        data.get("template"),
        data.get("autoload"),
        data.get("prerequisites"),
        texts(data.get("conflict")),
        texts(data.get("load")),
        data.get("suffixes", {}),
        data.get("environment", {}),
    )


def _inspections(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Relative directory (``bin``, empty for the prefix itself) to variables.

    ``lib`` and ``./lib`` are one directory, with the variables of both.
    """
    result: dict[str, tuple[str, ...]] = {}
    for directory, variables in data.items():
        relative = os.path.normpath(directory)
        key = "" if relative == "." else relative
        result[key] = tuple(dict.fromkeys((*result.get(key, ()), *texts(variables))))
    return result
