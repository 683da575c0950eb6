"""Typed settings of the section ``modules``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from spack.config.settings.program_settings import Projections, texts
from spack.config.values.path_variables import PathVariables
from spack.config.values.values import Value

DEFAULT_VIEW = "default"


class ModuleKind(NamedTuple):
    """The settings of one kind of module files; ``rules`` are per spec, ``all`` included."""

    verbose: bool = False
    hash_length: int = 7
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    exclude_implicits: bool = False
    hide_implicits: bool = False
    defaults: tuple[str, ...] = ()
    projections: Projections = {}
    core_compilers: tuple[str, ...] = ()
    core_specs: tuple[str, ...] = ()
    hierarchy: tuple[str, ...] = ()
    filter_hierarchy_specs: Mapping[str, tuple[str, ...]] = {}
    rules: Mapping[str, Mapping[str, Any]] = {}


class ModuleSet(NamedTuple):
    """A named set of module files; ``use_view`` is a view's name or None."""

    name: str
    enable: tuple[str, ...]
    roots: Mapping[str, str]
    arch_folder: bool
    use_view: str | None
    prefix_inspections: Mapping[str, tuple[str, ...]]
    tcl: ModuleKind
    lmod: ModuleKind


class ModulesSettings(NamedTuple):
    """The section ``modules``: inspections of prefixes and views, and the module sets."""

    prefix_inspections: Mapping[str, tuple[str, ...]]
    sets: Mapping[str, ModuleSet]


def modules_settings(section: Value, paths: PathVariables) -> ModulesSettings:
    """The section ``modules``."""
    data = section.plain()
    inspections = _inspections(data.pop("prefix_inspections", {}))
    sets = {name: _module_set(name, entry, inspections, paths) for name, entry in data.items()}
    return ModulesSettings(inspections, sets)


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


def _module_set(
    name: str,
    data: Mapping[str, Any],
    inspections: Mapping[str, tuple[str, ...]],
    paths: PathVariables,
) -> ModuleSet:
    use_view = data.get("use_view", False)
    if use_view is True:
        use_view = DEFAULT_VIEW
    own = data.get("prefix_inspections")
    roots = {kind: paths.path(root) for kind, root in data.get("roots", {}).items()}
    return ModuleSet(
        name,
        texts(data.get("enable")),
        roots,
        data.get("arch_folder", True),
        use_view or None,
        inspections if own is None else _inspections(own),
        _module_kind(data.get("tcl", {})),
        _module_kind(data.get("lmod", {})),
    )


def _module_kind(data: Mapping[str, Any]) -> ModuleKind:
    known: dict[str, Any] = {}
    rules: dict[str, Mapping[str, Any]] = {}
    for key, value in data.items():
        if key == "naming_scheme":
            known["projections"] = {"all": value, **data.get("projections", {})}
        elif key == "filter_hierarchy_specs":
            known[key] = {spec: texts(words) for spec, words in value.items()}
        elif key in ModuleKind._fields:
            known[key] = tuple(value) if isinstance(value, list) else value
        else:
            rules[key] = value
    return ModuleKind(**known, rules=rules)
