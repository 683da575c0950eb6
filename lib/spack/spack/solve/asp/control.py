"""Runs clingo on a ground program: the optimum, or a minimal set of reasons why there is none.

The only module that talks to clingo (``clingo_library.py``) beside :meth:`Program.load`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.solve.asp.clingo_library import Control
from spack.solve.asp.program import CYCLE, TRUE, Law, Program, Reason

_ARGUMENTS = (
    "--configuration=tweety",
    "--heuristic=Domain",
    "--warn=none",
)

#: Proves optima from below, and finds better and better answers.
_BY_CORES, _BY_MODELS = "--opt-strategy=usc,one", "--opt-strategy=bb,hier"

#: Seconds after which Ctrl-C takes effect.
_LOOK = 0.2

#: The share of the time for a proof where an answer without one will do.
_FOR_PROOF = 0.6
#: Seconds that the search for any answer gets at least.
_SHORTEST = 0.5

#: More than any answer costs.
_ANY_COST = 2**30

#: Seconds for making a set of conflicting constraints minimal.
_EXPLAINING = 1.0

#: Seconds for the same while the set is too large to be read: more constraints than this.
_EXPLAINING_LARGE = 15.0
_READABLE = 12

#: Kinds of constraints by how long they stay in a set that is made smaller; others go first.
_KEPT_LAST = {"conflict": 1, "requirement": 2, "buildable": 2, "dependency": 3, "request": 4}


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
) -> Answer | None:
    """The best answer, or None when the program has none.

    Args:
        timeout: seconds, None for no limit.
        best_so_far: take the best answer that was found in time. The search that proves optima
            finds none before; the last part of the time belongs to another one.
        assuming: literals that shall hold.
        settled: literals that shall hold in an answer that is not proved to be the best one.

    Raises:
        SolveTimeoutError: the time was not enough.
    """
    for_proof = timeout
    if timeout is not None and best_so_far:
        for_proof = timeout * _FOR_PROOF
    control = Control((*_ARGUMENTS, _BY_CORES))
    program.load(control)
    proved, best = _run(control, program, for_proof, assuming)
    if proved or timeout is None:
        return None if best is None else Answer(best, _costs(program, best), control=control)
    bounds = _bounds(program, control)
    if best_so_far:
        control = Control((*_ARGUMENTS, _BY_MODELS))
        program.load(control)
        left = max(timeout * (1 - _FOR_PROOF), _SHORTEST)
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
        while not handle.wait(_step(deadline)):
            if deadline is not None and time.monotonic() > deadline:
                handle.cancel()
                finished = False
                break
        handle.unsatisfiable()  # raises the error of a search that failed
        model = handle.model(last=True)
        if model is None:
            return finished, None
        return finished, program.with_derived(model.true(program.free_atoms()))


def _step(deadline: float | None) -> float:
    """Seconds to wait for clingo before looking for Ctrl-C and at the time again."""
    return _LOOK if deadline is None else max(0.01, min(_LOOK, deadline - time.monotonic()))


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


def conflicting_reasons(
    program: Program,
    seconds: float = _EXPLAINING,
    assuming: Sequence[int] = (),
    limit: Limit = Limit(),
) -> list[Reason]:
    """Reasons of a minimal set of constraints that cannot hold together.

    Empty when constraints without a reason clash: then the fault is the encoding's, or that of the
    literals that shall hold. Empty too if the limit ends before a set is found. The set is
    inconsistent, but not surely minimal, once ``seconds`` have passed and it is of a size that
    can be read. Halves of it are tried before quarters, and single constraints at last: a few out
    of hundreds are found in some dozens of steps.
    """
    control = Control(("--configuration=tweety", "--warn=none"))
    guards = program.load(control, guards=True)
    reasons = dict(guards)
    deadline = time.monotonic() + seconds
    latest = time.monotonic() + max(seconds, _EXPLAINING_LARGE)
    # What is tried first goes first: a cause told in requests and directives is the better one.
    all_guards = sorted(reasons, key=lambda atom: _KEPT_LAST.get(reasons[atom].kind, 0))
    left_in_all = limit.left()
    if left_in_all is not None:
        left_in_all = max(left_in_all, _SHORTEST)
        deadline = min(deadline, time.monotonic() + left_in_all)
        latest = min(latest, time.monotonic() + left_in_all)
    core = _core(control, all_guards, left_in_all, assuming)
    if core is None:
        return []
    size, position = len(core), 0
    while size:
        left = (latest if len(core) > _READABLE else deadline) - time.monotonic()
        if left <= 0:
            break
        trial = core[:position] + core[position + size :]
        shorter = _core(control, trial, left, assuming)
        if shorter is None:
            position += size
        else:
            core = shorter
        if position >= len(core):
            size, position = size // 2, 0
    found = [reasons[atom] for atom in core]
    if CYCLE in found:
        cycle = _cycle(program, control, [atom for atom, reason in guards if reason != CYCLE])
        told = Reason(Law("cycle", "the dependencies {} form a cycle"), (" -> ".join(cycle),))
        found = [told if r == CYCLE and cycle else r for r in found]
    return found


def _core(
    control: Control,
    assumptions: list[int],
    seconds: float | None = None,
    always: Sequence[int] = (),
) -> list[int] | None:
    """A subset of the assumptions that is inconsistent, with those that are always made.

    None when all of them can hold, or when that is not known in time.
    """
    with control.solve([*always, *assumptions]) as handle:
        deadline = None if seconds is None else time.monotonic() + seconds
        while not handle.wait(_step(deadline)):
            if deadline is not None and time.monotonic() > deadline:
                handle.cancel()
                break
        if not handle.unsatisfiable():
            return None
        core = set(handle.core())
        return [literal for literal in assumptions if literal in core]


def _cycle(program: Program, control: Control, assumptions: list[int]) -> list[str]:
    """Labels along a cycle that the other constraints allow, the first one repeated at the end."""
    literals = {literal for _, _, literal in program.edges}
    with control.solve(assumptions, models=True) as handle:
        while not handle.wait(_LOOK):
            pass
        model = handle.model()
        if model is None:
            return []
        chosen = {TRUE, *model.true(literals)}
    below: dict[int, list[int]] = {}
    for source, target, literal in program.edges:
        if literal in chosen:
            below.setdefault(source, []).append(target)
    done: set[int] = set()

    def search(path: list[int]) -> list[int]:
        for target in below.get(path[-1], ()):
            if target in path:
                return [*path[path.index(target) :], target]
            if target not in done:
                found = search([*path, target])
                if found:
                    return found
        done.add(path[-1])
        return []

    for start in list(below):
        found = search([start])
        if found:
            return [program.labels.get(number, str(number)) for number in found]
    return []


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
