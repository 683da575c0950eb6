"""Several roots: beside concrete ones, in parallel, and what they share."""

from __future__ import annotations

import pytest
from tests.solve.corpus import concretize, flag, located, names, package, world

from spack.language.concrete_specs import ConcreteSpec
from spack.language.modes import Unify
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.fixed import ClashingRootsError
from spack.solve.problem.request import Request, Solution, World
from spack.solve.unify import solve_roots

C = ("c", "build")


def recipes() -> World:
    return world(
        [
            package("lib", "1.0", "2.0"),
            package("app", depends=["lib"]),
            package("old", depends=["lib@1.0"]),
            package("tool", "1.0", "2.0", tags=("build-tools",)),
            package("runs", depends=[("tool", "run")]),
            package("made", depends=["lib", ("tool@1.0", "build")]),
            package("compiled", depends=[C, "lib"]),
            package("mpia", provides=["mpi"]),
            package("mpib", provides=["mpi"]),
            package("par", depends=["mpi"]),
            package("other", depends=["mpi"], variants=[flag("x", True)]),
        ],
        providers={"mpi": ("mpia", "mpib")},
    )


def beside(
    here: World,
    fixed: list[ConcreteSpec],
    *roots: str,
    unify: Unify = Unify.TOGETHER,
    jobs: int = 1,
) -> tuple[list[ConcreteSpec], list[Solution]]:
    request = Request((), fixed=tuple(fixed))
    return solve_roots(
        [located(root) for root in roots],
        here,
        lambda spec, patches: "",
        unify=unify,
        request=request,
        jobs=jobs,
    )


def only_root(solution: Solution) -> ConcreteSpec:
    (root,) = solution.roots
    assert root is not None
    return root


def library(spec: ConcreteSpec) -> str:
    return str(spec if spec.name == "lib" else spec.edge("lib").spec.version)  # type: ignore[union-attr]


def test_a_new_root_takes_what_is_there() -> None:
    here = recipes()
    old = only_root(concretize(here, "old"))
    (app,), _ = beside(here, [old], "app")
    assert library(app) == "1.0"
    assert app.edge("lib").spec is not None
    assert app.edge("lib").spec.dag_hash() == old.edge("lib").spec.dag_hash()  # type: ignore[union-attr]


def test_a_new_root_that_clashes_is_refused() -> None:
    here = recipes()
    old = only_root(concretize(here, "old"))
    with pytest.raises(UnsatisfiableRequestError, match="already in the environment") as caught:
        beside(here, [old], "app ^lib@2.0")
    assert "spack.lock" in str(caught.value)


def test_a_virtual_keeps_its_provider() -> None:
    here = recipes()
    par = only_root(concretize(here, "par ^mpib"))
    (other,), _ = beside(here, [par], "other")
    assert other.edge("mpi").spec.name == "mpib"  # type: ignore[union-attr]


def test_compiled_roots_agree_although_the_runtime_is_made_anew() -> None:
    here = recipes()
    first = only_root(concretize(here, "compiled"))
    (second,), _ = beside(here, [first], "compiled")
    assert second.dag_hash() == first.dag_hash()


def test_when_possible_leaves_what_clashes_for_a_later_round() -> None:
    here = recipes()
    old = only_root(concretize(here, "old"))
    specs, solutions = beside(here, [old], "app ^lib@2.0", "made", unify=Unify.WHEN_POSSIBLE)
    assert [library(spec) for spec in specs] == ["2.0", "1.0"]
    assert len(solutions) == 2
    (app,), _ = beside(here, [old], "app ^lib@2.0", unify=Unify.WHEN_POSSIBLE)
    assert library(app) == "2.0"


def test_what_was_asked_for_in_vain_is_charged_like_any_dependency() -> None:
    """The old lib below app costs less than a root of it; so app is solved first."""
    here = world([package("lib", "1.0", "2.0", "3.0"), package("app", depends=["lib"])])
    (app, lib), (first, _) = beside(here, [], "app ^lib@1.0", "lib@2.0", unify=Unify.WHEN_POSSIBLE)
    assert (library(app), str(lib.version)) == ("1.0", "2.0")
    assert [root is not None for root in first.roots] == [True, False]
    assert 270 not in first.costs


def test_when_nothing_is_possible_one_root_is_explained() -> None:
    with pytest.raises(UnsatisfiableRequestError) as caught:
        beside(recipes(), [], "old ^lib@2.0", "made ^tool@2.0", unify=Unify.WHEN_POSSIBLE)
    assert "old depends on lib@1.0" in str(caught.value)
    assert "made" not in str(caught.value)


def test_roots_that_disagree_already_cannot_be_unified_with() -> None:
    here = recipes()
    old = only_root(concretize(here, "old"))
    new = only_root(concretize(here, "app"))
    with pytest.raises(ClashingRootsError, match=r"lib@1\.0"):
        beside(here, [old, new], "made")


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_the_answer_does_not_depend_on_the_number_of_processes(jobs: int) -> None:
    here = recipes()
    texts = ["app", "old", "made", "compiled", "par ^mpib", "other~x"]
    specs, solutions = beside(here, [], *texts, unify=Unify.SEPARATELY, jobs=jobs)
    alone = [only_root(concretize(here, text)).dag_hash() for text in texts]
    assert [spec.dag_hash() for spec in specs] == alone
    assert [s.costs for s in solutions] == [concretize(here, text).costs for text in texts]
    first, _, third = (spec for spec in specs[:3])
    assert first.edge("lib").spec is specs[3].edge("lib").spec  # type: ignore[union-attr]
    assert third.name == "made"


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_error_of_another_process_names_the_root(jobs: int) -> None:
    here = recipes()
    with pytest.raises(UnsatisfiableRequestError, match=r"old \^lib@2.0") as caught:
        beside(here, [], "app", "old ^lib@2.0", "made ^lib@3", unify=Unify.SEPARATELY, jobs=jobs)
    assert caught.value.reasons


def test_a_build_tool_that_is_run_already_may_stand_twice() -> None:
    here = recipes()
    here = here._replace(max_duplicates={**here.max_duplicates, "tool": 2})
    runs = only_root(concretize(here, "runs ^tool@2.0"))
    (made,), _ = beside(here, [runs], "made")
    assert str(made.edge("tool").spec.version) == "1.0"  # type: ignore[union-attr]
    (again,), _ = beside(here, [runs], "runs")
    assert again.dag_hash() == runs.dag_hash()
    with pytest.raises(UnsatisfiableRequestError, match="already in the environment"):
        beside(here, [runs], "runs ^tool@1.0")


def test_names_of_all_nodes_are_in_the_answer() -> None:
    assert names(concretize(recipes(), "made")) == ["lib", "made", "tool"]
