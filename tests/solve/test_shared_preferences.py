"""Preferences and exclusions of ``packages:all`` on every node; providers that compilers bring."""

from __future__ import annotations

from tests.solve.corpus import concretize, flag, names, node, package, world
from tests.solve.scenario_parts import conflict, prefer

from spack.solve.asp import criteria
from spack.solve.problem.request import Solution, World


def both(here: World, root: str = "app") -> Solution:
    lazy, full = concretize(here, root), concretize(here, root, lazy=False)
    assert lazy.costs == full.costs
    return lazy


def test_the_c_library_of_compilers_provides_what_its_recipe_says() -> None:
    """That saves a build, where nothing prefers the other provider; a request for it holds."""
    records = (
        package("app", depends=["c", "v"]),
        package("lib", provides=["v"]),
        package("glibc", "2.36", provides=["libc", "v"], tags=("runtime",)),
    )
    here = world(records, providers={"v": ("lib",)})
    assert "lib" not in names(both(here))
    assert "lib" not in names(both(here, "app ^[virtuals=v] glibc"))
    here = world(records, providers={"v": ("lib",)}, preferences={"v": prefer("lib")})
    assert "lib" in names(both(here))


def test_a_conflict_of_all_on_compilers_counts_on_nodes_that_compile_nothing() -> None:
    """The data package would cost one more at 310, which outranks the changed variant."""
    records = [
        package("app", variants=[flag("x", True)], depends=["c", ("data", "link", "+x")]),
        package("data"),
    ]
    plain, weighed = (
        both(world(records, preferences=preferences))
        for preferences in ({}, {"all": conflict("%gcc@:11")})
    )
    assert node(plain, "app").variants["x"] is True
    assert node(weighed, "app").variants["x"] is False
    # app, the compiler, its wrapper and run-time library; libc has settings of its own here
    assert weighed.costs[criteria.REQUIREMENTS] == 4
