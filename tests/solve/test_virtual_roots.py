"""Roots that are virtuals: the version is theirs, all else is said about what provides them."""

from __future__ import annotations

import pytest
from tests.solve.corpus import GCC, LLVM, compiler, concretize, flag, names, node, package, world
from tests.solve.scenario_parts import BUILT, C, child

from spack.solve.asp import criteria
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import Solution, World

RECIPES = (
    package("suite", provides=["blas lapack"]),
    package("reference", provides=["lapack"], depends=["blas"]),
    package("fast", depends=[C], variants=[flag("threads", False)], provides=["blas"]),
    package("slow", provides=["blas"]),
    package("other"),
)


def here() -> World:
    return world(
        RECIPES,
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
        providers={"blas": ("fast", "slow"), "lapack": ("suite", "reference")},
    )


def both(*roots: str) -> Solution:
    lazy, full = concretize(here(), *roots), concretize(here(), *roots, lazy=False)
    assert lazy.costs == full.costs
    return lazy


def test_alone_the_preferred_provider_stands_for_it() -> None:
    assert names(both("lapack")) == ["suite"]


def test_another_virtual_must_be_used_by_somebody() -> None:
    found = both("lapack ^blas")
    assert {"reference", "fast"} <= set(names(found)) and "suite" not in names(found)


def test_a_package_below_must_be_used_by_the_provider() -> None:
    assert names(both("lapack ^slow")) == ["reference", "slow"]


def test_what_no_provider_uses_is_refused() -> None:
    for root in ("lapack ^other", "blas ^lapack"):
        with pytest.raises(UnsatisfiableRequestError):
            both(root)


def test_variants_compiler_and_target_are_those_of_the_provider() -> None:
    found = both("blas+threads target=x86_64_v3 %clang")
    fast = node(found, "fast")
    assert fast.variants["threads"] is True and fast.target == "x86_64_v3"
    assert child(fast, "llvm").version == LLVM.version


def test_a_provider_that_cannot_be_so_does_not_stand_for_it() -> None:
    with pytest.raises(UnsatisfiableRequestError):
        both("lapack+threads")
    assert "fast" in names(both("blas %c=clang"))


def test_a_second_node_provides_what_the_root_would_be_charged_for() -> None:
    """The root is one node of the tool; another one, to build with, is no root."""
    recipes = (
        package("app", depends=[("w", "build")]),
        package("tool", provides=["v", "w"], tags=("build-tools",)),
        package("listed", provides=["w"], conflicts=[("@1.0", None, None)]),
    )
    tools = world(recipes, providers={"v": ("tool",), "w": ("listed",)})
    tools = tools._replace(max_duplicates={**tools.max_duplicates, "tool": 2})
    lazy, full = concretize(tools, "app", "v"), concretize(tools, "app", "v", lazy=False)
    assert lazy.costs == full.costs
    assert lazy.costs[BUILT + criteria.PROVIDERS] == 100
    assert lazy.costs[criteria.DUPLICATES] == 1


#: Roots that meet the virtual in every way: linked, at build time, and hidden by a build tool.
USERS = (
    package("links-fast", depends=["fast"]),
    package("uses", depends=["blas"]),
    package("uses-at-build", depends=[("blas", "build")]),
    package("links-a-user", depends=["uses"]),
    package("links-a-builder", depends=["uses-at-build"]),
    package("built-with-a-user", depends=[("uses", "build")]),
)


@pytest.mark.parametrize(
    "root, solves",
    [
        ("uses ^blas", True),
        ("uses-at-build ^blas", True),
        ("links-a-user ^blas", True),
        ("links-a-builder ^blas", False),
        ("built-with-a-user ^blas", False),
        ("links-fast ^blas", False),
    ],
)
def test_a_virtual_below_a_root_is_direct_or_used_at_run_time(root: str, solves: bool) -> None:
    made = world([*RECIPES, *USERS], providers={"blas": ("fast", "slow")})
    for lazy in (True, False):
        if solves:
            assert "fast" in names(concretize(made, root, lazy=lazy))
            continue
        with pytest.raises(UnsatisfiableRequestError, match="blas is neither a direct dependency"):
            concretize(made, root, lazy=lazy)


def test_what_brings_a_virtual_that_is_asked_for_by_name_is_told() -> None:
    parallel = package("parallel", depends=[("blas", "link", "+x")], variants=[flag("x", True)])
    with pytest.raises(UnsatisfiableRequestError, match=r"depends on blas only when \+x") as caught:
        concretize(world([*RECIPES, parallel]), "parallel~x ^blas")
    assert "neither" not in str(caught.value)


@pytest.mark.parametrize("lazy", [True, False])
def test_a_tool_that_uses_a_virtual_does_not_make_a_linked_provider_one_of_it(lazy: bool) -> None:
    both = package(
        "both",
        depends=["fast", ("uses", "build"), ("blas", "link", "+x")],
        variants=[flag("x", True)],
    )
    made = world([*RECIPES, *USERS, both], providers={"blas": ("fast", "slow")})
    assert "fast" in names(concretize(made, "both+x ^blas", lazy=lazy))
    with pytest.raises(UnsatisfiableRequestError, match=r"depends on blas only when \+x"):
        concretize(made, "both~x ^blas", lazy=lazy)
