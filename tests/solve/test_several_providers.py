"""Virtuals with several providers side by side: ``max_dupes`` of a virtual, strategy ``full``."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.solve.corpus import concretize, flag, node, package, world
from tests.solve.scenario_parts import require

from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import Preferences, Solution, World

TOOL = ("build-tools",)


def recipes(first: str, second: str, tags: Sequence[str] = ()):  # type: ignore[no-untyped-def]
    """Two dependents of a virtual that exclude each other's provider, with these types of edge."""
    return (
        package("app", depends=["one", "two"]),
        package("one", depends=[("v", first)], conflicts=[("^p1", None, None)]),
        package("two", depends=[("v", second)], conflicts=[("^p2", None, None)]),
        package("p1", provides=["v"], tags=tags),
        package("p2", provides=["v"], tags=tags),
    )


def here(
    records,  # type: ignore[no-untyped-def]
    strategy: str = "minimal",
    preferences: dict[str, Preferences] | None = None,
    **limits: int,
) -> World:
    found = world(records, preferences=preferences, providers={"v": ("p1", "p2")})
    return found._replace(duplicates=strategy, max_duplicates={**found.max_duplicates, **limits})


def both(world_: World, root: str = "app") -> Solution:
    lazy, full = concretize(world_, root), concretize(world_, root, lazy=False)
    assert lazy.costs == full.costs
    return lazy


def provider(solution: Solution, parent: str) -> str:
    edges = [e for e in node(solution, parent).dependencies if "v" in e.virtuals]
    assert len(edges) == 1
    return edges[0].spec.name


def test_two_build_tools_provide_one_virtual_side_by_side() -> None:
    solution = both(here(recipes("build", "build", TOOL), v=2, p1=2, p2=2))
    assert (provider(solution, "one"), provider(solution, "two")) == ("p2", "p1")
    assert solution.costs[100] == 1
    assert solution.costs[248] == 1


@pytest.mark.parametrize(
    "limits, tags",
    [
        ({}, TOOL),
        ({"p1": 2, "p2": 2}, TOOL),
        ({"v": 2}, TOOL),
        ({"v": 2, "p1": 2, "p2": 2}, ()),
    ],
)
def test_virtual_and_providers_must_be_allowed_to_occur_twice(
    limits: dict[str, int], tags: tuple[str, ...]
) -> None:
    """Without that both providers are in the one set of build-only dependencies."""
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here(recipes("build", "build", tags), **limits), "app")


def test_one_provider_is_kept_where_nothing_asks_for_two() -> None:
    records = (
        package("app", depends=["one", "two"]),
        package("one", depends=[("v", "build")]),
        package("two", depends=[("v", "build")]),
        package("p1", provides=["v"], tags=TOOL),
        package("p2", provides=["v"], tags=TOOL),
    )
    solution = both(here(records, v=2, p1=2, p2=2))
    assert provider(solution, "one") == provider(solution, "two") == "p1"
    assert 100 not in solution.costs


def test_what_is_linked_has_one_provider() -> None:
    limits = {"v": 2, "p1": 2, "p2": 2}
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here(recipes("link", "build", TOOL), **limits), "app")
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here(recipes("link", "link"), "full"), "app")


@pytest.mark.parametrize("tags", [(), TOOL])
def test_full_strategy_allows_one_to_link_and_one_to_build(tags: tuple[str, ...]) -> None:
    solution = both(here(recipes("link", "build", tags), "full"))
    assert (provider(solution, "one"), provider(solution, "two")) == ("p2", "p1")
    assert solution.costs[100] == 1


def test_full_strategy_does_not_multiply_what_only_builds() -> None:
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here(recipes("build", "build", TOOL), "full"), "app")


def test_strategy_none_has_one_provider() -> None:
    limits = {"v": 2, "p1": 2, "p2": 2}
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here(recipes("build", "build", TOOL), "none", **limits), "app")


def test_versions_of_a_virtual_choose_versions_of_one_provider() -> None:
    records = (
        package("app", depends=["one", "two"]),
        package("one", depends=[("v@1", "build")]),
        package("two", depends=[("v@2", "build")]),
        package("p1", "2.0", "1.0", provides=[("v@1", "@1"), ("v@2", "@2")], tags=TOOL),
    )
    solution = both(here(records, v=2, p1=2))
    found = {n.name: str(n.edge("p1").spec.version) for n in solution.nodes() if n.edge("p1")}  # type: ignore[union-attr]
    assert found == {"one": "1.0", "two": "2.0"}


def test_a_direct_dependency_on_a_provider_is_the_provider() -> None:
    records = (
        *recipes("link", "build")[1:],
        package("app", depends=["one", "two", "three"]),
        package("three", depends=[("v", "build"), ("p1", "build")]),
    )
    solution = both(here(records, "full"))
    assert provider(solution, "three") == "p1"
    assert len(node(solution, "three").dependencies) == 1


def test_a_requirement_holds_for_each_provider() -> None:
    """Two members of one requirement may be met by two providers."""
    limits = {"v": 2, "p1": 2, "p2": 2}
    records = recipes("build", "build", TOOL)
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here(records, preferences={"v": require("p1")}, **limits), "app")
    solution = both(here(records, preferences={"p1": require("@1.0")}, **limits))
    assert provider(solution, "two") == "p1"


@pytest.mark.parametrize(
    "root, solves", [("app", False), ("two ^v@:1", False), ("two ^v@:2", True)]
)
def test_a_provider_without_version_has_one_version_all_the_same(root: str, solves: bool) -> None:
    """Demands on one provider need a version in common."""
    records = (
        package("app", depends=["one", "two"]),
        package("one", depends=["v@1"]),
        package("two", depends=["v@2"]),
        package("p1", provides=["v"]),
    )
    if solves:
        assert provider(both(here(records), root), "two") == "p1"
        return
    with pytest.raises(UnsatisfiableRequestError) as caught:
        concretize(here(records), root)
    assert any("p1 cannot provide both v@" in reason.text for reason in caught.value.reasons)


def test_all_who_ask_for_the_same_versions_are_heard() -> None:
    records = [
        package("app", depends=["v@:1", "lib", "other"]),
        package("lib", depends=[("v@:1", "link", "+x")], variants=[flag("x", False)]),
        package("other", depends=["v@3:"]),
        package("p", provides=["v@1:3"]),
    ]
    with pytest.raises(UnsatisfiableRequestError, match="p cannot provide both v@"):
        concretize(world(records), "app")
