"""Constraints of a program without an answer that cannot hold together, as few as possible.

Each constraint with a reason is switched by an atom of its own. Clingo names switches that cannot
all be on, and that set is shrunk until every member is needed. What that may take is counted in
conflicts of the search, so that the same program has the same clash on any machine, busy or not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from spack.solve.asp.clingo_library import Control
from spack.solve.asp.control import LOOK, SHORTEST, Limit, step
from spack.solve.asp.program import CYCLE, TRUE, Law, Program, Reason
from spack.type_names import Callable

#: Conflicts that shrinking may take, and each of its steps. Most sets take some dozens in all.
CONFLICTS = 30_000
_IN_ONE_STEP = 3_000
#: Conflicts for the clash that is left when the constraint of another one is lifted.
_FOR_THE_NEXT = 5_000

#: Reasons, more than which are many, and the number of literals that may be supposed for fewer.
_LONG, _SUPPOSED = 5, 3

#: Kinds of constraints by how long they stay in a set that is made smaller; others go first.
_KEPT_LAST = {"conflict": 1, "requirement": 2, "buildable": 2, "dependency": 3, "request": 4}


class Contradiction:
    """Reasons of constraints that cannot hold together, where the literals ``supposed`` hold.

    None when constraints without a reason clash: then the fault is the encoding's, or that of the
    literals that shall hold. None either if the limit ended before any were found. They are
    ``minimal`` where each of them is known to be needed.
    """

    def __init__(self, program: Program, assuming: Sequence[int] = ()) -> None:
        self._program = program
        self._always = list(assuming)
        self._control = Control(("--configuration=tweety", "--warn=none"))
        self._reasons = dict(program.load(self._control, guards=True))
        self._left = 0
        self.reasons: list[Reason] = []
        self.supposed: list[int] = []
        self.minimal = True

    def find(self, limit: Limit, conflicts: int, suppose: Sequence[int] = ()) -> None:
        """Set ``reasons``, with as little supposed as possible.

        Something is supposed where the clash is long and fewer constraints clash with it.

        Args:
            conflicts: what shrinking may take; 0 takes the first clash, as long as it is.
            suppose: literals that may be supposed to hold.
        """
        self._left, self.minimal = conflicts, True
        left = limit.left()
        core, _ = self._core(self._guards(), None if left is None else max(left, SHORTEST))
        if core is None:
            self.minimal = False
            return
        core = list(self._shrunk(core, limit))
        if self.minimal and suppose and len(core) > _LONG:
            shorter = self._shrunk(core, limit, beside=suppose)
            if self.minimal and len(shorter) < len(core):
                supposed = self._shrunk(suppose, limit, beside=shorter)
                if self.minimal and len(supposed) <= _SUPPOSED:
                    core, self.supposed = list(shorter), list(supposed)
            self.minimal = True
        found = list(dict.fromkeys(self._reasons[atom] for atom in core))
        if CYCLE in found:
            found = [self._cycle() if reason == CYCLE else reason for reason in found]
        self.reasons = found

    def _shrunk(
        self, core: Sequence[int], limit: Limit, beside: Sequence[int] = ()
    ) -> Sequence[int]:
        """As few of the literals as cannot hold together, beside others that hold.

        Halves are left out where possible, then quarters, then single ones: a few out of hundreds
        are found in some dozens of steps.
        """
        size, position = len(core), 0
        while size:
            left = limit.left()
            if self._left <= 0 or left == 0:
                self.minimal = False
                break
            trial = [*core[:position], *core[position + size :]]
            steps = min(self._left, _IN_ONE_STEP)
            shorter, proved = self._core(trial, left, steps, beside)
            self._left -= self._control.conflicts() + 1
            if shorter is None:
                # At the end, every single one was tried beside the others that are left.
                self.minimal = self.minimal and (proved or size > 1)
                position += size
            else:
                core = shorter
            if position >= len(core):
                size, position = size // 2, 0
        return core

    def may_do_without(self, lifted: Callable[[Reason], bool], instead: Sequence[int] = ()) -> bool:
        """Whether all other constraints of the program can hold; also where that is not known.

        Args:
            instead: literals that shall hold; switches among them may be off.
        """
        core, _ = self._core(self._guards(lifted, instead), None, _IN_ONE_STEP, instead)
        return core is None

    def can_do_without(self, lifted: Callable[[Reason], bool], instead: Sequence[int]) -> bool:
        """As :meth:`may_do_without`, but true only where all others are known to hold together."""
        core, known = self._core(self._guards(lifted, instead), None, _IN_ONE_STEP, instead)
        return known and core is None

    def next_without(
        self, lifted: Callable[[Reason], bool], instead: Sequence[int] = ()
    ) -> list[Reason]:
        """The constraints that clash without these; none where all others can hold."""
        core, _ = self._core(self._guards(lifted, instead), None, _IN_ONE_STEP, instead)
        self._left = _FOR_THE_NEXT
        if core is None:
            return []
        shrunk = self._shrunk(core, Limit(), beside=instead)
        return list(dict.fromkeys(self._reasons[atom] for atom in shrunk))

    def _guards(
        self, lifted: Callable[[Reason], bool] = lambda _: False, instead: Sequence[int] = ()
    ) -> list[int]:
        """The switches of the constraints that are not lifted, nor off.

        What is tried first goes first: a cause told in requests and directives is the better one.
        """
        off = {-literal for literal in instead}
        left = [a for a, reason in self._reasons.items() if a not in off and not lifted(reason)]
        return sorted(left, key=lambda atom: _KEPT_LAST.get(self._reasons[atom].kind, 0))

    def _core(
        self,
        assumptions: Sequence[int],
        seconds: float | None,
        conflicts: int | None = None,
        beside: Sequence[int] = (),
    ) -> tuple[list[int] | None, bool]:
        """A subset of the assumptions that is inconsistent, with those that are made beside.

        None when all of them can hold, or when that is not known in time; and whether it is known.
        """
        limited = "umax" if conflicts is None else str(conflicts)
        self._control.configure("solve.solve_limit", f"{limited},umax")
        deadline = None if seconds is None else time.monotonic() + seconds
        with self._control.solve([*self._always, *beside, *assumptions]) as handle:
            while not handle.wait(step(deadline)):
                if deadline is not None and time.monotonic() > deadline:
                    handle.cancel()
                    break
            if not handle.unsatisfiable():
                return None, handle.satisfiable()
            core = set(handle.core())
            return [literal for literal in assumptions if literal in core], True

    def _cycle(self) -> Reason:
        """The reason that edges close no cycle, told by one that the other constraints allow."""
        program = self._program
        assumptions = [atom for atom, reason in self._reasons.items() if reason != CYCLE]
        self._control.configure("solve.solve_limit", "umax,umax")
        with self._control.solve(assumptions, models=True) as handle:
            while not handle.wait(LOOK):
                pass
            model = handle.model()
            literals = {literal for _, _, literal in program.edges}
            chosen = set() if model is None else {TRUE, *model.true(literals)}
        below: dict[int, list[int]] = {}
        for source, target, literal in program.edges:
            if literal in chosen:
                below.setdefault(source, []).append(target)
        cycle = _closed_path(below)
        if not cycle:
            return CYCLE
        names = [program.labels.get(number, str(number)) for number in cycle]
        return Reason(Law("cycle", "the dependencies {} form a cycle"), (" -> ".join(names),))


def find_clash(
    program: Program,
    assuming: Sequence[int] = (),
    limit: Limit = Limit(),
    conflicts: int = CONFLICTS,
    suppose: Sequence[int] = (),
) -> Contradiction:
    """The clash of a program that has no answer in which the literals ``assuming`` hold.

    Args:
        suppose: literals that may be supposed to hold, if a long clash is shorter with them.
    """
    clash = Contradiction(program, assuming)
    clash.find(limit, conflicts, suppose)
    return clash


def _closed_path(below: dict[int, list[int]]) -> list[int]:
    """Nodes along a cycle of the graph, the first one repeated at the end; empty if it has none."""
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
            return found
    return []
