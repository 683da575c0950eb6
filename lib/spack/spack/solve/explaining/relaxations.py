"""Changes that may make a request without an answer solvable, and how they are told.

Each takes one constraint away that has part in the clash: a part of the request, a requirement,
conflict or ``buildable: false`` of the configuration, the ban on deprecated versions; or it asks
for a value that a sticky variant has only if it is asked for. Which of them help is found out in
``ways_out``, why there was no answer elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from operator import eq

from spack.errors import Origin
from spack.language.specs import Edge, Located, Spec, VariantConstraint
from spack.language.versions import VersionSet
from spack.named_tuples import NamedTuple
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Law, Reason
from spack.solve.encoding.roots import Place
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
from spack.solve.problem.candidates import Setting, Word
from spack.solve.problem.request import Group, Request, World
from spack.type_names import Any, Callable

#: Values of a sticky variant that are tried.
_VALUES = 2


class Relaxation(NamedTuple):
    """A request and a world with one constraint less, and what to do to get there.

    Attributes:
        lifts: tells the reasons of the constraints that it takes away, or more than these; None
            where something else changes.
        kind: of relaxations that are of one kind one is enough.
        root: the number of the root that is asked for in another form.
        place: the place of the piece of this root that is not asked for any more.
        asks: the setting that is asked for instead.
        certain: the problem changes in nothing else than that.
        likely: it is what was meant, most probably.
    """

    text: str
    request: Request
    world: World
    lifts: Callable[[Reason], bool] | None = None
    kind: str = ""
    root: int | None = None
    place: Place | None = None
    asks: Setting | None = None
    certain: bool = False
    likely: bool = False

    @property
    def stands_for(self) -> str:
        """Its kind, or what it says if it is one of its own."""
        return self.kind or self.text


def relaxations(request: Request, world: World, clash: Sequence[Reason]) -> Iterator[Relaxation]:
    """Single constraints that can be taken away, what was typed first."""
    several = len(request.roots) > 1
    for reason in clash:
        if reason.law == STICKY:
            yield from _asking_for_a_value(request, world, reason)
    for index, root in enumerate(request.roots):
        instead = f" instead of {root.text}" if several else ""
        for less in weaker(root.spec):
            lifts = partial(_is_of, root=root, part=less.part)
            if any(map(lifts, clash)):
                yield Relaxation(
                    f"request {less.spec}{instead}",
                    _with_root(request, index, less.spec),
                    world,
                    lifts,
                    root=index,
                    place=less.place,
                    certain=less.certain and not any(_hands_down(r.spec) for r in request.roots),
                    likely=less.likely,
                )
    yield from _configuration(request, world, clash)
    told = {package_of(fact) for r in clash for fact in r.facts if isinstance(fact, str)}
    for index, root in enumerate(request.roots if several else ()):
        changed = request._replace(roots=request.roots[:index] + request.roots[index + 1 :])
        part_of_it = not told.isdisjoint((root.text, root.spec.name))
        yield Relaxation(f"remove the root {root.text}", changed, world, likely=part_of_it)
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
            yield Relaxation(
                f"request {spec}{also}",
                asked,
                world,
                partial(eq, reason),
                f"{package} {variant}",
                index,
                asks=(key, variant, value),
                certain=not any(_hands_down(r.spec) for r in request.roots),
            )


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
                yield Relaxation(
                    f"remove the {word} at {reason.origin}",
                    request,
                    world._replace(preferences=left),
                    partial(_is_at, reason.origin),
                    certain=not _sets_more(world, reason.facts[1]),
                )
        if reason.law == NOT_BUILDABLE:
            name = reason.facts[0]
            own = world.preferences_of(name)
            text = f"set packages:{name}:buildable to true ({own.buildable_origin})"
            buildable = {**world.preferences, name: own._replace(buildable=True)}
            changed = world._replace(preferences=buildable)
            yield Relaxation(text, request, changed, partial(eq, reason), certain=True)


def _is_at(origin: Origin | None, reason: Reason) -> bool:
    return reason.origin == origin


def _same(group: Group, reason: Reason) -> bool:
    return group.origin == reason.origin and group.origin is not None


def _sets_more(world: World, group: Group) -> bool:
    """Whether members of an entry put flags on nodes, or values that nodes only have on demand."""
    members = [each for m in group.members if m is not None for each in m.traverse()]
    sticky = {
        variant.name
        for member in members
        if member.variants and member.name and world.packages.exists(member.name)
        for variant in world.packages.record(member.name).variants
        if variant.sticky
    }
    return any(
        member.flags or (member.variants and (not member.name or sticky & member.variants.keys()))
        for member in members
    )


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


class Less(NamedTuple):
    """A spec with a constraint less than another, and the part and the place where this was.

    ``certain`` where the place holds nothing else, and what it says changes no candidates.
    ``likely`` where it is what was meant, most probably.
    """

    spec: Spec
    part: str
    place: Place
    certain: bool
    likely: bool = False


def weaker(spec: Spec) -> Iterator[Less]:
    """The spec with one of its constraints less.

    Parts of its dependencies come before these. Flags after a ``%`` are also tried where they are
    mostly meant to be: before it.
    """
    for position, edge in enumerate(spec.dependencies):
        part = str(edge).strip()
        for less in weaker(edge.spec):
            changed = _with_edge(spec, position, edge._replace(spec=less.spec))
            place = (position, *less.place)
            yield Less(changed, part, place, less.certain and not edge.direct)
        if edge.direct and edge.spec.flags:
            own = {**edge.spec.flags, **spec.flags}
            bare = edge._replace(spec=edge.spec.replace(flags={}))
            moved = _with_edge(spec.replace(flags=own), position, bare)
            yield Less(moved, part, (position,), False, True)
    for constraint in spec.single_constraints():
        place = (str(constraint.replace(name=None)),)
        yield Less(_without(spec, constraint), str(constraint), place, _is_plain(constraint))
    for position, edge in enumerate(spec.dependencies):
        edges = spec.dependencies[:position] + spec.dependencies[position + 1 :]
        left = spec.replace(dependencies=edges)
        certain = all(_is_plain(each) for each in edge.spec.traverse())
        yield Less(left, str(edge).strip(), (position,), certain)


def _is_plain(spec: Spec) -> bool:
    """Whether what a spec says of nodes changes neither their candidates nor their targets."""
    return not (spec.namespace or spec.platform or spec.os or spec.target or spec.abstract_hash)


def _hands_down(spec: Spec) -> bool:
    """Whether something in the spec is for all nodes below as well."""
    return any(
        any(constraint.propagate for constraint in each.variants.values())
        or any(flag.propagate for flags in each.flags.values() for flag in flags)
        or any(edge.sigil == "%%" for edge in each.dependencies)
        for each in spec.traverse()
    )


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
