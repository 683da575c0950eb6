"""Runs clingo on a ground program: the optimum, or a minimal set of reasons why there is none.

The only module that talks to clingo beside :meth:`Program.load`.
"""

from __future__ import annotations

import time
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from spack.errors import SpackError
from spack.solve.program import CYCLE, TRUE, Program, Reason

_ARGUMENTS = (
    "--configuration=tweety",
    "--heuristic=Domain",
    "--opt-strategy=usc,one",
    "--warn=none",
)


#: Seconds for making a set of conflicting constraints minimal.
_EXPLAINING = 1.0

#: Kinds of constraints by how long they stay in a set that is made smaller; others go first.
_KEPT_LAST = {"conflict": 1, "requirement": 2, "buildable": 2, "dependency": 3, "request": 4}


class SolveTimeoutError(SpackError):
    """The time limit was reached before an optimum was proved.

    ``bounds`` says by priority what any answer costs at least, as far as that is known; ``found``
    what the best answer so far costs, None without one.
    """

    exit_code = 75

    def __init__(
        self, timeout: float, bounds: Mapping[int, int], found: Optional[Mapping[int, int]]
    ) -> None:
        self.bounds = bounds
        self.found = found
        known = "no answer" if found is None else "an answer, but no proof that it is the best one"
        super().__init__(
            f"concretization took longer than {timeout:g} s and has {known}",
            hint="raise concretizer:timeout, set concretizer:error_on_timeout to false to take the "
            "best answer so far, or constrain the request further",
        )


class Answer(NamedTuple):
    """An optimal answer: the true atoms, and the cost by priority.

    Not ``proved`` where time ran out and the best answer so far was asked for.
    """

    true: FrozenSet[int]
    costs: Dict[int, int]
    proved: bool = True

    def holds(self, literal: int) -> bool:
        """Whether a literal is true in the answer."""
        if literal == TRUE:
            return True
        return literal in self.true if literal > 0 else -literal not in self.true


def optimum(
    program: Program,
    *,
    timeout: Optional[float] = None,
    best_so_far: bool = False,
    assuming: Sequence[int] = (),
) -> Optional[Answer]:
    """The best answer, or None when the program has none.

    Args:
        timeout: seconds, None for no limit.
        assuming: literals that shall hold.
        best_so_far: take the best answer that was found in time, or any answer, for which as much
            time is spent again.

    Raises:
        SolveTimeoutError: the time was not enough.
    """
    control = _control(_ARGUMENTS)
    program.load(control)
    proved, best = _run(control, program, timeout, assuming)
    if not proved and timeout is not None:
        bounds = _bounds(program, control)
        if best_so_far and best is None:
            control = _control((*_ARGUMENTS, "--opt-mode=ignore"))
            program.load(control)
            best_so_far, best = _run(control, program, timeout, assuming)
        if not best_so_far:
            found = None if best is None else _costs(program, best)
            raise SolveTimeoutError(timeout, bounds, found)
    if best is None:
        return None
    return Answer(best, _costs(program, best), proved)


def _run(
    control: Any, program: Program, timeout: Optional[float], assuming: Sequence[int]
) -> Tuple[bool, Optional[FrozenSet[int]]]:
    """Solve in a thread of clingo's, so that Ctrl-C and the time limit take effect.

    Returns whether the search came to its end in time, and the true atoms of the best answer. These
    are read once, at the end, and the rest is derived: each look at an atom costs a call.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    with control.solve(assumptions=list(assuming), async_=True) as handle:
        finished = True
        while not handle.wait(0.2 if timeout is None else min(0.2, timeout)):
            if deadline is not None and time.monotonic() > deadline:
                handle.cancel()
                finished = False
                break
        handle.get()
        model = handle.last()
        if model is None:
            return finished, None
        holds = model.is_true
        return finished, program.with_derived({a for a in program.free_atoms() if holds(a)})


def _bounds(program: Program, control: Any) -> Dict[int, int]:
    """What any answer costs at least, by priority, as far as the search got."""
    lower = control.statistics["summary"].get("lower", ())
    bounds = dict(program.constants)
    for priority, least in zip(sorted(program.weights, reverse=True), lower):
        bounds[priority] = bounds.get(priority, 0) + max(0, int(least))
    return bounds


def conflicting_reasons(
    program: Program, seconds: float = _EXPLAINING, assuming: Sequence[int] = ()
) -> List[Reason]:
    """Reasons of a minimal set of constraints that cannot hold together.

    Empty when constraints without a reason clash: then the fault is the encoding's, or that of the
    literals that shall hold. The set is inconsistent, but not surely minimal, once ``seconds`` have
    passed. Halves of it are tried before quarters, and single constraints at last: a few out of
    hundreds are found in some dozens of steps.
    """
    control = _control(("--configuration=tweety", "--warn=none"))
    guards = program.load(control, guards=True)
    reasons = dict(guards)
    deadline = time.monotonic() + seconds
    # What is tried first goes first: a cause told in requests and directives is the better one.
    all_guards = sorted(reasons, key=lambda atom: _KEPT_LAST.get(reasons[atom].kind, 0))
    core = _core(control, all_guards, always=assuming)
    if core is None:
        return []
    size, position = len(core), 0
    while size and time.monotonic() < deadline:
        left = deadline - time.monotonic()
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
        text = f"the dependencies {' -> '.join(cycle)} form a cycle"
        found = [r._replace(text=text) if r == CYCLE and cycle else r for r in found]
    return found


def _core(
    control: Any,
    assumptions: List[int],
    seconds: Optional[float] = None,
    always: Sequence[int] = (),
) -> Optional[List[int]]:
    """A subset of the assumptions that is inconsistent, with those that are always made.

    None when all of them can hold, or when that is not known in time.
    """
    with control.solve(assumptions=[*always, *assumptions], async_=True) as handle:
        deadline = None if seconds is None else time.monotonic() + seconds
        while not handle.wait(0.2 if seconds is None else max(0.01, min(0.2, seconds))):
            if deadline is not None and time.monotonic() > deadline:
                handle.cancel()
                break
        if not handle.get().unsatisfiable:
            return None
        core = set(handle.core())
        return [literal for literal in assumptions if literal in core]


def _cycle(program: Program, control: Any, assumptions: List[int]) -> List[str]:
    """Labels along a cycle that the other constraints allow, the first one repeated at the end."""
    true: List[FrozenSet[int]] = []

    def keep(model: Any) -> bool:
        true.append(frozenset(lit for _, _, lit in program.edges if model.is_true(abs(lit))))
        return False

    control.solve(assumptions=assumptions, on_model=keep)
    if not true:
        return []
    below: Dict[int, List[int]] = {}
    for source, target, literal in program.edges:
        if literal in true[0] or literal == TRUE:
            below.setdefault(source, []).append(target)
    done: Set[int] = set()

    def search(path: List[int]) -> List[int]:
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


def _control(arguments: Any) -> Any:
    import clingo

    return clingo.Control(list(arguments), logger=lambda code, text: None)


def _costs(program: Program, true: FrozenSet[int]) -> Dict[int, int]:
    costs = dict(program.constants)
    for priority, terms in program.weights.items():
        total = sum(
            weight
            for literal, weight in terms
            if (literal in true if literal > 0 else -literal not in true)
        )
        costs[priority] = costs.get(priority, 0) + total
    return {priority: cost for priority, cost in costs.items() if cost}
