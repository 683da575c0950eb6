"""Typed settings of the sections that shape environments: views, modules, variables, develop."""

from __future__ import annotations

import os
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from spack.config.settings.program_settings import Projections, texts
from spack.config.values.path_variables import PathVariables
from spack.config.values.values import Value
from spack.errors import Origin

DEFAULT_VIEW = "default"
#: Where the default view lies, from the environment's directory.
DEFAULT_VIEW_ROOT = os.path.join(".spack-env", "view")


class ViewSettings(NamedTuple):
    """A view descriptor; ``root`` is absolute."""

    name: str
    root: str
    link: str = "all"
    link_type: str = "symlink"
    select: Tuple[str, ...] = ()
    exclude: Tuple[str, ...] = ()
    projections: Projections = {}
    origin: Origin = Origin("default")


class VariableChanges(NamedTuple):
    """The section ``env_vars``, and the ``environment`` of externals and modules."""

    set: Mapping[str, str] = {}
    unset: Tuple[str, ...] = ()
    prepend_path: Mapping[str, str] = {}
    append_path: Mapping[str, str] = {}
    remove_path: Mapping[str, str] = {}


class DevelopEntry(NamedTuple):
    """A package of the environment that is built from local sources."""

    spec: str
    path: str
    origin: Origin


class ModuleKind(NamedTuple):
    """The settings of one kind of module files; ``rules`` are per spec, ``all`` included."""

    verbose: bool = False
    hash_length: int = 7
    include: Tuple[str, ...] = ()
    exclude: Tuple[str, ...] = ()
    exclude_implicits: bool = False
    hide_implicits: bool = False
    defaults: Tuple[str, ...] = ()
    projections: Projections = {}
    core_compilers: Tuple[str, ...] = ()
    core_specs: Tuple[str, ...] = ()
    hierarchy: Tuple[str, ...] = ()
    filter_hierarchy_specs: Mapping[str, Tuple[str, ...]] = {}
    rules: Mapping[str, Mapping[str, Any]] = {}


class ModuleSet(NamedTuple):
    """A named set of module files; ``use_view`` is a view's name or None."""

    name: str
    enable: Tuple[str, ...]
    roots: Mapping[str, str]
    arch_folder: bool
    use_view: Optional[str]
    prefix_inspections: Mapping[str, Tuple[str, ...]]
    tcl: ModuleKind
    lmod: ModuleKind


class ModulesSettings(NamedTuple):
    """The section ``modules``: inspections of prefixes and views, and the module sets."""

    prefix_inspections: Mapping[str, Tuple[str, ...]]
    sets: Mapping[str, ModuleSet]


def variable_changes(data: Mapping[str, Any]) -> VariableChanges:
    """A block with ``set``, ``unset``, ``prepend_path``, ``append_path`` and ``remove_path``."""

    def words(key: str) -> Dict[str, str]:
        return {name: str(value) for name, value in (data.get(key) or {}).items()}

    return VariableChanges(
        words("set"),
        texts(data.get("unset")),
        words("prepend_path"),
        words("append_path"),
        words("remove_path"),
    )


def view_settings(
    section: Optional[Value], directory: str, paths: PathVariables
) -> Dict[str, ViewSettings]:
    """The views of an environment in ``directory``; no ``view`` key means the default view."""
    place = section.origin if section is not None else Origin("default")
    data = True if section is None else section.data
    if data is True or data is None:
        data = DEFAULT_VIEW_ROOT
    if data is False:
        return {}
    if isinstance(data, str):
        root = paths.path(data, directory)
        return {DEFAULT_VIEW: ViewSettings(DEFAULT_VIEW, root, origin=place)}
    result = {}
    for name, value in data.items():
        entry = value.plain()
        if isinstance(entry, bool):
            if not entry:
                continue
            entry = {"root": DEFAULT_VIEW_ROOT}
        result[name] = ViewSettings(
            name,
            paths.path(entry["root"], directory),
            entry.get("link", "all"),
            entry.get("link_type", "symlink"),
            texts(entry.get("select")),
            texts(entry.get("exclude")),
            entry.get("projections", {}),
            value.origin,
        )
    return result


def develop_settings(
    section: Value, directory: str, paths: PathVariables
) -> Dict[str, DevelopEntry]:
    """The section ``develop``; a path that is left out is the package's name."""
    result = {}
    for name, value in section.data.items():
        data = value.plain()
        path = paths.path(data.get("path", name), directory)
        result[name] = DevelopEntry(data["spec"], path, value.origin)
    return result


def modules_settings(section: Value, paths: PathVariables) -> ModulesSettings:
    """The section ``modules``."""
    data = section.plain()
    inspections = _inspections(data.pop("prefix_inspections", {}))
    sets = {name: _module_set(name, entry, inspections, paths) for name, entry in data.items()}
    return ModulesSettings(inspections, sets)


def _inspections(data: Mapping[str, Any]) -> Dict[str, Tuple[str, ...]]:
    """Relative directory (``bin``, empty for the prefix itself) to variables."""
    result = {}
    for directory, variables in data.items():
        relative = os.path.normpath(directory)
        result["" if relative == "." else relative] = texts(variables)
    return result


def _module_set(
    name: str,
    data: Mapping[str, Any],
    inspections: Mapping[str, Tuple[str, ...]],
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
    known: Dict[str, Any] = {}
    rules: Dict[str, Mapping[str, Any]] = {}
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
