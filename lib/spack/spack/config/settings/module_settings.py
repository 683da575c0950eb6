"""Typed settings of the section ``modules``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from spack.config.settings.program_settings import texts
from spack.config.values.path_variables import PathVariables
from spack.config.values.values import Value
from spack.named_tuples import NamedTuple


class ModulesSettings(NamedTuple):
    """The section ``modules``.

    Attributes:
        prefix_inspections: directory of a prefix -> variables that its path is put into.
        roots: name of a set of module files -> ``tcl`` or ``lmod`` -> the directory of its files.
    """

    prefix_inspections: Mapping[str, tuple[str, ...]]
    roots: Mapping[str, Mapping[str, str]]


def modules_settings(section: Value, paths: PathVariables) -> ModulesSettings:
    """The section ``modules``."""
    data = section.plain()
    inspections = _inspections(data.pop("prefix_inspections", {}))
    roots = {
        name: {kind: paths.path(root) for kind, root in entry.get("roots", {}).items()}
        for name, entry in data.items()
    }
    return ModulesSettings(inspections, roots)


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
