"""Tries what would make a request without an answer solvable, and keeps what really solves.

Each trial takes one constraint away that has part in the clash, or two where one is not enough: a
part of the request, a requirement, conflict or ``buildable: false`` of the configuration, the ban
on deprecated versions; or asks for a value that a sticky variant has only if it is asked for. How
that is said to people is decided here, why there was no answer elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from operator import eq

from spack.errors import Origin, SpackError
from spack.language.specs import Edge, Located, Spec, VariantConstraint
from spack.language.versions import VersionSet
from spack.named_tuples import NamedTuple
from spack.solve.asp.clashes import Contradiction
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Law, Reason
from spack.solve.encoding.sentences import (
    FORBIDDEN,
    NOT_BUILDABLE,
    PART_REQUESTED,
    PROVIDER_FORBIDDEN,
    PROVIDER_REQUIRED,
    REQUESTED,
    REQUIRED,
    STICKY,
    VERSIONS,
)
from spack.solve.problem.candidates import Word
from spack.solve.problem.request import Group, Request, World
from spack.type_names import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

#: Relaxations that solve, after which no more are tried.
ENOUGH = 3

#: Seconds of this process's time for trials: so many once there is a relaxation, and so many times
#: as long as it took to see that there is no answer; while there is none, more of both.
_ENOUGH_SECONDS, _SECONDS = 0.5, 2.0
_ENOUGH_TIMES, _TIMES = 1.0, 4.0

#: Values of a sticky variant that are tried.
_VALUES = 2


class Relaxation(NamedTuple):
    """A request and a world with one constraint less, and what to do to get there.

    ``lifts`` tells the reasons of the constraints that it takes away, or more than these; None
    where something else changes. Of relaxations that are of one ``kind`` one is enough. ``root`` is
    the number of the root that is asked for in another form.
    """

    text: str
    request: Request
    world: World
    lifts: Callable[[Reason], bool] | None = None
    kind: str = ""
    root: int | None = None

    @property
    def stands_for(self) -> str:
        """Its kind, or what it says if it is one of its own."""
        return self.kind or self.text


def solvable(
    request: Request,
    world: World,
    clash: Contradiction,
    solves: Callable[[Request, World], object],
    spent: float,
    watched: Callable[[], AbstractContextManager[None]] | None = None,
) -> list[str]:
    """Advice, in words, for each relaxation that was tried and solves.

    Args:
        clash: the constraints that contradict each other; others are not worth a trial.
        solves: concretizes, or raises SpackError.
        spent: seconds that it took to see that there is no answer.
        watched: says on a terminal that trials go on, for as long as none has solved, and that an
            interruption ends them; without it they end when they have taken long.
    """
    found: list[str] = []
    if watched is None:
        _try_all(_trials(request, world, clash, solves, found), found, spent, patient=False)
    else:
        try:
            with watched():
                _try_all(_trials(request, world, clash, solves, found), found, spent, patient=True)
        except KeyboardInterrupt:
            pass
    return found


def _try_all(trials: Iterator[None], found: list[str], spent: float, *, patient: bool) -> None:
    start = time.process_time()
    for _ in trials:
        used = time.process_time() - start
        if len(found) == ENOUGH:
            break
        if found and used > max(_ENOUGH_SECONDS, _ENOUGH_TIMES * spent):
            break
        if not patient and used > max(_SECONDS, _TIMES * spent):
            break


def _trials(
    request: Request,
    world: World,
    clash: Contradiction,
    solves: Callable[[Request, World], object],
    found: list[str],
) -> Iterator[None]:
    """Try one relaxation after the other; what solves is added to ``found``.

    The program of the clash tells of most that they do not help: it has no answer without the
    constraints that they lift either. If none helps, what clashes then is relaxed as well.
    """
    known: set[str] = set()
    singles = list(relaxations(request, world, clash.reasons))
    hopeless: list[Relaxation] = []
    for relaxation in singles:
        hopeful = relaxation.lifts is None or clash.may_do_without(relaxation.lifts)
        if not hopeful:
            hopeless.append(relaxation)
        elif relaxation.stands_for not in known and _solved(relaxation, solves):
            found.append(relaxation.text)
            known.add(relaxation.stands_for)
        yield
    for first in () if found else hopeless:
        for second in _second(request, first, clash):
            if second.text not in found and _solved(second, solves):
                found.append(second.text)
            yield


def _solved(relaxation: Relaxation, solves: Callable[[Request, World], object]) -> bool:
    try:
        solves(relaxation.request, relaxation.world)
    except SpackError:
        return False
    return True


def _second(request: Request, first: Relaxation, clash: Contradiction) -> Iterator[Relaxation]:
    """Further changes to one that is not enough: both of them may be, and are told together."""
    lifted = first.lifts
    if lifted is None or len(request.roots) != len(first.request.roots):
        return
    # The clash names the roots as they were asked for.
    named = [
        now._replace(text=before.text) for now, before in zip(first.request.roots, request.roots)
    ]
    changed = first.request._replace(roots=tuple(named))
    for second in relaxations(changed, first.world, clash.next_without(lifted)):
        also = second.lifts
        if also is not None and not clash.may_do_without(partial(_either, lifted, also)):
            continue
        same_root = second.root is not None and second.root == first.root
        text = second.text if same_root else f"{first.text} and {second.text}"
        yield second._replace(text=text)


def _either(
    first: Callable[[Reason], bool], second: Callable[[Reason], bool], reason: Reason
) -> bool:
    return first(reason) or second(reason)


def relaxations(request: Request, world: World, clash: Sequence[Reason]) -> Iterator[Relaxation]:
    """Single constraints that can be taken away, what was typed first."""
    several = len(request.roots) > 1
    for reason in clash:
        if reason.law == STICKY:
            yield from _asking_for_a_value(request, world, reason)
    for index, root in enumerate(request.roots):
        instead = f" instead of {root.text}" if several else ""
        for spec, part in weaker(root.spec):
            lifts = partial(_is_of, root=root, part=part)
            if any(map(lifts, clash)):
                changed = _with_root(request, index, spec)
                yield Relaxation(f"request {spec}{instead}", changed, world, lifts, root=index)
    yield from _configuration(request, world, clash)
    for index, root in enumerate(request.roots if several else ()):
        others = request.roots[:index] + request.roots[index + 1 :]
        yield Relaxation(f"remove the root {root.text}", request._replace(roots=others), world)
    if not world.allow_deprecated and _may_be_deprecated(world, clash):
        yield Relaxation("give --deprecated", request, world._replace(allow_deprecated=True))


def _is_of(reason: Reason, root: Located, part: str) -> bool:
    """Whether a reason is that this part of a root was requested, or that all of it was."""
    if reason.law == REQUESTED and reason.facts[0] == root.text:
        return reason.facts[1:] in ((), (part,))
    if reason.law == PART_REQUESTED:
        return reason.facts == (part, root.text)
    return not reason.about and reason.law.kind == "request" and reason.law != REQUESTED


def _with_root(request: Request, index: int, spec: Spec) -> Request:
    roots = list(request.roots)
    roots[index] = Located(spec, roots[index].origin, str(spec))
    return request._replace(roots=tuple(roots))


def _asking_for_a_value(request: Request, world: World, reason: Reason) -> Iterator[Relaxation]:
    """A value for the sticky variant that the reason is about, asked of its package."""
    key, variant = reason.facts[:2]
    package = package_of(key)
    values = _other_values(world, package, variant)
    for index, root in enumerate(request.roots):
        for value in values[:_VALUES]:
            wanted = {variant: VariantConstraint(variant, (value,))}
            spec = root.spec
            if spec.name == package:
                spec = spec.replace(variants={**spec.variants, **wanted})
            else:
                edges = [e for e in spec.dependencies if e.spec.name == package and e.sigil == "^"]
                edge = edges[0] if edges else Edge("^", Spec(package))
                others = tuple(e for e in spec.dependencies if e is not edge)
                below = edge.spec.replace(variants={**edge.spec.variants, **wanted})
                spec = spec.replace(dependencies=(*others, edge._replace(spec=below)))
            also = "" if isinstance(value, bool) else f" (or another value of {variant})"
            asked = _with_root(request, index, spec)
            text, kind = f"request {spec}{also}", f"{package} {variant}"
            yield Relaxation(text, asked, world, partial(eq, reason), kind, index)


def _other_values(world: World, package: str, variant: str) -> list[Word]:
    """Values that are not the default, the last ones first; plain numbers before others."""
    values: list[Word] = []
    for record in world.packages.record(package).variants:
        if record.name == variant:
            defaults: Any = (
                record.default if isinstance(record.default, tuple) else (record.default,)
            )
            listed = [value.value for value in record.values or ()]
            if record.kind == "bool":
                listed = [True, False]
            values += [v for v in listed if v not in (*defaults, "none") and v not in values]
    values.reverse()
    return sorted(values, key=lambda value: not (value is True or str(value)[-1:].isdigit()))


#: Laws about entries of the configuration that are groups, with what such an entry is called.
_ENTRIES: dict[Law, str] = {
    REQUIRED: "requirement",
    PROVIDER_REQUIRED: "requirement",
    FORBIDDEN: "conflict",
    PROVIDER_FORBIDDEN: "conflict",
}


def _configuration(request: Request, world: World, clash: Sequence[Reason]) -> Iterator[Relaxation]:
    """Entries of the configuration among the reasons, each removed wherever it applies."""
    done: set[object] = set()
    for reason in clash:
        word = _ENTRIES.get(reason.law)
        if word is not None and reason.origin not in done:
            done.add(reason.origin)
            left = {
                name: own._replace(groups=tuple(g for g in own.groups if not _same(g, reason)))
                for name, own in world.preferences.items()
            }
            if left != world.preferences:
                text = f"remove the {word} at {reason.origin}"
                changed = world._replace(preferences=left)
                yield Relaxation(text, request, changed, partial(_is_at, reason.origin))
        if reason.law == NOT_BUILDABLE:
            name = reason.facts[0]
            own = world.preferences_of(name)
            text = f"set packages:{name}:buildable to true ({own.buildable_origin})"
            buildable = {**world.preferences, name: own._replace(buildable=True)}
            changed = world._replace(preferences=buildable)
            yield Relaxation(text, request, changed, partial(eq, reason))


def _is_at(origin: Origin | None, reason: Reason) -> bool:
    return reason.origin == origin


def _same(group: Group, reason: Reason) -> bool:
    return group.origin == reason.origin and group.origin is not None


def _may_be_deprecated(world: World, clash: Sequence[Reason]) -> bool:
    """Whether a package that the clash is about has a deprecated version."""
    names = {package_of(fact) for r in clash for fact in r.facts if isinstance(fact, str)}
    names.update(fact.name or "" for r in clash for fact in r.facts if isinstance(fact, Spec))
    names.update(package_of(r.facts[0]) for r in clash if r.law == VERSIONS)
    return any(
        version.deprecated
        for name in names
        if world.packages.exists(name)
        for version in world.packages.record(name).versions
    )


def weaker(spec: Spec) -> Iterator[tuple[Spec, str]]:
    """The spec with one of its constraints less, and the part of it that this was in.

    Parts of its dependencies come before these. Flags after a ``%`` are also tried where they are
    mostly meant to be: before it.
    """
    for position, edge in enumerate(spec.dependencies):
        part = str(edge).strip()
        for child, _ in weaker(edge.spec):
            yield _with_edge(spec, position, edge._replace(spec=child)), part
        if edge.direct and edge.spec.flags:
            own = {**edge.spec.flags, **spec.flags}
            bare = edge._replace(spec=edge.spec.replace(flags={}))
            yield _with_edge(spec.replace(flags=own), position, bare), part
    for constraint in spec.single_constraints():
        yield _without(spec, constraint), str(constraint)
    for position, edge in enumerate(spec.dependencies):
        edges = spec.dependencies[:position] + spec.dependencies[position + 1 :]
        yield spec.replace(dependencies=edges), str(edge).strip()


def _without(spec: Spec, part: Spec) -> Spec:
    """The spec without one of its :meth:`Spec.single_constraints`."""
    left = {name: value for name, value in spec.variants.items() if name not in part.variants}
    words = {
        word: None
        for word in ("namespace", "platform", "os", "target", "abstract_hash")
        if getattr(part, word)
    }
    return spec.replace(
        variants=left,
        versions=spec.versions if part.versions.is_any else VersionSet.ANY,
        flags={} if part.flags else spec.flags,
        **words,
    )


def _with_edge(spec: Spec, position: int, edge: Edge) -> Spec:
    edges = list(spec.dependencies)
    edges[position] = edge
    return spec.replace(dependencies=tuple(edges))
