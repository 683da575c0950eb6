"""The guess names what the optimum contains, so that one round is enough."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.solve.corpus import concretize, flag, package, world

from spack.recipes.records.package_records import PackageRecord, ValueRecord, VariantRecord

EXTRA = package("extra")

CASES = {
    "a version that asks for what others exclude": [
        package("app", depends=["tool", "lib@1"]),
        package(
            "tool", "1", "2", depends=["lib", ("lib@2", "link", "@2"), ("extra", "link", "@1")]
        ),
        package("lib", "1", "2"),
        EXTRA,
    ],
    "a version that conflicts with a variant asked for": [
        package("app", depends=["lib+old"]),
        package(
            "lib",
            "1",
            "2",
            variants=[flag("old", False)],
            depends=[("extra", "link", "@1")],
            conflicts=[("+old", "@2", None)],
        ),
        EXTRA,
    ],
    "a default that gives way to a variant asked for": [
        package("app", depends=["lib+locale"]),
        package(
            "lib",
            variants=[flag("locale", False), flag("unicode", False)],
            depends=[("extra", "link", "+unicode")],
            conflicts=[("+locale~unicode", None, None)],
        ),
        EXTRA,
    ],
    "a variant that the recipe requires": [
        package(
            "app",
            variants=[flag("fast", False)],
            depends=[("extra", "link", "+fast")],
            requires=[(("+fast",), "one_of", None)],
        ),
        EXTRA,
    ],
    "a requirement met already": [
        package(
            "app",
            variants=[flag("fast", False), flag("small", True)],
            requires=[(("+fast", "+small"), "any_of", None)],
        ),
    ],
    "a default value that this version does not know": [
        package(
            "app",
            "2",
            variants=[
                VariantRecord(
                    "system",
                    "single",
                    "old",
                    (ValueRecord("old", True, "@1"), ValueRecord("new", True, "@2")),
                )
            ],
            depends=[("extra", "link", "system=new")],
        ),
        EXTRA,
    ],
    "a condition on what another package will look like": [
        package("app", depends=["lib", ("extra", "link", "^lib+fast")]),
        package("lib", variants=[flag("fast", False)]),
        package("extra"),
    ],
    "a condition on a package met later": [
        package("app", depends=[("extra", "link", "^below"), "below"]),
        package("below"),
        EXTRA,
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_one_round_is_enough(name: str) -> None:
    records: Sequence[PackageRecord] = CASES[name]
    solution = concretize(world(records), "app")
    found = {spec.name for spec in solution.nodes()}
    assert solution.statistics.rounds == 1
    assert {record.name for record in records} - found <= (
        {"extra"} if "look like" in name else set()
    )


def test_what_the_optimum_contains_is_followed_to_its_end() -> None:
    """A package that no default leads to is encoded together with all that it leads to."""
    chain = [package(f"c{n}", depends=[f"c{n + 1}"]) for n in range(9)]
    here = world(
        [
            package("app", depends=["v"], conflicts=[("^a", None, None)]),
            package("a", provides=["v"]),
            package("b", provides=["v"], depends=["c0"]),
            *chain,
            package("c9"),
        ],
        providers={"v": ("a", "b")},
    )
    solution = concretize(here, "app")
    assert "c9" in {spec.name for spec in solution.nodes()}
    assert solution.statistics.rounds == 2


def test_packages_that_change_each_others_minds_come_to_an_end() -> None:
    here = world(
        [
            package("app", depends=["left", "right"]),
            package(
                "left", "1", "2", depends=[("right@1", "link", "@2"), ("right@2", "link", "@1")]
            ),
            package(
                "right", "1", "2", depends=[("left@1", "link", "@1"), ("left@2", "link", "@2")]
            ),
        ]
    )
    with pytest.raises(Exception, match="left"):
        concretize(here, "app")


def test_a_build_tool_that_several_roots_want_in_different_versions_is_split_at_once() -> None:
    """For one root the round with a single node shows whether an older package is better."""
    tool = package("tool", "1", "2", tags=("build-tools",))
    one = package("a", depends=[("tool@1", "build")])
    here = world([tool, one, package("b", depends=[("tool@2", "build")])])
    here = here._replace(max_duplicates={"default": 1, "tool": 2})
    solution = concretize(here, "a", "b")
    assert solution.statistics.rounds == 1
    assert {str(n.version) for n in solution.nodes() if n.name == "tool"} == {"1", "2"}
