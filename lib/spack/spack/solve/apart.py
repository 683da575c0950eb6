"""Roots that are solved each alone, many of them on one program.

Roots that have most of their packages in common are a batch. The rules of all these packages are
written once, with a choice for each root, and the search assumes that one of them is solved and the
others are not. What a request says holds where its root is solved; a package that only another root
needs is in no answer, since nothing brings it. So the optimum is that of the root alone.

Whatever does not fit (a root without an answer, one that speaks of targets or flags, one whose
optimum touches what is not encoded) is left to :func:`spack.solve.solver.solve`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.specs import Located, Spec
from spack.named_tuples import NamedTuple
from spack.solve.asp.control import Series
from spack.solve.decode import Made, decode
from spack.solve.encoding.nodes import Reach
from spack.solve.explaining.checks import check_request
from spack.solve.problem.candidates import Candidates
from spack.solve.problem.guess import Guess
from spack.solve.problem.request import ContentHash, Request, Solution, Statistics, World
from spack.solve.rules.compilers import injected_versions
from spack.solve.rules.hidden import Hope, paid_in_vain, worth_freeing
from spack.solve.solver import Timer, encode, without_zero
from spack.system.processes.forking import forked_map
from spack.type_names import Optional, Union

#: Microseconds that a package takes in a program that is written, and times the number of packages
#: in a search.
_WRITTEN, _SEARCHED = 2500, 0.75

#: The solution of a root, or what a solve of it alone should cover at once, if that is known.
Outcome = Optional[Union[Solution, Reach]]


class _Case(NamedTuple):
    """A root, its place in the request, and the packages to expand for it."""

    place: int
    root: Located
    packages: frozenset[str]


def solve_apart(
    roots: Sequence[Located],
    world: World,
    content_hash: ContentHash,
    request: Request,
    jobs: int,
) -> list[Outcome]:
    """The outcome of each root.

    Args:
        request: says what is the same for each solve; its own roots are ignored.
        jobs: processes that solve at a time.
    """
    found: list[Outcome] = [None] * len(roots)
    if request.timeout is not None or request.keep_problem or not world.reuse_roots:
        return found
    first: dict[str, int] = {}
    for place, root in enumerate(roots):
        if _fits(root.spec, world):
            first.setdefault(str(root.spec), place)
    asked = request._replace(roots=tuple(roots[p] for p in first.values()), one_at_a_time=True)
    apart = _Apart(world, content_hash, asked)
    if len(first) > 1 and not apart.differ:
        for place, outcome in apart.outcomes(list(first.values()), jobs):
            found[place] = outcome
    return [found[first.get(str(root.spec), place)] for place, root in enumerate(roots)]


def _fits(root: Spec, world: World) -> bool:
    """Whether all that a request says can be said of one root among others."""
    return world.packages.exists(root.name or "") and all(
        _is_plain(part, world) for part in root.traverse()
    )


def _is_plain(part: Spec, world: World) -> bool:
    """Whether a part of a request is about versions and variants that recipes know."""
    if part.flags or part.target or part.os or part.platform:
        return False
    if part.namespace or part.abstract_hash:
        return False
    if any(variant.propagate for variant in part.variants.values()):
        return False
    if any(edge.sigil == "%%" for edge in part.dependencies):
        return False
    exact, name = part.versions.concrete, part.name or ""
    if exact is None or not world.packages.exists(name):
        return True
    return any(declared.version == exact for declared in world.packages.record(name).versions)


class _Apart:
    """The roots of one call. Where ``differ`` is true they cannot share programs."""

    def __init__(self, world: World, content_hash: ContentHash, request: Request) -> None:
        self._world = world
        self._content_hash = content_hash
        self._request = request
        self._candidates = Candidates(world, request)
        self._candidates.injected_versions = injected_versions(world)
        self.differ = self._candidates.duplicates.differ_by_root()

    def outcomes(self, places: Sequence[int], jobs: int) -> Iterator[tuple[int, Outcome]]:
        """The places of roots with their outcomes."""
        guess = Guess(self._world, self._request, self._candidates)
        guess.run()
        cases = [
            _Case(place, root, frozenset(guess.of_root(root.spec)))
            for place, root in zip(places, self._request.roots)
            if self._passes(root)
        ]
        avoids = self._candidates.avoids_best_target
        plain = [case for case in cases if not any(map(avoids, case.packages))]
        # With a choice of targets a program is three times as large.
        batches = [*_batches([c for c in cases if c not in plain]), *_batches(plain)]
        split = guess.split
        found = forked_map(lambda n: self._solve(batches[n], split), len(batches), jobs)
        for batch, outcomes in zip(batches, found):
            for case, outcome in zip(batch, outcomes):
                yield case.place, outcome

    def _passes(self, root: Located) -> bool:
        """Whether no check refuses the root; otherwise its refusal is told by who solves it."""
        try:
            request = self._request._replace(roots=(root,))
            check_request(self._world, request, self._candidates)
        except SpackError:
            return False
        return True

    def _solve(self, batch: Sequence[_Case], split: set[str]) -> list[Outcome]:
        """Write the program of a batch, and look for the optimum of each root."""
        seconds: dict[str, float] = {}
        request = self._request._replace(roots=tuple(case.root for case in batch))
        reach = Reach.of(set().union(*(case.packages for case in batch)), split)
        with Timer(seconds, "encode"):
            encoding = encode(self._world, request, self._candidates, reach)
            series = Series(encoding.program)
        facts = Statistics(1, len(reach.expanded), encoding.program.size, seconds)
        literals = [root.solved for root in encoding.roots]
        outcomes: list[Outcome] = []
        made: Made = {}
        hopes: dict[int, tuple[list[int], Hope, dict[int, int]]] = {}
        for place in range(len(batch)):
            assuming = [lit if n == place else -lit for n, lit in enumerate(literals)]
            with Timer(seconds, "solve"), series.optimum(assuming) as answer:
                if answer is None:
                    outcomes.append(None)
                    continue
                touched = encoding.nodes.relied_on(answer.holds)
                if touched:
                    start = Reach.of(())
                    start.expand(touched)
                    outcomes.append(start)
                    continue
                hope = paid_in_vain(encoding, answer)
                if hope is not None:
                    hopes[place] = (assuming, hope, answer.costs)
                roots = decode(encoding, answer, self._content_hash, made)
                packages = self._candidates.looked_at()
                costs = without_zero(answer)
                outcomes.append(Solution((roots[place],), costs, facts, packages=packages))
        for place, (assuming, hope, costs) in hopes.items():
            with Timer(seconds, "solve"):
                free = worth_freeing(encoding, series.answer(costs), hope, None, assuming)
            if free.keys or free.settings:
                start = Reach.of((), freed=free.settings)
                start.expand(free.keys)
                outcomes[place] = start
        shared = iter(share_nodes([o for o in outcomes if isinstance(o, Solution)]))
        return [next(shared) if isinstance(o, Solution) else o for o in outcomes]


def _batches(cases: Sequence[_Case]) -> Iterator[list[_Case]]:
    """Roots that have most of their packages in common, together.

    One joins a batch as long as the packages that it adds, and the larger program that all searches
    of the batch run on, take less time than a program of its own.
    """
    bits: dict[str, int] = {}
    masks: dict[int, int] = {}
    for case in cases:
        mask = 0
        for name in case.packages:
            mask |= 1 << bits.setdefault(name, len(bits))
        masks[case.place] = mask
    left = sorted(cases, key=lambda case: (-len(case.packages), case.place))
    while left:
        batch = [left.pop(0)]
        union = masks[batch[0].place]
        while left:

            def added(case: _Case, union: int = union) -> int:
                return _size(masks[case.place] & ~union)

            best = min(left, key=added)
            before = _size(union)
            after = before + added(best)
            together = _effort(after, len(batch) + 1) - _effort(before, len(batch))
            if together > _effort(len(best.packages), 1):
                break
            union |= masks[best.place]
            batch.append(best)
            left.remove(best)
        yield batch


def _effort(packages: int, roots: int) -> float:
    """The time that a batch takes: to write the program, and to search it once for each root."""
    return _WRITTEN * packages + _SEARCHED * packages * packages * roots


def _size(mask: int) -> int:
    return bin(mask).count("1")


def share_nodes(solutions: Sequence[Solution]) -> list[Solution]:
    """The solutions with one object for each node that occurs in several of them."""
    first: dict[str, ConcreteSpec] = {}
    for solution in solutions:
        for root in solution.roots:
            for node in () if root is None else root.traverse(order="post"):
                known = first.setdefault(node.dag_hash(), node)
                if known is node:
                    node.dependencies = tuple(
                        edge._replace(spec=first[edge.spec.dag_hash()])
                        for edge in node.dependencies
                    )
    return [
        solution._replace(
            roots=tuple(None if r is None else first[r.dag_hash()] for r in solution.roots)
        )
        for solution in solutions
    ]
