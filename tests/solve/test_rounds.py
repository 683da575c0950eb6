"""Amounts that are encoded before a refusal, and for what only hidden ways meet."""

from __future__ import annotations

import pytest
from tests.solve.corpus import concretize, flag, names, package, world

from spack.solve import solver
from spack.solve.encoding.encoding import Encoding
from spack.solve.explaining.refusals import UnsatisfiableRequestError

CHAIN = [package(f"p{n}", depends=[f"p{n + 1}"]) for n in range(5)] + [package("p5")]


def encoded(monkeypatch: pytest.MonkeyPatch) -> list[Encoding]:
    """The encodings of the rounds to come."""
    found: list[Encoding] = []
    plain = solver.encode

    def noting(*args: object) -> Encoding:
        found.append(plain(*args))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr(solver, "encode", noting)
    return found


GPU = package(
    "gpu",
    "1",
    "2",
    variants=[flag("rocm", False), flag("chip", False, None, True)],
    depends=["p0", ("lib+fast", "link", "~rocm")],
    conflicts=[("~chip", "+rocm", None)],
)
LIB = package("lib", variants=[flag("fast", False, None, True)])


def test_a_root_that_contradicts_itself_is_refused_before_others_are_expanded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No package may set the sticky variant that clashes, so that other sticky ones are no hope."""
    here = world([GPU, LIB, *CHAIN])
    rounds = encoded(monkeypatch)
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here, "gpu+rocm")
    assert [sorted({*e.reach.expanded} & {"gpu", "lib", "p0", "p1"}) for e in rounds] == [["gpu"]]


def test_a_root_that_seems_to_contradict_itself_is_solved_where_others_set_the_value() -> None:
    """The package that sets the sticky variant is found in the rounds of the guess only."""
    back = package("back", depends=["gpu+chip"])
    app = package("gpu2", depends=["back", "gpu+rocm"])
    assert "back" in names(concretize(world([GPU, LIB, app, back, *CHAIN]), "gpu2"))
    both = concretize(world([GPU, LIB, app, back, *CHAIN]), "gpu2 ^gpu+rocm")
    assert {"gpu", "back", "p5"} <= set(names(both))


def test_packages_on_ways_to_what_is_asked_for_are_sketched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``x`` is two conditions away, behind packages that also lead elsewhere."""
    extra = [package(f"e{n}", depends=["p0"]) for n in range(6)]
    far = package("far", variants=[flag("x", False)], depends=[("x", "link", "+x"), "e5"])
    near = package(
        "near",
        variants=[flag("far", False), flag("other", False)],
        depends=[("far", "link", "+far"), ("e0", "link", "+other"), "e1"],
    )
    middle = package(
        "middle", variants=[flag("near", False)], depends=[("near", "link", "+near"), "e2"]
    )
    app = package("app", variants=[flag("m", False)], depends=[("middle", "link", "+m"), "e3"])
    here = world([app, middle, near, far, package("x"), *extra, *CHAIN])
    rounds = encoded(monkeypatch)
    answer = concretize(here, "app ^x")
    assert {"app", "middle", "near", "far", "x"} <= set(names(answer))
    assert "e0" not in names(answer)
    assert answer.costs == concretize(here, "app ^x", lazy=False).costs
    drawn = next(encoding for encoding in rounds if encoding.reach.drawn)
    assert "far" in drawn.sets.sketched
    assert "e5" not in drawn.nodes
