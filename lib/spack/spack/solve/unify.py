"""Several roots: together, as many together as possible, or each on its own."""

from __future__ import annotations

import time
from collections.abc import Sequence

from spack.language.concrete_specs import ConcreteSpec
from spack.language.modes import Unify
from spack.language.specs import Located
from spack.named_tuples import NamedTuple
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.fixed import ClashingRootsError, with_fixed
from spack.solve.problem.git_references import with_git_versions, world_with_git_versions
from spack.solve.problem.request import ContentHash, Request, Solution, World
from spack.solve.problem.reuse import with_candidates, without_roots
from spack.solve.problem.this_machine import for_this_machine
from spack.solve.problem.toolchains import ToolchainExpander
from spack.solve.solver import search, solve
from spack.system.processes.forking import forked_map
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class _Problem(NamedTuple):
    """Parameters that all solves of one call share."""

    world: World
    content_hash: ContentHash
    request: Request
    watched: Callable[[], AbstractContextManager[None]] | None = None

    def solve(self, *roots: Located, optional: bool = False) -> Solution:
        world, request = self.world, self.request
        if not world.reuse_roots:
            world = without_roots(world, roots)
        world = with_fixed(world, request.fixed)
        asked = request._replace(roots=roots, optional=optional)
        start = time.process_time()
        try:
            return solve(asked, world, self.content_hash)
        except UnsatisfiableRequestError as error:
            spent = time.process_time() - start
            strict = asked._replace(error_on_timeout=True)
            found: list[str] = []
            if error.refused is not None:
                from spack.solve.explaining.ways_out import solvable

                found = solvable(strict, world, error.refused, _trial, spent, self.watched)
            raise UnsatisfiableRequestError(
                asked,
                error.reasons,
                found,
                error.needs,
                error.minimal,
                defaults=error.defaults,
            ) from None


def _trial(request: Request, world: World) -> object:
    return search(request, world, trial=True)


def solve_roots(
    roots: Sequence[Located],
    world: World,
    content_hash: ContentHash,
    *,
    unify: Unify = Unify.TOGETHER,
    request: Request = Request(()),
    jobs: int = 1,
    watched: Callable[[], AbstractContextManager[None]] | None = None,
) -> tuple[list[ConcreteSpec], list[Solution]]:
    """Concretize all roots.

    Returns the concrete roots in order, and the solutions they came from.

    Args:
        request: says what is the same for each solve; its own roots are ignored.
        jobs: processes that solve at a time, where roots are solved separately.
        watched: entered while a way out of a contradiction is looked for, which goes on until one
            is found; an interruption ends it.

    Raises:
        UnsatisfiableRequestError: names the roots that cannot be solved.
    """
    if not roots:
        return [], []
    expander = ToolchainExpander(world.packages, world.toolchains)
    wanted = [expander.located(root) for root in roots]
    wanted = [r._replace(spec=for_this_machine(r.spec, world.host)) for r in wanted]
    wanted = [r._replace(spec=with_git_versions(r.spec, world.packages)) for r in wanted]
    world = world_with_git_versions(world, wanted)
    problem = _Problem(world, content_hash, request, watched)
    if unify is Unify.TOGETHER:
        solution = problem.solve(*wanted)
        return [root for root in solution.roots if root is not None], [solution]
    if unify is Unify.WHEN_POSSIBLE:
        return _when_possible(wanted, problem)
    apart = problem._replace(request=request._replace(fixed=()))
    if jobs > 1 and len(wanted) > 1:
        apart = apart._replace(watched=None)
    solutions = forked_map(lambda index: apart.solve(wanted[index]), len(wanted), jobs)
    solutions = share_nodes(solutions)
    return [root for s in solutions for root in s.roots if root is not None], solutions


def _when_possible(
    roots: Sequence[Located], problem: _Problem
) -> tuple[list[ConcreteSpec], list[Solution]]:
    """Rounds: each solves as many of the open roots as it can, reusing the rounds before.

    Concrete roots that are there already stand beside those of the first round, if they can.
    """
    done: dict[int, ConcreteSpec] = {}
    solutions: list[Solution] = []
    while len(done) < len(roots):
        left = [index for index in range(len(roots)) if index not in done]
        wanted = [roots[index] for index in left]
        fixed = problem.request.fixed
        try:
            solution = problem.solve(*wanted, optional=len(left) > 1 or bool(fixed))
        except (UnsatisfiableRequestError, ClashingRootsError):
            if not fixed:
                # None of them can be solved: the first one alone has the shortest explanation.
                problem.solve(wanted[0])
                raise
            solution = None
        if solution is not None:
            solutions.append(solution)
            for index, root in zip(left, solution.roots):
                if root is not None:
                    done[index] = root
        nodes = [node for spec in fixed for node in spec.traverse()]
        if solution is not None:
            nodes += solution.nodes()
        problem = problem._replace(
            world=with_candidates(problem.world, nodes),
            request=problem.request._replace(fixed=()),
        )
    return [done[index] for index in range(len(roots))], solutions


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
