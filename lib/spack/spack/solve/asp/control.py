"""Runs clingo on a ground program: the optimum, or what an answer could hold at some cost."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.solve.asp.clingo_library import Control
from spack.solve.asp.program import TRUE, Program
from spack.type_names import Any, Callable

_ARGUMENTS = (
    "--configuration=tweety",
    "--heuristic=Domain",
    "--warn=none",
)

#: Proves optima from below, and finds better and better answers.
_BY_CORES, _BY_MODELS = "--opt-strategy=usc,one", "--opt-strategy=bb,hier"

#: Seconds after which Ctrl-C takes effect.
LOOK = 0.2

#: The share of the time for a proof where an answer without one will do.
_FOR_PROOF = 0.6
#: Seconds that the search for any answer gets at least.
SHORTEST = 0.5

#: More than any answer costs.
_ANY_COST = 2**30


class SolveTimeoutError(SpackError):
    """The time limit was reached before an optimum was proved.

    ``bounds`` says by priority what any answer costs at least, as far as that is known; ``found``
    what the best answer so far costs, None without one.
    """

    exit_code = 75

    def __init__(
        self, timeout: float, bounds: Mapping[int, int], found: Mapping[int, int] | None
    ) -> None:
        self.bounds = bounds
        self.found = found
        known = "no answer" if found is None else "a solution that may not be optimal"
        super().__init__(
            f"concretization took longer than {timeout:g} s and has {known}",
            hint=(
                "raise concretizer:timeout, set concretizer:error_on_timeout to false"
                " to accept the best solution so far, or constrain the request further"
            ),
        )


class Limit:
    """A time limit that begins when it is made.

    Args:
        seconds: None for no limit.
        clock: tells the time in seconds.
    """

    def __init__(
        self, seconds: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = None if seconds is None else clock() + seconds

    def left(self) -> float | None:
        """Seconds that are left, 0 where it is over, None without a limit."""
        return None if self._end is None else max(0.0, self._end - self._clock())

    def check(self) -> None:
        """Raises SolveTimeoutError where it is over."""
        if self._end is not None and self._clock() > self._end:
            raise SolveTimeoutError(self.seconds or 0, {}, None)


class Answer(NamedTuple):
    """An optimal answer: the true atoms, and the cost by priority.

    Not ``proved`` where time ran out and the best answer so far was asked for; ``bounds`` say then
    what any answer costs at least, as far as that is known. ``control`` is clingo with the program.
    """

    true: frozenset[int]
    costs: dict[int, int]
    proved: bool = True
    bounds: Mapping[int, int] = {}
    control: Any = None

    def holds(self, literal: int) -> bool:
        """Whether a literal is true in the answer."""
        if literal == TRUE:
            return True
        return literal in self.true if literal > 0 else -literal not in self.true


def optimum(
    program: Program,
    *,
    timeout: float | None = None,
    best_so_far: bool = False,
    assuming: Sequence[int] = (),
    settled: Sequence[int] = (),
    enough: Sequence[int] | None = None,
) -> Answer | None:
    """The best answer, or None when the program has none.

    Args:
        timeout: seconds, None for no limit.
        best_so_far: take the best answer that was found in time. The search that proves optima
            finds none before; the last part of the time belongs to another one.
        assuming: literals that shall hold.
        settled: literals that shall hold in an answer that is not proved to be the best one.
        enough: an answer in which these literals hold will do, whatever it costs.

    Raises:
        SolveTimeoutError: the time was not enough.
    """
    for_proof = timeout
    if timeout is not None and best_so_far:
        for_proof = timeout * _FOR_PROOF
    control = Control((*_ARGUMENTS, _BY_CORES))
    program.load(control)
    if enough is not None:
        control.configure("solve.opt_mode", "ignore")
        _, found = _run(control, program, for_proof, [*assuming, *enough])
        if found is not None:
            return Answer(found, _costs(program, found), False, control=control)
        control.configure("solve.opt_mode", "opt")
    proved, best = _run(control, program, for_proof, assuming)
    if proved or timeout is None:
        return None if best is None else Answer(best, _costs(program, best), control=control)
    bounds = _bounds(program, control)
    if best_so_far:
        control = Control((*_ARGUMENTS, _BY_MODELS))
        program.load(control)
        left = max(timeout * (1 - _FOR_PROOF), SHORTEST)
        proved, best = _run(control, program, left, (*assuming, *settled))
        if best is not None:
            costs = _costs(program, best)
            return Answer(best, costs, proved and not settled, bounds, control)
    raise SolveTimeoutError(timeout, bounds, None if best is None else _costs(program, best))


def _run(
    control: Control, program: Program, timeout: float | None, assuming: Sequence[int]
) -> tuple[bool, frozenset[int] | None]:
    """Solve in a thread of clingo's, so that Ctrl-C and the time limit take effect.

    Returns whether the search came to its end in time, and the true atoms of the best answer. These
    are read once, at the end, and the rest is derived: each look at an atom costs a call.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    with control.solve(list(assuming)) as handle:
        finished = True
        while not handle.wait(step(deadline)):
            if deadline is not None and time.monotonic() > deadline:
                handle.cancel()
                finished = False
                break
        handle.unsatisfiable()  # raises the error of a search that failed
        model = handle.model(last=True)
        if model is None:
            return finished, None
        return finished, program.with_derived(model.true(program.free_atoms()))


def step(deadline: float | None) -> float:
    """Seconds to wait for clingo before looking for Ctrl-C and at the time again."""
    return LOOK if deadline is None else max(0.01, min(LOOK, deadline - time.monotonic()))


def _bounds(program: Program, control: Control) -> dict[int, int]:
    """The least costs of any answer, by priority, as far as the search got."""
    bounds = dict(program.constants)
    for priority, least in zip(sorted(program.weights, reverse=True), control.lower_bounds()):
        bounds[priority] = bounds.get(priority, 0) + max(0, int(least))
    return bounds


def may_hold(
    program: Program,
    answer: Answer,
    literals: Sequence[int],
    level: int,
    saved: int,
    *,
    seconds: float | None = None,
    enough: int,
) -> frozenset[int]:
    """The literals that an answer can hold which costs no more in all criteria above a priority.

    At that priority it may cost more by what is ``saved``. Without the time to know, all of them
    may hold. The search ends when ``enough`` of them are found. No optimum can be asked for
    afterwards.
    """
    control = answer.control
    bounds = []
    for priority in sorted(program.weights, reverse=True):
        least = answer.costs.get(priority, 0) - program.constants.get(priority, 0)
        if priority <= level:
            least = least + saved if priority == level else _ANY_COST
        bounds.append(str(least))
    control.configure("solve.opt_mode", ",".join(("enum", *bounds)))
    found: set[int] = set()
    left = list(literals)
    while left and len(found) < enough:
        one_of_them = program.atom()
        with control.backend() as backend:
            backend.rules((one_of_them, (literal,)) for literal in left)
        finished, example = _run(control, program, seconds, [one_of_them])
        if not finished:
            return frozenset(literals)
        if example is None:
            break
        found.update(literal for literal in left if literal in example)
        left = [literal for literal in left if literal not in found]
    return frozenset(found)


def _costs(program: Program, true: frozenset[int]) -> dict[int, int]:
    costs = dict(program.constants)
    for priority, terms in program.weights.items():
        total = sum(
            weight
            for literal, weight in terms
            if (literal in true if literal > 0 else -literal not in true)
        )
        costs[priority] = costs.get(priority, 0) + total
    return {priority: cost for priority, cost in costs.items() if cost}
