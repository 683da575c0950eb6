"""Abilities of build tools that the build of a package depends on."""

from __future__ import annotations

from spack.language.concrete_specs import ConcreteSpec
from spack.language.versions import parse_version

#: The first versions that find a job server by the path of a named pipe. Make finds one by
#: descriptors, too, since before; ninja does not.
_BY_PATH = {"gmake": parse_version("4.4"), "ninja": parse_version("1.13")}


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
