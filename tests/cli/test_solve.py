"""``spack solve`` through the real launcher."""

from __future__ import annotations

from tests.end_to_end.small_instance import Instance


def test_criteria_statistics_and_graph(built: Instance) -> None:
    shown = built.ok("solve", "--fresh", "--stats", "--timers", "answer")
    assert "packages to build" in shown
    assert "rounds" in shown
    assert "encode" in shown
    assert "answer@2.0" in shown


def test_all_criteria_are_named_on_demand(built: Instance) -> None:
    few = built.ok("solve", "answer")
    every = built.ok("solve", "--all-criteria", "answer")
    assert "deprecated versions" in every
    assert "deprecated versions" not in few
