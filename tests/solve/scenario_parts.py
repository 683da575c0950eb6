"""Small worlds and configuration entries that several scenarios share."""

from __future__ import annotations

from typing import Any

from tests.solve.corpus import HOST, concretize, external, flag, package, world

from spack.errors import Origin
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.parser import parse_spec
from spack.language.versions import parse_version
from spack.recipes.records.package_records import VariantRecord
from spack.solve.asp import criteria
from spack.solve.problem.request import Group, Preferences, Solution, World
from spack.solve.problem.reuse import with_candidates

C = ("c", "build")

CXX = ("cxx", "build")

FORTRAN = ("fortran", "build")

BUILT = criteria.BUILT

PLACE = Origin("packages.yaml", 4)


def group(policy: str, *members: str | None, when: str | None = None) -> Group:
    specs = tuple(None if text is None else parse_spec(text) for text in members)
    return Group(policy, specs, None if when is None else parse_spec(when), None, PLACE)


def require(*texts: str, when: str | None = None) -> Preferences:
    return Preferences(groups=tuple(group("one_of", text, when=when) for text in texts))


def prefer(text: str) -> Preferences:
    return Preferences(groups=(group("any_of", text, None),))


def conflict(text: str) -> Preferences:
    return Preferences(groups=(group("one_of", text, None),))


def free(name: str, default: str) -> VariantRecord:
    """A variant that takes any word."""
    return VariantRecord(name, "single", default, None, False, None)


def gcc(version: str) -> ConcreteSpec:
    return external("gcc", version, languages=("c", "c++", "fortran"))


def installed(here: World, *roots: str) -> World:
    """The world in which everything of earlier answers may be reused."""
    nodes = [
        spec
        for root in roots
        for spec in concretize(here, root).nodes()
        if spec.external is None and spec.name not in ("compiler-wrapper", "gcc-runtime")
    ]
    return with_candidates(here, nodes)


def all_of(solution: Solution, name: str) -> list[ConcreteSpec]:
    return [spec for spec in solution.nodes() if spec.name == name]


def child(spec: ConcreteSpec, name: str) -> ConcreteSpec:
    return next(edge.spec for edge in spec.dependencies if edge.spec.name == name)


def two_providers(**preferences: Preferences) -> World:
    return world(
        [
            package("a", "1.0", "2.0", provides=["v"]),
            package("b", provides=["v"]),
            package("client", depends=["v"]),
        ],
        providers={"v": ("b", "a")},
        preferences=preferences,
    )


def compiled(*names_: str, **kwargs: Any) -> World:
    recipes = [
        package("a", depends=[C, "d"]),
        package("d", depends=[C]),
    ]
    return world(recipes, **kwargs)


def tools(*tags: str, limit: int = 2) -> World:
    here = world(
        [
            package("tool", "1", "2", variants=[flag("x", False)], tags=tags),
            package("lib", depends=[("tool@2", "build")]),
            package("b", depends=["lib", ("tool@1", "build")]),
        ]
    )
    return here._replace(max_duplicates={**here.max_duplicates, "tool": limit})


def at_target(name: str, target: str) -> ConcreteSpec:
    return ConcreteSpec(
        name,
        parse_version("1.0"),
        Architecture(HOST.platform, HOST.os, target),
        namespace="test",
        external=External("/usr"),
    )


def libc_user(version: str) -> ConcreteSpec:
    """An installed node that was linked with some version of the C library."""
    return ConcreteSpec(
        "lib",
        parse_version("1.0"),
        Architecture(HOST.platform, HOST.os, HOST.targets[0]),
        namespace="test",
        dependencies=(ConcreteEdge(external("glibc", version), deptypes.LINK, ("libc",)),),
    )
