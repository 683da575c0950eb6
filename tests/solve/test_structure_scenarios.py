"""More scenarios of ``solver.md``: several nodes of one package, propagation, flags, mixing.

The number in a test name is the number of the scenario.
"""

from __future__ import annotations

from typing import Any, List, Optional

import pytest
from tests.solve.corpus import (
    GCC,
    HOST,
    LLVM,
    compiler,
    concretize,
    external,
    flag,
    names,
    node,
    package,
    words,
    world,
)

from spack.errors import Origin
from spack.language import deptypes
from spack.language.parser import parse_spec
from spack.language.specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.versions import parse_version
from spack.recipes.records import VariantRecord
from spack.solve import criteria
from spack.solve.explain import UnsatisfiableRequestError
from spack.solve.request import Group, Preferences, Solution, World
from spack.solve.unify import with_candidates

C = ("c", "build")
CXX = ("cxx", "build")
FORTRAN = ("fortran", "build")
BUILT = criteria.BUILT
PLACE = Origin("packages.yaml", 4)


def group(policy: str, *members: Optional[str], when: Optional[str] = None) -> Group:
    specs = tuple(None if text is None else parse_spec(text) for text in members)
    return Group(policy, specs, None if when is None else parse_spec(when), None, PLACE)


def require(*texts: str, when: Optional[str] = None) -> Preferences:
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


def all_of(solution: Solution, name: str) -> List[ConcreteSpec]:
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


def test_43_a_compiler_never_gets_newer_downwards() -> None:
    here = compiled(compilers=[compiler(gcc("12.2.0")), compiler(gcc("11.4.0"))])
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here, "a%gcc@11 ^d%gcc@12")
    solution = concretize(here, "a%gcc@12 ^d%gcc@11")
    (runtime,) = all_of(solution, "gcc-runtime")
    assert str(runtime.version) == "12.2.0"
    assert str(child(node(solution, "d"), "gcc").version) == "11.4.0"
    assert solution.costs[criteria.DUPLICATES] == 2


def test_45_mixing_of_compilers_can_be_forbidden() -> None:
    both = [compiler(GCC), compiler(LLVM, "c", "cxx")]
    here = compiled(compilers=both)
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here._replace(compiler_mixing=False), "a%gcc ^d%llvm")
    exempt = here._replace(compiler_mixing=("d",))
    assert {"gcc", "llvm"} <= set(names(concretize(exempt, "a%gcc ^d%llvm")))


def test_47_a_compiler_as_root_is_built_by_another() -> None:
    own = package(
        "gcc",
        "12.2.0",
        "10.1.0",
        depends=[C],
        variants=[words("languages", ("c", "c++", "fortran"), ("c", "c++", "fortran"))],
        provides=[("c cxx", "languages=c,c++"), ("fortran", "languages=fortran")],
        tags=("compiler",),
    )
    solution = concretize(world([own]), "gcc@10")
    (root,) = solution.roots
    assert root is not None and str(root.version) == "10.1.0"
    assert str(child(root, "gcc").version) == "12.2.0"


def test_48_flags_of_a_compiler_entry_reach_what_it_compiles() -> None:
    marked = ConcreteSpec(
        "gcc",
        parse_version("12.2.0"),
        Architecture(HOST.platform, HOST.os, HOST.family),
        namespace="test",
        variants={"languages": ("c", "c++", "fortran")},
        external=External("/usr", extra_attributes={"flags": {"cflags": "-O3 -g"}}),
    )
    solution = concretize(compiled(compilers=[compiler(marked)]), "a")
    for name in ("a", "d", "gcc-runtime"):
        assert node(solution, name).flags["cflags"] == ("-O3", "-g")


def tools(*tags: str, limit: int = 2) -> World:
    here = world(
        [
            package("tool", "1", "2", variants=[flag("x", False)], tags=tags),
            package("lib", depends=[("tool@2", "build")]),
            package("b", depends=["lib", ("tool@1", "build")]),
        ]
    )
    return here._replace(max_duplicates={**here.max_duplicates, "tool": limit})


def test_51_a_build_tool_may_stand_twice() -> None:
    solution = concretize(tools("build-tools"), "b")
    assert sorted(str(s.version) for s in all_of(solution, "tool")) == ["1", "2"]
    assert solution.costs[criteria.DUPLICATES] == 1
    with pytest.raises(UnsatisfiableRequestError):
        concretize(tools("build-tools", limit=1), "b")


@pytest.mark.parametrize("sigil", ["^", "%"])
def test_54_a_request_reaches_one_of_two_nodes(sigil: str) -> None:
    solution = concretize(tools("build-tools"), f"b {sigil}tool+x")
    others = {"^": [True, True], "%": [False, True]}
    assert sorted(s.variants["x"] for s in all_of(solution, "tool")) == others[sigil]
    assert child(node(solution, "b"), "tool").variants["x"] is True


def at_target(name: str, target: str) -> ConcreteSpec:
    return ConcreteSpec(
        name,
        parse_version("1.0"),
        Architecture(HOST.platform, HOST.os, target),
        namespace="test",
        external=External("/usr"),
    )


def test_68_a_required_flag_is_there() -> None:
    here = world([package("p", depends=[C])], preferences={"p": require("cflags=-O1")})
    assert node(concretize(here, "p"), "p").flags["cflags"] == ("-O1",)


def libc_user(version: str) -> ConcreteSpec:
    """An installed node that was linked with some version of the C library."""
    return ConcreteSpec(
        "lib",
        parse_version("1.0"),
        Architecture(HOST.platform, HOST.os, HOST.targets[0]),
        namespace="test",
        dependencies=(ConcreteEdge(external("glibc", version), deptypes.LINK, ("libc",)),),
    )


def test_85_a_propagated_value_goes_all_the_way_down() -> None:
    p = [flag("p", False)]
    here = world(
        [
            package("app", depends=["plain", ("tool", "build")], variants=p),
            package("plain", depends=["lib"]),
            package("lib", variants=p),
            package("tool", depends=[("gen", "build")]),
            package("gen", variants=p),
            package("without", depends=["lib"]),
        ]
    )
    solution = concretize(here, "app++p")
    for name in ("app", "lib", "gen"):
        assert node(solution, name).variants["p"] is True
    assert criteria.VARIANTS + BUILT not in solution.costs
    assert node(concretize(here, "without++p"), "lib").variants["p"] is True
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here, "app++p ^lib~p")


def test_propagated_flags_reach_what_the_same_compilers_compile() -> None:
    here = world(
        [
            package("app", depends=[C, "lib", "mixed"]),
            package("lib", depends=[C]),
            package("mixed", depends=[C, CXX]),
            package("both", depends=[C, CXX, "lib"]),
        ]
    )
    solution = concretize(here, "app cflags==-O3")
    for name in ("app", "lib", "mixed"):
        assert node(solution, name).flags["cflags"] == ("-O3",)
    assert not node(solution, "gcc-runtime").flags.get("cflags")
    other = concretize(here, "both cflags==-O3")
    assert node(other, "both").flags["cflags"] == ("-O3",)
    assert not node(other, "lib").flags.get("cflags")


def test_strategies_of_duplicates() -> None:
    here = world(
        [
            package("app", depends=["tool@1", ("gen", "build")]),
            package("gen", depends=["tool@2"]),
            package("tool", "1", "2"),
        ]
    )
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here, "app")
    solution = concretize(here._replace(duplicates="full"), "app")
    assert sorted(str(s.version) for s in all_of(solution, "tool")) == ["1", "2"]
    with pytest.raises(UnsatisfiableRequestError):
        concretize(tools("build-tools")._replace(duplicates="none"), "b")
