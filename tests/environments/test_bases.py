"""Solves that are built on others: what is a fact for them, and when they are done again."""

from __future__ import annotations

from tests.environments.conftest import FakeSolver

from spack.environments.concretization import Concretized, concretize
from spack.environments.manifests.manifest import parse_manifest_text
from spack.environments.manifests.spec_lists import UserSpec
from spack.environments.solve_graph import SolveNode
from spack.language.lockfiles import Lockfile
from spack.language.modes import Unify


def _roots(group: str, *texts: str) -> tuple[UserSpec, ...]:
    manifest = parse_manifest_text("spack:\n  specs: [" + ", ".join(texts) + "]\n", "spack.yaml")
    found = manifest.user_specs(lambda clause, origin: True)
    return tuple(root._replace(group=group) for root in found)


def _graph(base: tuple[str, ...], own: tuple[str, ...], again: bool = False) -> list[SolveNode]:
    return [
        SolveNode("base", _roots("base", *base), unify=Unify.TOGETHER, again=again),
        SolveNode("dev", _roots("dev", *base, *own), unify=Unify.TOGETHER, bases=("base",)),
        SolveNode("other", _roots("other", "zlib"), unify=Unify.TOGETHER),
    ]


def _done(graph: list[SolveNode], solver: FakeSolver, lock: Lockfile | None = None) -> Concretized:
    solver.questions.clear()
    solver.fixed.clear()
    return concretize(graph, lock, solver)


def test_a_base_is_solved_without_what_is_built_on_it_and_is_a_fact_for_that(
    solver: FakeSolver,
) -> None:
    result = _done(_graph(("left",), ("right",)), solver)
    assert [texts for texts, _, _ in solver.questions] == [["left"], ["right"], ["zlib"]]
    assert solver.fixed == [[], ["left"], []]
    specs = {root.key: spec.dag_hash() for root, spec in result.added}
    assert specs["base", "left"] == specs["dev", "left"]


def test_what_is_built_on_a_base_is_solved_again_when_the_base_becomes_another(
    solver: FakeSolver,
) -> None:
    first = _done(_graph(("left",), ("right",)), solver)
    solver.versions["left"] = "2.0"
    again = _done(_graph(("left",), ("right",), again=True), solver, first.lock)
    assert [texts for texts, _, _ in solver.questions] == [["left"], ["right"]]
    assert {str(spec.version) for root, spec in again.added if root.text == "left"} == {"2.0"}


def test_solving_a_base_again_to_the_same_specs_leaves_the_rest_alone(solver: FakeSolver) -> None:
    first = _done(_graph(("left",), ("right",)), solver)
    again = _done(_graph(("left",), ("right",), again=True), solver, first.lock)
    assert [texts for texts, _, _ in solver.questions] == [["left"]]
    assert not again.changed


def test_a_new_root_of_a_base_reaches_what_is_built_on_it(solver: FakeSolver) -> None:
    first = _done(_graph(("left",), ("right",)), solver)
    _done(_graph(("left", "more"), ("right",)), solver, first.lock)
    assert [texts for texts, _, _ in solver.questions] == [["more"], ["right"]]
    assert solver.fixed[1][:2] == ["left", "more"]
