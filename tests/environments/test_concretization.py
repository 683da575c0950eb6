"""The roots that are solved again, and the content of the lock afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from tests.environments.conftest import alone

from spack.config.values.yaml_values import parse_yaml
from spack.environments.concretization import concretize, deconcretize, lock_status
from spack.environments.manifests.applicability import applicable
from spack.environments.manifests.spec_lists import UserSpec, user_specs
from spack.errors import InternalError
from spack.language.lockfiles import Lockfile
from spack.language.modes import Unify

#: The fixture of conftest.py.
Solver = Any


def roots(*texts: str) -> list[UserSpec]:
    lines = "".join(f"- '{text}'\n" for text in texts)
    return user_specs(parse_yaml(f"specs:\n{lines}", "spack.yaml").data["specs"], {})


def test_everything_is_new_without_a_lock(solver: Solver) -> None:
    result = concretize(alone(roots("a", "b@2")), None, solver)
    assert solver.questions == [(["a", "b@2"], Unify.SEPARATELY, [])]
    assert [text for _, text in result.lock.root_specs()] == ["a", "b@2"]
    assert sorted(s.name for s in result.lock.concrete_specs.values()) == ["a", "b", "base"]
    assert result.changed and len(result.added) == 2


def test_nothing_to_do(solver: Solver) -> None:
    lock = concretize(alone(roots("a")), None, solver).lock
    solver.questions.clear()
    result = concretize(alone(roots("a")), lock, solver)
    assert solver.questions == []
    assert not result.changed and len(result.kept) == 1


def test_separately_only_new_roots_are_solved(solver: Solver) -> None:
    lock = concretize(alone(roots("a")), None, solver).lock
    solver.versions["a"] = "9"
    result = concretize(alone(roots("a", "b")), lock, solver)
    assert solver.questions[-1] == (["b"], Unify.SEPARATELY, ["a", "base"])
    assert [str(spec.version) for spec, _ in result.lock.root_specs()] == ["1.0", "1.0"]
    assert [root.text for root, _ in result.added] == ["b"]


@pytest.mark.parametrize("unify", [Unify.TOGETHER, Unify.WHEN_POSSIBLE])
def test_together_new_roots_are_solved_beside_the_locked_ones(solver: Solver, unify: Unify) -> None:
    lock = concretize(alone(roots("a"), unify), None, solver).lock
    solver.versions["a"] = "9"
    result = concretize(alone(roots("a", "b"), unify), lock, solver)
    assert solver.questions[-1] == (["b"], unify, ["a", "base"])
    assert solver.fixed == [[], ["a"]]
    assert [root.text for root, _ in result.added] == ["b"]
    assert [root.text for root, _ in result.kept] == ["a"]
    solver.questions.clear()
    concretize(alone(roots("a", "b"), unify), result.lock, solver)
    assert solver.questions == []


def test_separate_roots_need_not_agree_with_locked_ones(solver: Solver) -> None:
    lock = concretize(alone(roots("a")), None, solver).lock
    concretize(alone(roots("a", "b")), lock, solver)
    assert solver.fixed == [[], []]


def test_force_decides_everything_again(solver: Solver) -> None:
    lock = concretize(alone(roots("a", "b")), None, solver).lock
    solver.versions["a"] = "9"
    result = concretize(alone(roots("a", "b")), lock, solver, force=True)
    assert solver.questions[-1] == (["a", "b"], Unify.SEPARATELY, [])
    assert [root.text for root, _ in result.added] == ["a"]


def test_removed_roots_leave_the_lock(solver: Solver) -> None:
    lock = concretize(alone(roots("a", "b")), None, solver).lock
    result = concretize(alone(roots("b")), lock, solver)
    assert result.removed == ("a",) and result.changed
    assert sorted(s.name for s in result.lock.concrete_specs.values()) == ["b", "base"]


def test_status_compares_meanings_not_texts(solver: Solver) -> None:
    lock = concretize(alone(roots("a +x@1", "b")), None, solver).lock
    status = lock_status(roots("a@1+x", "c"), lock)
    assert [root.text for root, _ in status.locked] == ["a@1+x"]
    assert [root.text for root in status.new] == ["c"]
    assert [text for text, _ in status.removed] == ["b"]
    assert not status.current


def test_of_two_locked_texts_with_one_meaning_the_first_is_the_root(solver: Solver) -> None:
    lock = concretize(alone(roots("a +x@1", "a@1+x")), None, solver).lock
    assert [text for text, _ in lock_status(roots("a@1 +x"), lock).removed] == ["a@1+x"]


def test_included_specs_can_be_reused_and_are_recorded(solver: Solver) -> None:
    other = concretize(alone(roots("x")), None, solver).lock
    result = concretize(alone(roots("a")), None, solver, included={"/env/x": other})
    assert solver.questions[-1][2] == ["base", "x"]
    assert list(result.lock.included) == ["/env/x"]
    again = Lockfile.from_text(result.lock.to_text())
    assert [text for _, text in again.included["/env/x"].roots] == ["x"]


def test_a_root_of_an_included_environment_is_not_solved_again(solver: Solver) -> None:
    other = concretize(alone(roots("x@=2", "y")), None, solver).lock
    solver.questions.clear()
    result = concretize(
        alone(roots("x @=2", "a"), Unify.TOGETHER), None, solver, included={"/env/x": other}
    )
    assert [question[0] for question in solver.questions] == [["a"]]
    assert solver.fixed[-1] == ["x"]
    assert [str(spec.version) for spec, _ in result.lock.root_specs()] == ["2", "1.0"]


def test_an_answer_without_a_root_is_our_fault(solver: Solver) -> None:
    with pytest.raises(InternalError, match="has no answer for the root"):
        concretize(alone(roots("a")), None, lambda node, roots, known: {})


def test_deconcretize_drops_dependents(solver: Solver) -> None:
    lock = concretize(alone(roots("a", "b")), None, solver).lock
    only = deconcretize(lock, [lock.roots[0][0]])
    assert [text for _, text in only.roots] == ["b"]
    assert deconcretize(lock, [solver.base.dag_hash()]).roots == []


def test_combinations_of_a_matrix_find_the_root_they_became(solver: Solver) -> None:
    """The lock knows which combinations a root stands for."""

    class Nothing:
        def has_variant(self, package: str, variant: str) -> bool:
            return False

        def can_depend(self, package: str, dependency: str, direct: bool) -> bool:
            return False

    text = "specs: [{matrix: [[a], [^x, ^y]]}, b]"
    written = user_specs(parse_yaml(text, "spack.yaml").data["specs"], {})
    reduced, _ = applicable(written, Nothing())
    assert [root.text for root in reduced] == ["a", "b"]
    lock = Lockfile.from_text(concretize(alone(reduced), None, solver).lock.to_text())
    assert lock_status(written, lock).current
    assert lock_status(reduced, lock).current
    assert not concretize(alone(reduced), lock, solver).changed
    assert [text for text, _ in lock_status(roots("b"), lock).removed] == ["a"]
    without = concretize(alone(roots("c", "a", "b")), None, solver).lock
    assert concretize(
        alone(reduced), concretize(alone(roots("a", "b")), None, solver).lock, solver
    ).changed
    of_three = concretize(alone([*roots("c"), *reduced]), without, solver).lock
    assert lock_status(written, deconcretize(of_three, [of_three.roots[0][0]])).current
