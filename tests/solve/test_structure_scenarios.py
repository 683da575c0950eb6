"""More scenarios of the solver: several nodes of one package, propagation, flags, mixing.

The number in a test name is the number of the scenario.
"""

from __future__ import annotations

import pytest
from tests.solve.corpus import (
    GCC,
    HOST,
    LLVM,
    compiler,
    concretize,
    flag,
    names,
    node,
    package,
    words,
    world,
)
from tests.solve.scenario_parts import BUILT, CXX, C, all_of, child, compiled, gcc, require, tools

from spack.language.concrete_specs import Architecture, ConcreteSpec, External
from spack.language.versions import parse_version
from spack.solve.asp import criteria
from spack.solve.explaining.refusals import UnsatisfiableRequestError


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


def test_68_a_required_flag_is_there() -> None:
    here = world([package("p", depends=[C])], preferences={"p": require("cflags=-O1")})
    assert node(concretize(here, "p"), "p").flags["cflags"] == ("-O1",)


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


def test_a_flag_that_is_put_twice_stands_where_it_is_put_last() -> None:
    here = world([package("p", depends=[C])], preferences={"p": require("cflags=-g")})
    solution = concretize(here, "p cflags='-O2 -pipe -g -O2'")
    assert node(solution, "p").flags["cflags"] == ("-pipe", "-g", "-O2")


def test_flags_of_dependents_stand_from_the_root_down() -> None:
    records = [
        package("app", depends=["lib cflags=-Wz", "mid"]),
        package("mid", depends=["lib cflags=-Wb"]),
        package("lib", depends=[C]),
    ]
    solution = concretize(world(records), "app")
    assert node(solution, "lib").flags["cflags"] == ("-Wz", "-Wb")


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


def test_a_further_node_is_as_old_as_those_who_need_it_demand() -> None:
    """Without that it would seem to be cheap, and a second round would be needed to see."""
    records = [
        package("app", depends=[("tool@1", "build"), "lib"]),
        package("lib", depends=[("tool", "build")]),
        package("tool", "3.0", "2.0", "1.0", tags=("build-tools",)),
    ]
    here = world(records)._replace(max_duplicates={"tool": 2})
    solution = concretize(here, "app")
    (tool,) = all_of(solution, "tool")
    assert str(tool.version) == "1.0"
    assert solution.statistics.rounds == 1


def test_what_a_root_tests_may_bring_what_its_request_binds() -> None:
    """The condition ``^x`` holds because x is asked for, and x is there because it holds."""
    made = world(
        [
            package("x", "2.0", "1.0"),
            package("y", depends=["x"]),
            package("app", depends=[("y", "link", "^x")]),
            package("builder", depends=[("y", "build", "^x")]),
            package("old", depends=[("y", "link", "^x@1")]),
        ]
    )
    for lazy in (True, False):
        assert names(concretize(made, "app ^x", lazy=lazy)) == ["app", "x", "y"]
        assert names(concretize(made, "app", lazy=lazy)) == ["app"]
        assert str(node(concretize(made, "old ^x", lazy=lazy), "x").version) == "1.0"
        for root in ("builder ^x", "old ^x@2"):
            with pytest.raises(UnsatisfiableRequestError):
                concretize(made, root, lazy=lazy)
