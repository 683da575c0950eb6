"""Sketches are exact: what only hidden ways meet costs the same as with everything expanded."""

from __future__ import annotations

from random import Random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties.test_lazy_solve import outcome
from tests.solve.corpus import concretize, flag, package, world

from spack.errors import SpackError
from spack.recipes.records.package_records import PackageRecord
from spack.solve.problem.guess import Guess
from spack.solve.problem.request import World
from spack.solve.problem.reuse import with_candidates
from spack.solve.rules import ways

NAMES = [f"q{number}" for number in range(12)]
CONDITIONS = (None, None, "+x", "~x", "@2:", "@:1", "+y", "^q9", "^q10", "%c")
RANGES = ("", "", "", "", "@2:", "@:2", "+x", "~x")
TYPES = ("link", "link", "build,link", "run", "build")
ROOTS = ("q0 ^q11", "q0 ^q10+x", "q0 ^q11~x", "q0 ^v", "q0 ^q9@2: ^q11", "q0+x ^w", "q0 ^q8~y")


def repository(chance: Random) -> list[PackageRecord]:
    """Packages with a few directives on later ones: long ways, many of them under conditions."""
    records = []
    for number, name in enumerate(NAMES):
        later = [*NAMES[number + 1 : number + 6], *(("v", "w") if number < 6 else ())]
        depends: list[tuple[str, str, str | None]] = []
        for target in chance.choices(later, k=chance.randint(1, 4)) if later else ():
            wanted = "" if target in ("v", "w") else chance.choice(RANGES)
            condition = chance.choice(CONDITIONS if number else CONDITIONS[:7])
            depends.append((target + wanted, chance.choice(TYPES), condition))
        if chance.random() < 0.4:
            depends.append(("c", "build", None))
        conflicts = [("+x", "@3", None)] if chance.random() < 0.2 else []
        provides = [chance.choice(("v", "w"))] if number >= 8 or number == 6 else []
        records.append(
            package(
                name,
                *chance.sample(("1.0", "2.0", "3.0"), chance.randint(2, 3)),
                variants=[flag("x", chance.random() < 0.5), flag("y", chance.random() < 0.5, "+x")],
                depends=[d if d[2] else d[:2] for d in depends],  # type: ignore[misc]
                conflicts=conflicts,  # type: ignore[arg-type]
                provides=provides,
                tags=("build-tools",) if number in (4, 7) and chance.random() < 0.5 else (),
            )
        )
    return records


def in_both(seed: int, root: str, many: int) -> tuple[object, object]:
    """Outcomes of a lazy and a full solve where the guess knows nothing but the roots."""
    here = world(repository(Random(seed)), providers={"v": ("q7",), "w": ("q9", "q8")})
    here = here._replace(max_duplicates={**here.max_duplicates, "q4": 2, "q7": 2})

    def only_roots(guess: Guess) -> set[str]:
        return {"q0", "gcc"}

    with patch.object(Guess, "run", only_roots), patch.object(ways, "_MANY", many):
        lazy = outcome(here, root, lazy=True)
    return lazy, outcome(here, root, lazy=False)


# The examples are always the same ones: about one in some thousands shows what the manual says is
# left (internals/concretizer.rst, "Why the lazy solve is exact"), as the example below does.
@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.integers(0, 2**40), st.sampled_from(ROOTS), st.sampled_from([0, 8]))
def test_what_hidden_ways_meet_costs_what_it_costs_in_full(seed: int, root: str, many: int) -> None:
    """Every way is hidden at first."""
    lazy, full = in_both(seed, root, many)
    assert lazy == full


@pytest.mark.xfail(strict=True, reason="a value that only a hidden package sets is paid for")
def test_a_value_that_only_a_hidden_package_would_set_costs_nothing() -> None:
    lazy, full = in_both(502, "q0 ^q11~x", 0)
    assert lazy == full


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**40), st.sampled_from((*ROOTS, "q0", "q0+x", "q1")))
def test_what_may_be_reused_costs_what_it_costs_in_full(seed: int, root: str) -> None:
    """Candidates of packages that are not encoded lead to nothing, until an answer has them."""
    chance = Random(seed)
    here = world(repository(chance), providers={"v": ("q7",), "w": ("q9", "q8")})
    nodes = []
    for other in chance.sample(("q1", "q2", "q3+x", "q4", "q5~x", "q6", "q0", "q7@2:"), 4):
        try:
            nodes += concretize(here, other).nodes()
        except SpackError:
            continue
    # Recipes have changed since: some directives of today are those of another repository.
    today = repository(Random(seed + chance.randrange(2)))
    here = world(today, providers={"v": ("q7",), "w": ("q9", "q8")})
    here = with_candidates(here, nodes)

    def only_roots(guess: Guess) -> set[str]:
        return {"q0", "q1", "gcc"}

    with patch.object(Guess, "run", only_roots):
        lazy = outcome(here, root, lazy=True)
        found = _hashes(here, root, lazy=True)
    if found is None or found != _hashes(here, root, lazy=False):
        assert lazy == outcome(here, root, lazy=False)


def _hashes(here: World, root: str, lazy: bool) -> list[str] | None:
    """The hashes of the answer. Of equal answers one may count a provider that nobody uses."""
    try:
        return sorted(node.dag_hash() for node in concretize(here, root, lazy=lazy).nodes())
    except SpackError:
        return None
