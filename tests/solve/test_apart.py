"""Roots that are solved each alone on one program: what is shared, and what is left to others."""

from __future__ import annotations

import pytest
from tests.solve.corpus import concretize, flag, located, package, words, world

from spack.language.modes import Unify
from spack.solve import apart
from spack.solve.apart import Outcome, solve_apart
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.nodes import Reach
from spack.solve.problem.request import Request, Solution, World
from spack.solve.unify import solve_roots

LIB = package(
    "lib",
    "1.0",
    "2.0",
    variants=[flag("x", False), words("parts", ("a", "b"), ("a", "b", "c"))],
    depends=[("extra", "link", "+x")],
)


def recipes() -> World:
    tool = package("tool", "1.0", "2.0", tags=("build-tools",))
    return world(
        [
            LIB,
            tool,
            package("extra"),
            package("app", depends=["lib", ("tool", "build")]),
            package("old", depends=["lib@1.0", ("tool@1.0", "build")]),
            package("asks", depends=["lib+x"]),
            package("left", depends=["lib"], conflicts=[("^lib@2.0", None, None)]),
        ]
    )


def outcomes(here: World, *roots: str) -> list[Outcome]:
    wanted = [located(root) for root in roots]
    return solve_apart(wanted, here, lambda spec, patches: "", Request(()), 1)


def is_alone(here: World, root: str, outcome: Outcome) -> bool:
    """The outcome is the answer of the root alone."""
    solution = concretize(here, root)
    assert isinstance(outcome, Solution)
    (mine,), (own,) = outcome.roots, solution.roots
    assert mine is not None and own is not None
    return mine.dag_hash() == own.dag_hash() and outcome.costs == solution.costs


def test_roots_with_common_packages_are_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Encoding] = []
    plain = apart.encode

    def noting(*args: object) -> Encoding:
        written.append(plain(*args))  # type: ignore[arg-type]
        return written[-1]

    monkeypatch.setattr(apart, "encode", noting)
    here = recipes()
    roots = ("app", "old", "asks", "left", "lib", "tool@1.0")
    for root, outcome in zip(roots, outcomes(here, *roots)):
        assert is_alone(here, root, outcome)
    assert len(written) < len(roots)


def test_a_value_that_one_root_asks_for_is_a_default_for_that_one_only() -> None:
    here = recipes()
    roots = ("lib+x", "lib~x parts=c", "app ^lib+x", "app", "lib", "asks ^lib parts:=a")
    for root, outcome in zip(roots, outcomes(here, *roots)):
        assert is_alone(here, root, outcome)


def test_what_a_request_binds_is_bound_for_that_root_only() -> None:
    """The condition looks at what the request binds, below a root alone."""
    top = package("top", depends=["app"], conflicts=[("^lib@1.0", None, None)])
    here = world([LIB, package("extra"), package("tool"), package("app", depends=["lib"]), top])
    roots = ("top", "top ^lib@2.0", "app ^lib@1.0", "app")
    for root, outcome in zip(roots, outcomes(here, *roots)):
        assert is_alone(here, root, outcome)


def test_equal_roots_are_solved_once() -> None:
    here = recipes()
    first, _, again = outcomes(here, "app", "old", "app")
    assert first is again


def test_roots_without_an_answer_and_those_of_other_kinds_are_left_to_others() -> None:
    found = outcomes(recipes(), "app", "old ^lib@2.0", "app cflags=-O2", "nothing", "old")
    assert [outcome is None for outcome in found] == [False, True, True, True, False]


def test_an_optimum_that_touches_what_is_not_encoded_says_what() -> None:
    """The guess does not see that a provider conflicts with the root."""
    records = [
        package("first", provides=["v"], depends=["below"]),
        package("second", provides=["v"]),
        package("below"),
        package("user", depends=["v"], conflicts=[("^below", None, None), ("^first", None, None)]),
        package("plain", depends=["below"]),
    ]
    here = world(records, providers={"v": ("first", "second")})
    user, _ = outcomes(here, "user", "plain")
    assert isinstance(user, Reach)
    assert "second" in user.expanded
    wanted = [located("user"), located("plain")]
    specs, solutions = solve_roots(
        wanted, here, lambda spec, patches: "", unify=Unify.SEPARATELY, request=Request(())
    )
    assert specs[0].dag_hash() == concretize(here, "user").roots[0].dag_hash()  # type: ignore[union-attr]
    assert solutions[0].statistics.rounds == 1
