"""The solve: expand a guess, find the optimum, expand what it touched, until nothing is left.

The procedure is exact. A stub forbids nothing that the real package allows and costs no more than
it, so an optimum without stubs is an optimum of the whole problem, and a contradiction with stubs
is a contradiction.
"""

from __future__ import annotations

import time

from spack.named_tuples import NamedTuple
from spack.solve.asp import criteria
from spack.solve.asp.clashes import CONFLICTS, Contradiction, find_clash
from spack.solve.asp.control import Answer, Limit, SolveTimeoutError, optimum
from spack.solve.asp.instances import instance, package_of
from spack.solve.decode import decode
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.nodes import Reach
from spack.solve.explaining.checks import check_request
from spack.solve.explaining.program_text import program_text
from spack.solve.explaining.refusals import UnsatisfiableRequestError, timed_out
from spack.solve.problem.candidates import Candidates, Setting
from spack.solve.problem.guess import Guess
from spack.solve.problem.request import LANGUAGES, ContentHash, Request, Solution, Statistics, World
from spack.solve.rules.compilers import encode_compilers, injected_versions
from spack.solve.rules.definitions import define_mentioned
from spack.solve.rules.descendants import encode_placed_requirements, encode_preferred_below
from spack.solve.rules.hidden import worth_freeing, worth_freeing_without_answer
from spack.solve.rules.packages import encode_package
from spack.solve.rules.propagation import encode_mixing, encode_propagation
from spack.solve.rules.requests import (
    encode_develop,
    encode_fixed,
    encode_requirements,
    encode_roots,
)
from spack.solve.rules.reuse import encode_candidates
from spack.solve.rules.unification import hoped_for
from spack.solve.rules.virtual_requirements import encode_virtual_requirements
from spack.solve.rules.virtuals import encode_tests_of_virtuals, encode_virtuals
from spack.solve.rules.ways import encode_ways
from spack.type_names import Callable

#: Rounds after which everything in sight is expanded: requests that only a far-fetched graph meets
#: would otherwise be followed one package at a time.
_PATIENCE = 8


def solve(
    request: Request,
    world: World,
    content_hash: ContentHash,
    *,
    lazy: bool = True,
) -> Solution:
    """Concretize the roots together.

    Args:
        content_hash: gives the package hash of a finished node ("" for none).
        lazy: False expands every reachable package at once (for comparison).

    Raises:
        UnsatisfiableRequestError: no graph satisfies the request.
        SolveTimeoutError: the time was not enough; says what any answer costs at least.
        SpackError: the request is refused before solving (:mod:`spack.solve.explaining.checks`).
    """
    found = search(request, world, lazy=lazy)
    encoding, answer = found.encoding, found.answer
    with _Timer(found.seconds, "decode"):
        roots = decode(encoding, answer, content_hash)
    return Solution(
        roots,
        _without_zero(answer),
        Statistics(
            found.rounds, len(encoding.reach.expanded), encoding.program.size, found.seconds
        ),
        answer.proved,
        program_text(encoding) if request.keep_problem else "",
        encoding.candidates.looked_at(),
        answer.bounds,
    )


class Search(NamedTuple):
    """The last round: the problem with what was encoded, its optimum, and what it took."""

    encoding: Encoding
    answer: Answer
    rounds: int
    seconds: dict[str, float]


def search(request: Request, world: World, *, lazy: bool = True, trial: bool = False) -> Search:
    """:func:`solve` up to the optimum, which is not made into specs.

    A round ends in one of four ways: with an answer that relies on nothing unencoded, the end; with
    stubs that the answer holds, or that may spare it a cost, which are expanded; with values that
    hidden packages may set, which are freed; or without an answer, which is final unless sticky
    values among what clashes may be freed. Roots that seem to contradict themselves get a round of
    their own, before hundreds of packages below them are encoded for the same refusal. Where roots
    are optional the error does not say why there is no answer: that of the first root is told.

    Args:
        trial: whether there is an answer is all that matters: any one is taken, and the error does
            not say why there is none.
    """
    limit = Limit(request.timeout)
    explain = not trial and not request.optional
    seconds: dict[str, float] = {}
    candidates = Candidates(world, request)
    candidates.injected_versions = injected_versions(world)
    with _Timer(seconds, "check"):
        check_request(world, request, candidates)
    with _Timer(seconds, "guess"):
        guess = Guess(world, request, candidates)
        doubtful = guess.impossible_roots() if lazy else set()
        reach = Reach.of(doubtful) if doubtful else Reach.of(guess.run(), guess.split)
    rounds = 0
    first: Encoding | None = None
    encoding: Encoding | None = None
    answer: Answer | None
    contradiction: tuple[Encoding, Contradiction] | None = None
    while True:
        rounds += 1
        # Programs of large environments take a hundred megabytes each: only one is kept.
        before = encoding if limit.seconds is not None else None
        encoding = answer = None
        with _Timer(seconds, "encode"):
            encoding = _encoding_in_time(world, request, candidates, reach, limit, before)
        last_round = encoding is before
        stubs = set(encoding.nodes.unfinished())
        if not lazy and reach.expand(
            [*stubs, *(instance(key, 1) for key, _ in encoding.nodes.divisible())]
        ):
            continue
        with _Timer(seconds, "solve"):
            answer = _optimum(encoding, limit, last_round, trial)
        if answer is None:
            clash = find_clash(encoding.program, limit=limit, conflicts=0)
            if contradiction is None and explain:
                contradiction = _readable(first, encoding, clash, limit)
            settings = _worth_freeing(encoding, clash, limit)
            if settings:
                reach.freed.update(settings)
                continue
            if contradiction is None:
                raise UnsatisfiableRequestError(request, ())
            raise _refusal(*contradiction)
        if doubtful:
            with _Timer(seconds, "guess"):
                reach = Reach.of(guess.run(), guess.split, reach.freed)
            doubtful = set()
            continue
        if explain:
            first = first or encoding
        touched = encoding.nodes.relied_on(answer.holds)
        if answer.proved:
            with _Timer(seconds, "solve"):
                free = worth_freeing(encoding, answer, limit.left())
            touched |= free.keys
            reach.freed.update(free.settings)
            if free.settings and not touched:
                continue
        if not touched:
            return Search(encoding, answer, rounds, seconds)
        with _Timer(seconds, "guess"):
            reach.expanded.update(guess.follow(package_of(key) for key in touched))
            reach.split.update(guess.split)
        if rounds > 1:
            touched |= _other_providers(encoding, touched, stubs)
            reach.drawn.update(hoped_for(encoding, answer.holds))
        reach.expand(touched | stubs if rounds >= _PATIENCE else touched)


def _worth_freeing(encoding: Encoding, clash: Contradiction, limit: Limit) -> set[Setting]:
    """Values of sticky variants to free; the clash is shrunk only where that makes a difference."""
    settings = worth_freeing_without_answer(encoding, clash.reasons)
    if settings and not clash.minimal:
        clash.find(limit, CONFLICTS)
        settings = worth_freeing_without_answer(encoding, clash.reasons)
    return settings


def _readable(
    first: Encoding | None, last: Encoding, clash: Contradiction, limit: Limit
) -> tuple[Encoding, Contradiction]:
    """The clash to tell, where need be one of default values, with the encoding that it is one of.

    The first round is the smallest program. It had an answer only by what stubs may lead to; since
    nothing came of that, a contradiction without it is the one that readers look for, if it says
    more than that something was asked for.
    """
    if first is not None:
        left = Limit(limit.left())
        plain = find_clash(first.program, [-first.sets.hidden_ways], left, suppose=_defaults(first))
        if len(plain.reasons) > 1:
            return first, plain
    clash.find(limit, CONFLICTS, _defaults(last))
    return last, clash


def _defaults(encoding: Encoding) -> list[int]:
    """The literals that variants have their default values."""
    return [-charge.literal for charge in encoding.attributes.charges]


def _refusal(encoding: Encoding, clash: Contradiction) -> UnsatisfiableRequestError:
    """The error that tells why there is no answer."""
    from spack.solve.explaining.causes import in_words, needs, supposed_defaults
    from spack.solve.explaining.ways_out import Refused

    reasons = in_words(encoding, clash.reasons)
    return UnsatisfiableRequestError(
        encoding.request,
        reasons,
        needs=needs(encoding, reasons),
        minimal=clash.minimal,
        refused=Refused(encoding, clash),
        defaults=supposed_defaults(encoding, clash.supposed),
    )


def _other_providers(encoding: Encoding, touched: set[str], stubs: set[str]) -> set[str]:
    """Stubs that provide what touched packages provide.

    They would be tried one after the other: an optimum that leaves the likely provider takes the
    next one that is a stub.
    """
    virtuals = {
        virtual
        for key in touched
        for virtual in encoding.candidates.record(package_of(key)).provided_names()
        if virtual not in LANGUAGES
    }
    return {key for v in sorted(virtuals) for key in encoding.providers_of(v) if key in stubs}


def _encoding_in_time(
    world: World,
    request: Request,
    candidates: Candidates,
    reach: Reach,
    limit: Limit,
    before: Encoding | None,
) -> Encoding:
    """The program of the next round; if there is no time for it, that of the one before."""
    try:
        # Sets of its own: they must not grow with those of later rounds.
        return encode(world, request, candidates, Reach.of(*reach), limit.check)
    except SolveTimeoutError as error:
        if before is None or request.error_on_timeout:
            raise timed_out(limit.seconds or 0, error) from None
        return before


def _optimum(encoding: Encoding, limit: Limit, last_round: bool, trial: bool) -> Answer | None:
    """The answer of one round, within what is left of the time.

    An answer that is not proved to be the best one holds nothing that is not encoded: there is no
    time for a further round. For a ``trial`` such an answer is the end, too.
    """
    strict = encoding.request.error_on_timeout
    closed: list[int] = []
    if trial or (limit.seconds is not None and not strict):
        closed = [-encoding.node(key) for key in encoding.nodes.unfinished()]
        closed += [-atom for _, atom in encoding.nodes.divisible()]
    program = encoding.program
    try:
        if not last_round:
            left = limit.left()
            enough = closed if trial else None
            return optimum(
                program, timeout=left, best_so_far=not strict, settled=closed, enough=enough
            )
        answer = optimum(program, timeout=0.0, best_so_far=True, assuming=closed)
        if answer is None:
            raise SolveTimeoutError(limit.seconds or 0, {}, None)
        return answer._replace(proved=False)
    except SolveTimeoutError as error:
        raise timed_out(limit.seconds or 0, error) from None


def encode(
    world: World,
    request: Request,
    candidates: Candidates,
    reach: Reach,
    check_time: Callable[[], None] = lambda: None,
) -> Encoding:
    """The ground program of one round."""
    encoding = Encoding(world, request, candidates, reach, check_time)
    encode_roots(encoding)
    keys = [key for name in sorted(reach.expanded) for key in encoding.instances(name)]
    for package in sorted(reach.split):
        for key in encoding.instances(package):
            encoding.node(key)
    for key in keys:
        check_time()
        encode_package(encoding, key)
    encode_ways(encoding)
    encode_compilers(encoding)
    for key in keys:
        check_time()
        encode_requirements(encoding, key)
        encode_develop(encoding, key)
    encode_candidates(encoding)
    check_time()
    encode_virtuals(encoding)
    check_time()
    encode_propagation(encoding)
    encode_mixing(encoding)
    check_time()
    encode_virtual_requirements(encoding)
    encode_preferred_below(encoding)
    encode_placed_requirements(encoding)
    encode_fixed(encoding)
    define_mentioned(encoding)
    encode_tests_of_virtuals(encoding)
    return encoding


def _without_zero(answer: Answer) -> dict[int, int]:
    costs = sorted(answer.costs.items(), reverse=True)
    return {priority: cost for priority, cost in costs if cost and priority != criteria.TIES}


class _Timer:
    """Adds the time spent in a block to one entry of a table."""

    def __init__(self, seconds: dict[str, float], phase: str) -> None:
        self._seconds = seconds
        self._phase = phase
        self._start = 0.0

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: tuple[object, ...]) -> None:
        spent = time.perf_counter() - self._start
        self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + spent
