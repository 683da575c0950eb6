"""Several roots: together, as many together as possible, or each on its own."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

from spack.language.specs import ConcreteSpec, Located
from spack.solve.decode import ContentHash
from spack.solve.request import Request, Solution, World
from spack.solve.solver import solve

#: Values of ``concretizer:unify``.
TOGETHER, SEPARATELY, WHEN_POSSIBLE = "true", "false", "when_possible"


def solve_roots(
    roots: Sequence[Located],
    world: World,
    content_hash: ContentHash,
    *,
    unify: str = TOGETHER,
    tests: Request = Request(()),
    timeout: Optional[float] = None,
) -> Tuple[List[ConcreteSpec], List[Solution]]:
    """Concretize all roots.

    Returns the concrete roots in order, and the solutions they came from. ``tests`` carries which
    packages get test dependencies; its roots are ignored.
    """
    if not roots:
        return [], []
    if unify == TOGETHER:
        solution = solve(tests._replace(roots=tuple(roots)), world, content_hash, timeout=timeout)
        return [root for root in solution.roots if root is not None], [solution]
    if unify == WHEN_POSSIBLE:
        return _when_possible(roots, world, content_hash, tests, timeout)
    solutions = [
        solve(tests._replace(roots=(root,)), world, content_hash, timeout=timeout) for root in roots
    ]
    return [root for s in solutions for root in s.roots if root is not None], solutions


def _when_possible(
    roots: Sequence[Located],
    world: World,
    content_hash: ContentHash,
    tests: Request,
    timeout: Optional[float],
) -> Tuple[List[ConcreteSpec], List[Solution]]:
    """Rounds: each solves as many of the open roots as it can, reusing the rounds before."""
    done: Dict[int, ConcreteSpec] = {}
    solutions: List[Solution] = []
    while len(done) < len(roots):
        left = [index for index in range(len(roots)) if index not in done]
        request = tests._replace(
            roots=tuple(roots[index] for index in left), optional=len(left) > 1
        )
        solution = solve(request, world, content_hash, timeout=timeout)
        solutions.append(solution)
        for index, root in zip(left, solution.roots):
            if root is not None:
                done[index] = root
        world = with_candidates(world, solution.nodes())
    return [done[index] for index in range(len(roots))], solutions


def with_candidates(world: World, nodes: Sequence[ConcreteSpec]) -> World:
    """The world in which these nodes may be reused."""
    concrete = dict(world.concrete)
    for node in nodes:
        known = concrete.get(node.name, ())
        if all(node.dag_hash() != other.dag_hash() for other in known):
            concrete[node.name] = (*known, node)
    return world._replace(concrete=concrete)
