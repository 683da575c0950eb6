"""Former builds of a store, and forecasts that follow from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.install.graphs import external, node

from spack.builds.events import StepAction
from spack.builds.options import InstallOptions
from spack.install import past_builds
from spack.install.forecasts import Forecast, Forecasts, MemoryBudget, seconds_left, weights
from spack.install.past_builds import PastBuild, PastBuilds
from spack.install.plan import Plan, make_plan
from spack.language.concrete_specs import ConcreteSpec


def built(spec: ConcreteSpec, seconds: float, memory: int = 0) -> PastBuild:
    action = StepAction.BUILD
    return PastBuild(
        spec.dag_hash(), spec.name, str(spec.version), action, seconds, 3 * seconds, memory
    )


def plan_of(*roots: ConcreteSpec) -> Plan:
    return make_plan(roots, frozenset(), InstallOptions(), is_installed=lambda spec: False)


def test_builds_are_remembered_and_damaged_lines_are_not(tmp_path: Path) -> None:
    past = PastBuilds(str(tmp_path))
    assert past.all() == []
    first, second = built(node("a"), 1.5, 1 << 30), built(node("b"), 20.25)
    past.add(first)
    with Path(past.path).open("ab") as stream:
        stream.write(b"1 abc half\n\xff\xfe 1 x y build one 2 3\n1 h n v flown 1 2 3\n\n1 h n v\n")
    past.add(second)
    assert past.all() == [first, second]


def test_nothing_is_remembered_where_nothing_can_be_written(tmp_path: Path) -> None:
    past = PastBuilds(str(tmp_path / "missing"))
    past.add(built(node("a"), 1.0))
    assert past.all() == []


def test_a_large_file_keeps_the_last_build_of_every_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_builds, "_LARGE", 1000)
    past = PastBuilds(str(tmp_path))
    for number in range(30):
        past.add(built(node("a"), float(number)))
        past.add(built(node("b"), float(number)))
    assert past.all() == [built(node("a"), 29.0), built(node("b"), 29.0)]
    assert len(Path(past.path).read_text().splitlines()) == 2
    assert past.all() == [built(node("a"), 29.0), built(node("b"), 29.0)]


def test_that_spec_else_that_package_else_the_usual_one() -> None:
    old, new, other = node("a", version="1.0"), node("a", version="2.0"), node("z")
    found = Forecasts()
    steps = plan_of(node("top", old, new, other)).steps
    assert found.of(steps[old.dag_hash()]) is None
    found.learn(built(old, 10.0, 5))
    assert found.of(steps[new.dag_hash()]) == Forecast(10.0, 30.0, 5)
    found.learn(built(new, 20.0, 7))
    assert found.of(steps[old.dag_hash()]) == Forecast(10.0, 30.0, 5)
    assert found.of(steps[new.dag_hash()]) == Forecast(20.0, 60.0, 7)
    assert found.of(steps[other.dag_hash()]) == Forecast(15.0, 45.0, 0)


def test_the_longest_chain_or_all_work_is_the_time_that_is_left() -> None:
    low, mid, side = node("low"), node("mid", node("low")), node("side")
    top = node("top", mid, side, external("gcc", "/usr"))
    plan = plan_of(top)
    keys = {spec.name: spec.dag_hash() for spec in (low, mid, side, top)}
    known = Forecasts(built(spec, t) for spec, t in ((low, 10), (mid, 20), (side, 8), (top, 5)))
    assert weights(plan, known)[keys["mid"]] == 20 and weights(plan, Forecasts())[keys["mid"]] == 1
    going = dict.fromkeys(keys.values(), 0.0)
    assert seconds_left(plan, known, going, jobs=100) == 35.0
    assert seconds_left(plan, known, going, jobs=1) == 3 * 43.0
    del going[keys["low"]]
    assert seconds_left(plan, known, {**going, keys["mid"]: 10.0}, jobs=100) == 15.0
    assert seconds_left(plan, known, {**going, keys["mid"]: 90.0}, jobs=100) == 23.0
    assert seconds_left(plan, Forecasts(), going, jobs=100) is None


def test_memory_is_shared_and_what_waits_is_not_overtaken() -> None:
    budget = MemoryBudget(100)
    budget.begin_round()
    assert budget.fits(500), "alone it has all there is"
    budget.take("huge", 500)
    assert budget.fits(0) and not budget.fits(1)
    budget.give_back("huge")
    budget.begin_round()
    assert budget.fits(60)
    budget.take("large", 60)
    assert not budget.fits(70) and not budget.fits(10), "memory is kept for the first that waits"
    budget.begin_round()
    assert budget.fits(40)
    assert MemoryBudget(None).fits(1 << 50)
