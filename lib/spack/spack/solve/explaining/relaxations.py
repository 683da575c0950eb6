"""Tries what would make a request without an answer solvable, and keeps what really solves.

Each trial takes one constraint away: a part of the request, a requirement or ``buildable: false``
of the configuration, or the ban on deprecated versions. How that is said to people is decided here,
why there was no answer elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Callable

from spack.errors import Origin, SpackError
from spack.language.specs import Edge, Located, Spec
from spack.language.versions import VersionSet
from spack.named_tuples import NamedTuple
from spack.solve.asp.program import Sentence
from spack.solve.problem.request import Preferences, Request, World

#: Seconds for all trials together, and how many that solve are enough.
SECONDS = 1.0
ENOUGH = 3


class Relaxation(NamedTuple):
    """A request and a world with one constraint less, and what to do to get there."""

    text: str
    request: Request
    world: World


def solvable(
    request: Request,
    world: World,
    reasons: Sequence[Sentence],
    solves: Callable[[Request, World], object],
) -> list[str]:
    """Advice, in words, for each relaxation that was tried and solves, within :data:`SECONDS`.

    Args:
        reasons: the constraints that clash; others are not worth a trial.
        solves: concretizes within the time limit of a request, or raises SpackError.
    """
    deadline = time.monotonic() + SECONDS
    found: list[str] = []
    for relaxation in relaxations(request, world, reasons):
        left = deadline - time.monotonic()
        if left <= 0 or len(found) == ENOUGH:
            break
        try:
            solves(relaxation.request._replace(timeout=left), relaxation.world)
        except SpackError:
            continue
        found.append(relaxation.text)
    return found


def relaxations(
    request: Request, world: World, reasons: Sequence[Sentence]
) -> Iterator[Relaxation]:
    """Single constraints that can be taken away, what was typed first."""
    for index, root in enumerate(request.roots):
        for spec in weaker(root.spec):
            text = str(spec)
            roots = list(request.roots)
            roots[index] = Located(spec, root.origin, text)
            instead = f" instead of {root.text}" if len(roots) > 1 else ""
            yield Relaxation(
                f"request {text}{instead}", request._replace(roots=tuple(roots)), world
            )
        if len(request.roots) > 1:
            others = request.roots[:index] + request.roots[index + 1 :]
            yield Relaxation(f"remove the root {root.text}", request._replace(roots=others), world)
    places = {reason.origin for reason in reasons if reason.origin is not None}
    yield from _configuration(request, world, places)
    if not world.allow_deprecated:
        yield Relaxation("give --deprecated", request, world._replace(allow_deprecated=True))


def _configuration(request: Request, world: World, places: set[Origin]) -> Iterator[Relaxation]:
    for name, own in world.preferences.items():
        for group in own.groups:
            if group.origin in places:
                left = tuple(other for other in own.groups if other is not group)
                yield Relaxation(
                    f"remove the requirement at {group.origin}",
                    request,
                    _changed(world, name, own._replace(groups=left)),
                )
        if not own.buildable and own.buildable_origin in places:
            yield Relaxation(
                f"set packages:{name}:buildable to true ({own.buildable_origin})",
                request,
                _changed(world, name, own._replace(buildable=True)),
            )


def _changed(world: World, name: str, preferences: Preferences) -> World:
    return world._replace(preferences={**world.preferences, name: preferences})


def weaker(spec: Spec) -> Iterator[Spec]:
    """The spec with one of its constraints less; parts of its dependencies before these.

    Flags after a ``%`` are also tried where they are mostly meant to be: before it.
    """
    for position, edge in enumerate(spec.dependencies):
        for child in weaker(edge.spec):
            yield _with_edge(spec, position, edge._replace(spec=child))
        if edge.direct and edge.spec.flags:
            own = {**edge.spec.flags, **spec.flags}
            bare = edge._replace(spec=edge.spec.replace(flags={}))
            yield _with_edge(spec.replace(flags=own), position, bare)
    if spec.flags:
        yield spec.replace(flags={})
    for name in spec.variants:
        left = {key: value for key, value in spec.variants.items() if key != name}
        yield spec.replace(variants=left)
    if not spec.versions.is_any:
        yield spec.replace(versions=VersionSet.ANY)
    if spec.target is not None:
        yield spec.replace(target=None)
    if spec.os is not None:
        yield spec.replace(os=None)
    for position in range(len(spec.dependencies)):
        edges = spec.dependencies[:position] + spec.dependencies[position + 1 :]
        yield spec.replace(dependencies=edges)


def _with_edge(spec: Spec, position: int, edge: Edge) -> Spec:
    edges = list(spec.dependencies)
    edges[position] = edge
    return spec.replace(dependencies=tuple(edges))
