"""The places for compiler flags of a spec: the wrapper, the environment, the build system.

A flag handler takes (package, flag type, list of flags) and returns three lists, each possibly
None: those that the wrapper injects, those put in a variable, those for the build system.
"""

from __future__ import annotations

from collections.abc import Iterable

from spack.language.specs import FLAG_TYPES
from spack.named_tuples import NamedTuple
from spack.type_names import Any, Optional

Flags = Optional[Iterable[str]]


def inject_flags(pkg: Any, name: str, flags: list[str]) -> tuple[Flags, Flags, Flags]:
    """The wrapper adds all flags."""
    return flags, None, None


def env_flags(pkg: Any, name: str, flags: list[str]) -> tuple[Flags, Flags, Flags]:
    """All flags are put in the variables ``CFLAGS`` and so on."""
    return None, flags, None


def build_system_flags(pkg: Any, name: str, flags: list[str]) -> tuple[Flags, Flags, Flags]:
    """All flags are passed by the build system."""
    return None, None, flags


class FlagPlan(NamedTuple):
    """Flags of a package by type and by the way they take; only types that have some."""

    inject: dict[str, list[str]]
    env: dict[str, list[str]]
    build_system: dict[str, list[str]]


def plan_flags(pkg: Any) -> FlagPlan:
    """Ask the handler of a package about each flag type.

    ``build_system`` has all six types. The caller hands it to ``flags_to_build_system_args``.
    """
    handler: Any = pkg.flag_handler
    function = getattr(handler, "__func__", handler)
    plan = FlagPlan({}, {}, {})
    given = pkg.spec.compiler_flags
    for name in FLAG_TYPES:
        injected, env, build_system = function(pkg, name, list(given[name]))
        if injected:
            plan.inject[name] = list(injected)
        if env:
            plan.env[name] = list(env)
        plan.build_system[name] = list(build_system or ())
    return plan
