"""Abilities and programs of the tools of a build."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from spack.language.concrete_specs import ConcreteSpec
from spack.language.versions import parse_version
from spack.recipes.bound.bindings import PackageOf, PrefixOf
from spack.recipes.bound.bound_spec import bind

#: The first versions that find a job server by the path of a named pipe. Make finds one by
#: descriptors, too, since before; ninja does not.
_BY_PATH = {"gmake": parse_version("4.4"), "ninja": parse_version("1.13")}

#: Build systems whose tool takes part in a job server, whatever number it is told.
_TAKING_PART = ("cargo",)


def takes_part_anyway(spec: ConcreteSpec) -> bool:
    """Whether the tool that is told a number of jobs takes them from a job server itself."""
    return spec.variants.get("build_system") in _TAKING_PART


def takes_jobs_by_path(spec: ConcreteSpec) -> bool:
    """Whether the build finds a job server by a path better than by descriptors.

    A path survives programs that close what they inherited, but an old make ends at its sight. Of
    an external one the version is only what somebody wrote down.
    """
    able: dict[str, bool] = {}
    for node in spec.traverse():
        if node.name in _BY_PATH:
            is_able = node.version >= _BY_PATH[node.name] and node.external is None
            able[node.name] = is_able and able.get(node.name, True)
    return able.get("gmake", True) and any(able.values())


def c_programs(
    compilers: Sequence[ConcreteSpec], prefixes: PrefixOf, packages: PackageOf
) -> list[str]:
    """Paths of the programs that compile C, those of externals first.

    A compiler without one, or that cannot tell, is left out. The programs need not exist.
    """
    found: list[str] = []
    for node in sorted(compilers, key=lambda node: node.external is None):
        with contextlib.suppress(Exception):  # Whatever a recipe says instead of an answer.
            program = getattr(bind(node, prefixes, packages).package, "cc", None)
            if program:
                found.append(str(program))
    return found
