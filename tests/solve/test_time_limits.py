"""A solve ends soon after its time limit, and at once when it is interrupted, in every phase."""

from __future__ import annotations

import contextlib
import itertools
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.solve.corpus import concretize, flag, located, names, package, said, world

from spack.solve import solver
from spack.solve.asp.clashes import find_clash
from spack.solve.asp.control import Limit, SolveTimeoutError, optimum
from spack.solve.asp.program import Program
from spack.solve.encoding.nodes import Reach
from spack.solve.problem.candidates import Candidates
from spack.solve.problem.guess import Guess
from spack.solve.problem.request import Request, World
from spack.solve.rules.compilers import injected_versions
from spack.solve.solver import encode, solve
from spack.system.processes.interruptions import unraisable


def chain(length: int) -> World:
    """Packages that depend on one another, the last one on nothing."""
    records = [
        package(
            f"p{n}",
            "2.0",
            "1.0",
            depends=[f"p{n + 1}"] if n + 1 < length else [],
            variants=[flag("x", False)],
        )
        for n in range(length)
    ]
    return world(records)


def pigeons_in_holes(pigeons: int, holes: int) -> tuple[Program, list[list[int]]]:
    """At most one in each hole."""
    program = Program()
    sits = [[program.atom() for _ in range(holes)] for _ in range(pigeons)]
    program.choice([atom for row in sits for atom in row], ())
    for hole in range(holes):
        for first, second in itertools.combinations(range(pigeons), 2):
            program.forbid([sits[first][hole], sits[second][hole]], said("one in a hole"))
    return program, sits


def hard(pigeons: int, holes: int) -> Program:
    """No answer, and no proof of that in the time of a test."""
    program, sits = pigeons_in_holes(pigeons, holes)
    for row in sits:
        program.forbid([-atom for atom in row], said("all have one"))
    return program


def homeless(pigeons: int, holes: int) -> Program:
    """Many answers, the best one without proof in the time of a test."""
    program, sits = pigeons_in_holes(pigeons, holes)
    for row in sits:
        program.minimize(5, 1, -program.any_of(row))
    return program


def test_a_limit_counts_from_its_beginning() -> None:
    times = iter([10.0, 11.0, 12.5, 12.5])
    limit = Limit(2.0, lambda: next(times))
    limit.check()
    with pytest.raises(SolveTimeoutError, match="longer than 2 s"):
        limit.check()
    assert limit.left() == 0.0
    Limit().check()
    assert Limit().left() is None


def test_encoding_looks_at_the_time() -> None:
    made = chain(30)
    request = Request((located("p0"),))
    looks = 0

    def check() -> None:
        nonlocal looks
        looks += 1

    candidates = Candidates(made, request)
    candidates.injected_versions = injected_versions(made)
    reach = Reach.of(Guess(made, request, candidates).run())
    encode(made, request, candidates, reach, check)
    assert looks > 3 * 30
    clock = itertools.count()
    with pytest.raises(SolveTimeoutError):
        limit = Limit(looks // 2, lambda: float(next(clock)))
        encode(made, request, candidates, reach, limit.check)


@pytest.mark.parametrize("strict", [True, False])
def test_no_time_at_all(strict: bool) -> None:
    with pytest.raises(SolveTimeoutError, match="no answer"):
        request = Request((located("p0"),), timeout=1e-9, error_on_timeout=strict)
        solve(request, chain(10), lambda spec, patches: "")


@pytest.mark.parametrize("rounds", [1, 3, 6])
def test_time_may_end_between_rounds(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The packages that are encoded by then have to do, and an answer of them is whole."""
    made = chain(4)
    monkeypatch.setattr(Guess, "run", lambda self: {"p0"})
    monkeypatch.setattr(Guess, "follow", lambda self, found: set())
    done: list[int] = []
    whole = solver.encode

    def limited(*arguments: Any) -> Any:
        if len(done) == rounds:
            raise SolveTimeoutError(9, {}, None)
        done.append(1)
        return whole(*arguments)

    monkeypatch.setattr(solver, "encode", limited)
    request = Request((located("p0"),), timeout=9.0, error_on_timeout=False)
    if rounds == 6:
        solution = solve(request, made, lambda spec, patches: "")
        assert names(solution) == ["p0", "p1", "p2", "p3"]
        return
    with pytest.raises(SolveTimeoutError, match="longer than 9 s and has no answer"):
        solve(request, made, lambda spec, patches: "")


def test_an_answer_without_proof_knows_its_bounds() -> None:
    answer = optimum(homeless(13, 12), timeout=0.3, best_so_far=True)
    assert answer is not None and not answer.proved
    assert answer.bounds.get(5, 0) <= answer.costs[5]


def test_what_is_settled_holds_without_proof_only() -> None:
    program = Program()
    a, b = program.atom(), program.atom()
    program.choice([a, b], ())
    program.forbid([-a, -b])
    program.minimize(3, 1, a)
    proved = optimum(program, timeout=60, best_so_far=True, settled=[a])
    assert proved is not None and proved.proved and not proved.holds(a)
    other = optimum(program, timeout=0, best_so_far=True, settled=[a])
    assert other is not None and (other.holds(a) or other.proved)


def test_explaining_ends_with_the_limit() -> None:
    assert find_clash(hard(13, 12), limit=Limit(0.1)).reasons == []


@contextlib.contextmanager
def interrupted(seconds: float) -> Iterator[None]:
    """Ctrl-C arrives after so many seconds and ends what is inside."""
    main = threading.main_thread().ident
    arriving = threading.Timer(seconds, lambda: signal.pthread_kill(main, signal.SIGINT))
    arriving.start()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(sys, "unraisablehook", unraisable)
        yield


def test_an_interruption_while_clingo_searches() -> None:
    with interrupted(0.3):
        optimum(hard(13, 12))


def test_an_interruption_while_clingo_optimizes() -> None:
    program = homeless(13, 12)
    assert optimum(program, timeout=0.2, best_so_far=True) is not None
    with interrupted(0.3):
        optimum(program)


def test_an_interruption_while_the_cause_is_sought() -> None:
    with interrupted(0.3):
        find_clash(hard(13, 12))


def test_an_interruption_while_the_problem_is_encoded() -> None:
    made = chain(60)
    with interrupted(0.1):
        while True:
            concretize(made, "p0")
