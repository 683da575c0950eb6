"""Values that a package outside of the first round sets are free in the lazy solve as well."""

from __future__ import annotations

from typing import Any

from tests.solve.corpus import concretize, flag, names, node, package, words, world
from tests.solve.scenario_parts import require

from spack.recipes.records.package_records import PackageRecord


def both(records: list[PackageRecord], root: str = "app", **settings: Any) -> list[str]:
    """Names in the answer, which costs the same lazily and fully."""
    here = world(records, providers={"v": ("first", "second")}, **settings)
    lazy, full = concretize(here, root), concretize(here, root, lazy=False)
    assert lazy.costs == full.costs
    assert names(lazy) == names(full)
    assert node(lazy, "lib").variants == node(full, "lib").variants
    return names(lazy)


APP = package("app", depends=["v", "lib"], conflicts=[("^lib~x", None, None)])
LIB = package("lib", variants=[flag("x", False)])
FIRST = package("first", provides=["v"])


def test_a_second_provider_that_sets_a_value_is_better_than_a_charged_change() -> None:
    """``+x`` is forced: 2 at 250 with the preferred provider, nothing with one that asks for it."""
    second = package("second", provides=["v"], depends=["lib+x"])
    assert both([APP, LIB, FIRST, second]) == ["app", "lib", "second"]


def test_the_value_may_be_set_further_down() -> None:
    second = package("second", provides=["v"], depends=["deep"])
    deep = package("deep", depends=["deeper"])
    deeper = package("deeper", depends=["lib+x"])
    found = both([APP, LIB, FIRST, second, deep, deeper])
    assert found == ["app", "deep", "deeper", "lib", "second"]


def test_a_second_provider_that_sets_nothing_is_not_taken() -> None:
    second = package("second", provides=["v"], depends=["lib"])
    assert both([APP, LIB, FIRST, second]) == ["app", "first", "lib"]


def test_a_requirement_may_set_the_value() -> None:
    second = package(
        "second", provides=["v"], depends=["lib"], requires=[(("^lib+x",), "one_of", None)]
    )
    assert both([APP, LIB, FIRST, second]) == ["app", "lib", "second"]
    plain = package("second", provides=["v"], depends=["lib"])
    settings = {"preferences": {"second": require("^lib+x")}}
    assert both([APP, LIB, FIRST, plain], **settings) == ["app", "lib", "second"]


def test_a_value_of_a_virtual_sets_that_of_its_provider() -> None:
    second = package("second", provides=["v"], depends=["u+x"])
    lib = package("lib", variants=[flag("x", False)], provides=["u"])
    assert both([APP, lib, FIRST, second]) == ["app", "lib", "second"]


def test_a_sticky_value_may_be_set_from_below() -> None:
    """Without the directive of the second provider there is no answer at all."""
    lib = package("lib", variants=[flag("x", False, sticky=True)])
    second = package("second", provides=["v"], depends=["lib+x"])
    assert both([APP, lib, FIRST, second]) == ["app", "lib", "second"]


def test_values_of_several_words() -> None:
    lib = package("lib", variants=[words("m", "a", ("a", "b", "c"))])
    app = package("app", depends=["v", "lib"], conflicts=[("^lib m=a", None, None)])
    second = package("second", provides=["v"], depends=["lib m=c"])
    assert both([app, lib, FIRST, second]) == ["app", "lib", "second"]


def test_another_version_of_a_build_tool_may_set_the_value() -> None:
    """The further node of a split package has dependencies of its own."""
    records = [
        package("app", depends=["lib", ("tool@1", "build")], conflicts=[("^lib~x", None, None)]),
        package("lib", variants=[flag("x", False)], depends=[("tool@2", "build")]),
        package("tool", "2.0", "1.0", depends=[("lib+x", "link", "@1")], tags=("build-tools",)),
    ]
    here = world(records)
    here = here._replace(max_duplicates={**here.max_duplicates, "tool": 2, "lib": 2})
    costs = []
    for lazy in (True, False):
        try:
            costs.append(concretize(here, "app", lazy=lazy).costs)
        except Exception as error:
            costs.append({"error": type(error).__name__})
    assert costs[0] == costs[1]
