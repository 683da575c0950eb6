"""The printed problem is the one that was solved: clingo finds the same optimum in it."""

from __future__ import annotations

import clingo
from tests.solve.corpus import flag, located, package, world

from spack.solve.problem.request import Request
from spack.solve.solver import solve


def costs_of_text(text: str) -> dict[int, int]:
    """The optimum of a program that clingo reads, by priority, zeros left out."""
    control = clingo.Control(["--opt-mode=opt"])
    control.add("base", [], text)
    control.ground([("base", [])])
    best: list[dict[int, int]] = []

    def keep(model: clingo.Model) -> None:
        best[:] = [dict(zip(model.priority, model.cost))]

    control.solve(on_model=keep)
    return {priority: cost for priority, cost in best[0].items() if cost}


def test_the_text_has_the_optimum_of_the_solve() -> None:
    here = world(
        [
            package("app", depends=[("c", "build"), "lib", ("tool@1", "build")]),
            package("lib", "1", "2", depends=[("tool@2", "build")], variants=[flag("x", True)]),
            package("tool", "1", "2", tags=("build-tools",)),
        ]
    )
    here = here._replace(max_duplicates={**here.max_duplicates, "tool": 2})
    request = Request((located("app ^lib~x"),), keep_problem=True)
    solution = solve(request, here, lambda spec, patches: "")
    assert costs_of_text(solution.problem) == dict(solution.costs)


def test_constraints_tell_their_reason_and_place() -> None:
    here = world([package("app", depends=["lib@1"]), package("lib", "1", "2")])
    solution = solve(Request((located("app"),), keep_problem=True), here, lambda spec, patches: "")
    assert "% app depends on lib@1 [app/package.py:2]" in solution.problem
    assert 'version("lib","1")' in solution.problem


def test_the_text_is_made_on_demand_only() -> None:
    solution = solve(Request((located("app"),)), world([package("app")]), lambda spec, patches: "")
    assert solution.problem == ""
