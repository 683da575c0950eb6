"""Values that a package outside of the first round sets are free in the lazy solve as well."""

from __future__ import annotations

from typing import Any

import pytest
from tests.solve.corpus import concretize, flag, names, node, package, words, world
from tests.solve.scenario_parts import require

from spack.recipes.records.package_records import PackageRecord
from spack.solve import solver
from spack.solve.explaining.refusals import UnsatisfiableRequestError


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


GPU = words("gpu", "none", ("none", "70", "80"))._replace(sticky=True)


def handed_on(*begins: str) -> list[PackageRecord]:
    """``lib`` wants a gpu, and ``second`` leads to packages that hand theirs on to it."""
    return [
        APP._replace(conflicts=()),
        package("lib", variants=[GPU], conflicts=[("gpu=none", None, "say which")]),
        FIRST,
        package("second", provides=["v"], depends=["far"]),
        package("far", depends=["hander", *begins]),
        package("hander", variants=[GPU], depends=[("lib gpu=70", "link", "gpu=70")]),
    ]


def test_a_sticky_value_that_is_handed_on_may_be_set_where_the_chain_begins() -> None:
    found = both(handed_on("hander gpu=70"))
    assert found == ["app", "far", "hander", "lib", "second"]


def test_a_chain_of_sticky_values_may_begin_with_a_condition_on_a_dependency() -> None:
    records = handed_on("trigger")
    records[4] = package(
        "far", variants=[GPU], depends=["trigger", ("lib gpu=80", "link", "^trigger+x")]
    )
    records.append(package("trigger", variants=[flag("x", True, sticky=True)]))
    assert both(records) == ["app", "far", "lib", "second", "trigger"]


def test_a_chain_of_sticky_values_that_begins_nowhere_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds: list[set[str]] = []
    encode = solver.encode

    def counted(*arguments: Any) -> Any:
        rounds.append(set(arguments[3].expanded))
        return encode(*arguments)

    monkeypatch.setattr(solver, "encode", counted)
    here = world(handed_on(), providers={"v": ("first", "second")})
    with pytest.raises(UnsatisfiableRequestError, match="say which"):
        concretize(here, "app")
    assert len(rounds) == 1 and "hander" not in rounds[0]
    assert "lib" in names(concretize(here, "app ^lib gpu=80"))
    required = here._replace(preferences={**here.preferences, "hander": require("gpu=70")})
    assert "hander" in names(concretize(required, "app"))
