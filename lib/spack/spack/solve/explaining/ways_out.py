"""Finds out which changes make a request without an answer solvable.

The program of the clash tells most of it: with the constraints of a change switched off it has no
answer either, so that the change does not help, or it has one without anything that is not encoded,
which is an answer of the changed request. Only what lies between is solved.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.solve.asp.clashes import Contradiction
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.roots import Place
from spack.solve.encoding.sets import ROOT_SET
from spack.solve.explaining.relaxations import Relaxation, relaxations
from spack.solve.problem.request import Request, World
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

#: Relaxations that solve, after which no more are tried.
ENOUGH = 3

#: Seconds of this process's time for solves while none of them has an answer, and so many times as
#: long as it took to see that there is none; and once one has.
_SECONDS, _TIMES = 2.0, 4.0
_MORE_SECONDS, _MORE_TIMES = 0.2, 0.5


class Refused(NamedTuple):
    """A program without an answer, and the constraints of it that clash."""

    encoding: Encoding
    clash: Contradiction

    def closed(self) -> list[int]:
        """Literals that an answer holds nothing that is not encoded."""
        nodes = self.encoding.nodes
        return [
            *(-nodes.node(key) for key in nodes.unfinished()),
            *(-further for _, further in nodes.divisible()),
        ]


def solvable(
    request: Request,
    world: World,
    refused: Refused,
    solves: Callable[[Request, World], object],
    spent: float,
    watched: Callable[[], AbstractContextManager[None]] | None = None,
) -> list[str]:
    """Advice, in words, for each relaxation that solves.

    Args:
        refused: its constraints contradict each other; others are not worth a trial.
        solves: concretizes, or raises SpackError.
        spent: seconds that it took to see that there is no answer.
        watched: says on a terminal that trials go on, for as long as none has solved, and that an
            interruption ends them; without it they end when they have taken long.
    """
    found: list[str] = []
    trials = _trials(request, world, refused, solves, found)
    if watched is None:
        _try_all(trials, found, spent, patient=False)
    else:
        try:
            with watched():
                _try_all(trials, found, spent, patient=True)
        except KeyboardInterrupt:
            pass
    return found


def _try_all(trials: Iterator[bool], found: list[str], spent: float, *, patient: bool) -> None:
    start = time.process_time()
    for has_solved in trials:
        used = time.process_time() - start if has_solved else 0.0
        if len(found) == ENOUGH or (found and used > max(_MORE_SECONDS, _MORE_TIMES * spent)):
            break
        if not patient and used > max(_SECONDS, _TIMES * spent):
            break


def _trials(
    request: Request,
    world: World,
    refused: Refused,
    solves: Callable[[Request, World], object],
    found: list[str],
) -> Iterator[bool]:
    """Look at one relaxation after the other; what solves is added to ``found``.

    Yields whether a solve was needed to know. What the program of the clash leaves open is solved
    if that tells of none. If none helps at all, what clashes then is relaxed as well.
    """
    known: set[str] = set()
    hopeless: list[tuple[Relaxation, _Change]] = []
    open_: list[Relaxation] = []
    for relaxation in relaxations(request, world, refused.clash.reasons):
        change = _change(refused.encoding, relaxation)
        if relaxation.stands_for in known:
            continue
        if change is None:
            open_.append(relaxation)
        elif relaxation.certain and change.certain and change.solves(refused):
            found.append(relaxation.text)
            known.add(relaxation.stands_for)
        elif change.may_solve(refused):
            open_.append(relaxation)
        else:
            hopeless.append((relaxation, change))
        yield False
    told = bool(found)
    for relaxation in open_:
        worth_it = relaxation.likely or not told
        if worth_it and relaxation.stands_for not in known and _solved(relaxation, solves):
            found.append(relaxation.text)
            known.add(relaxation.stands_for)
        yield worth_it
    for first, change in () if found else hopeless:
        for second in _second(request, first, change, refused, solves):
            if second is not None and second.text not in found:
                found.append(second.text)
            yield True


def _solved(relaxation: Relaxation, solves: Callable[[Request, World], object]) -> bool:
    try:
        solves(relaxation.request, relaxation.world)
    except SpackError:
        return False
    return True


class _Change(NamedTuple):
    """A change of the program: constraints that are lifted, and literals that hold instead.

    ``certain`` where an answer of it is one of the changed request.
    """

    lifts: Callable[[Reason], bool]
    instead: tuple[int, ...]
    certain: bool

    def solves(self, refused: Refused) -> bool:
        """Whether the program has an answer then in which all is encoded."""
        return refused.clash.can_do_without(self.lifts, [*self.instead, *refused.closed()])

    def may_solve(self, refused: Refused) -> bool:
        """Whether the program may have an answer then."""
        return refused.clash.may_do_without(self.lifts, self.instead)

    def beside(self, other: _Change) -> _Change:
        """Both changes."""
        lifts = partial(_either, self.lifts, other.lifts)
        return _Change(lifts, self.instead + other.instead, self.certain and other.certain)


def _either(
    first: Callable[[Reason], bool], second: Callable[[Reason], bool], reason: Reason
) -> bool:
    return first(reason) or second(reason)


def _nothing(_: Reason) -> bool:
    return False


def _change(
    encoding: Encoding, relaxation: Relaxation, removed: Place | None = None
) -> _Change | None:
    """The change of the program that a relaxation makes; None where that is not known.

    Args:
        removed: the place of a dependency that the relaxed root lacks already.
    """
    lifts, place, root = relaxation.lifts, relaxation.place, relaxation.root
    if lifts is None:
        return None
    if place is not None and root is not None:
        place = _as_asked(place, removed)
        atoms = encoding.roots.pieces(root, place)
        certain = bool(atoms)
        while not atoms and place:
            place = place[:-1]
            atoms = encoding.roots.pieces(root, place)
        return _Change(_nothing, tuple(-atom for atom in atoms), certain)
    if relaxation.asks is None:
        return _Change(lifts, (), True)
    key, variant, value = relaxation.asks
    literal = encoding.attributes.known_value(key, variant, value)
    below = _is_below(encoding, root or 0, key)
    if literal is None or below is None:
        return _Change(lifts, (), False)
    return _Change(lifts, (literal, *below), True)


def _as_asked(place: Place, removed: Place | None) -> Place:
    """A place in a spec that lacks one of its dependencies, as one in the whole spec."""
    if removed is None:
        return place
    *above, position = removed
    depth = len(above)
    if len(place) <= depth or place[:depth] != tuple(above) or not isinstance(position, int):
        return place
    here = place[depth]
    if not isinstance(here, int) or here < position:
        return place
    return (*above, here + 1, *place[depth + 1 :])


def _is_below(encoding: Encoding, number: int, key: str) -> list[int] | None:
    """Literals that a root may name a node with ``^``; None where the program does not tell.

    Once it is named, conditions of the root may speak of the node.
    """
    nodes = list(encoding.roots)[number].nodes
    package = package_of(key)
    if len(nodes) > 1 or package in encoding.reach.split:
        return None
    top = nodes[0][0]
    if top == key:
        return []
    if (top, key) in encoding.edges:
        return [encoding.edge(top, key)]
    if (ROOT_SET, key) not in encoding.sets or _speaks_of(encoding, package_of(top), package):
        return None
    return [encoding.member(ROOT_SET, key)]


def _speaks_of(encoding: Encoding, name: str, other: str) -> bool:
    """Whether a condition on a package may be about another one."""
    record = encoding.candidates.record(name)
    groups = encoding.world.preferences_of(name).groups
    texts = [
        *(d.when_text for d in record.dependencies),
        *(v.when_text for v in record.variants),
        *(p.when_text for p in record.provides),
        *(value.when_text for variant in record.variants for value in variant.values or ()),
        *(text for c in record.conflicts for text in (c.spec_text, c.when_text)),
        *(text for r in record.requirements for text in (*r.spec_texts, r.when_text)),
        *(str(spec) for group in groups for spec in (*group.members, group.when) if spec),
    ]
    return any(other in text for text in texts if text)


def _second(
    request: Request,
    first: Relaxation,
    change: _Change,
    refused: Refused,
    solves: Callable[[Request, World], object],
) -> Iterator[Relaxation | None]:
    """Further changes to one that is not enough, and None where a further one is not either.

    Both may be enough, and are told together.
    """
    if len(request.roots) != len(first.request.roots):
        return
    # The clash names the roots as they were asked for.
    named = [
        now._replace(text=before.text) for now, before in zip(first.request.roots, request.roots)
    ]
    changed = first.request._replace(roots=tuple(named))
    clash = refused.clash.next_without(change.lifts, change.instead)
    removed = first.place if first.place and isinstance(first.place[-1], int) else None
    for second in relaxations(changed, first.world, clash):
        same_root = second.root is not None and second.root == first.root
        further = _change(refused.encoding, second, removed if same_root else None)
        if further is None:
            continue
        text = second.text if same_root else f"{first.text} and {second.text}"
        told = second._replace(text=text)
        both = change.beside(further)
        if first.certain and second.certain and both.certain and both.solves(refused):
            yield told
        else:
            yield told if both.may_solve(refused) and _solved(second, solves) else None
