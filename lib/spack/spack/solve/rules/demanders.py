"""Packages whose directives may demand a value of a variant of another package.

A sticky variant has another value than its default only where that is demanded. So a directive that
holds when the sticky variant of its own package has another value needs a demand for that in turn:
by the request, by the configuration, or by a directive that can hold. What recipes hand on with
``depends_on("nccl cuda_arch=70", when="cuda_arch=70")`` begins nowhere in most problems, and then
none of the packages that hand it on is a way to get it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from spack.language.specs import Spec
from spack.solve.encoding.encoding import Encoding
from spack.solve.problem.candidates import Setting, Word

#: Settings of other nodes that must be demanded for a directive to hold.
_Needed = frozenset[Setting]


def demanders(encoding: Encoding, name: str, variant: str, value: Word) -> set[str]:
    """Packages with a directive, or an entry of the configuration, that demands the value."""
    packages = encoding.world.packages
    names = [name, *packages.provided_by(name)]
    found = {parent for known in names for parent in packages.demanding(known, variant, value)}
    if _is_sticky(encoding, name, variant):
        found = {
            parent
            for parent in found
            if any(
                all(may_be_demanded(encoding, needed) for needed in needs)
                for needs in _ways(encoding, parent, names, variant)
            )
        }
    for owner, own in encoding.world.preferences.items():
        members = [m for group in own.groups for m in group.members if m is not None]
        edges = [edge for member in members for edge in member.dependencies]
        if any(_demands(edge.spec, names, variant, value) for edge in edges):
            found.add(owner)
    return found


def may_be_demanded(encoding: Encoding, setting: Setting) -> bool:
    """Something may demand the value of a sticky variant, by chains of directives that begin.

    Values of a word variant are not told apart. What is found goes to the candidates, for the
    settings that were met on the way as well.
    """
    known = encoding.candidates.demanded
    if setting not in known:
        ways: dict[Setting, list[_Needed]] = {}
        todo = [setting]
        for place in todo:
            if place in known or place in ways:
                continue
            ways[place] = list(_all_ways(encoding, place))
            todo.extend(needed for needs in ways[place] for needed in needs)
        true = {place for place in known if known[place]}
        growing = True
        while growing:
            more = {p for p, found in ways.items() if any(needs <= true for needs in found)}
            growing = not more <= true
            true |= more
        known.update((place, place in true) for place in ways)
    return known[setting]


def _all_ways(encoding: Encoding, place: Setting) -> Iterator[_Needed]:
    """The needs of each possible demand for a value; none of what is given."""
    name, variant, value = place
    if {(name, variant), ("", variant)} & _given(encoding):
        yield frozenset()
        return
    packages = encoding.world.packages
    names = [name, *packages.provided_by(name)]
    for known in names:
        for parent in packages.demanding(known, variant, value):
            yield from _ways(encoding, parent, names, variant)
    for requirement in encoding.candidates.record(name).requirements:
        if _mention(requirement.spec_texts, variant):
            if any(variant in member.variants for member in requirement.specs):
                yield _needed_for(encoding, name, requirement.when)


def _ways(encoding: Encoding, parent: str, names: Sequence[str], variant: str) -> Iterator[_Needed]:
    """The needs of each directive of a package that demands a value of a variant of others."""
    record = encoding.candidates.record(parent)
    for dependency in record.dependencies:
        if _mention((dependency.spec_text,), variant) and _names(dependency.spec, names, variant):
            yield _needed_for(encoding, parent, dependency.when)
    for requirement in record.requirements:
        if not _mention(requirement.spec_texts, variant):
            continue
        edges = [edge for member in requirement.specs for edge in member.dependencies]
        if any(_names(edge.spec, names, variant) for edge in edges):
            yield _needed_for(encoding, parent, requirement.when)


def _mention(texts: Iterable[str], variant: str) -> bool:
    """Whether texts of specs may name a variant: most do not, and are not worth parsing."""
    return any(variant in text for text in texts)


def _needed_for(encoding: Encoding, name: str, when: Spec | None) -> _Needed:
    """Values of sticky variants that a condition names, of the package and its dependencies."""
    found: set[Setting] = set()
    if when is not None and when.name in (None, name):
        found.update(_needed_values(encoding, name, when))
        for edge in when.dependencies:
            below = edge.spec.name
            if below is not None and encoding.world.packages.exists(below):
                found.update(
                    (name, variant, value)
                    for name, variant, value in _needed_values(encoding, below, edge.spec)
                    if not any(
                        variant in row.variants for row in encoding.world.concrete.get(below, ())
                    )
                )
    return frozenset(found)


def _needed_values(encoding: Encoding, name: str, condition: Spec) -> Iterator[Setting]:
    for constraint in condition.variants.values():
        if _is_sticky(encoding, name, constraint.name):
            definitions = encoding.candidates.definitions(name, constraint.name)
            default = encoding.candidates.default
            for value in constraint.values:
                if value != "*" and not any(value in default(name, d) for d in definitions):
                    yield name, constraint.name, value if isinstance(value, bool) else "*"


def _is_sticky(encoding: Encoding, name: str, variant: str) -> bool:
    definitions = encoding.candidates.definitions(name, variant)
    return bool(definitions) and all(definition.sticky for definition in definitions)


def _given(encoding: Encoding) -> set[tuple[str, str]]:
    """Packages and variants that the request and the configuration name; "" for any package."""
    found: set[tuple[str, str]] = set()
    world = encoding.world
    for root in encoding.request.roots:
        found.update(_settings(encoding, root.spec.name or "", root.spec))
    for name, entry in world.develop.items():
        found.update(_settings(encoding, name, entry.spec))
    for name, own in world.preferences.items():
        owner = name if world.packages.exists(name) else ""
        specs: Iterable[Spec | None] = [m for group in own.groups for m in group.members]
        for spec in specs:
            if spec is not None:
                found.update(_settings(encoding, spec.name or owner, spec))
    return found


def _settings(encoding: Encoding, name: str, spec: Spec) -> Iterator[tuple[str, str]]:
    for constraint in spec.variants.values():
        one = encoding.world.packages.exists(name) and not constraint.propagate
        yield (name if one else "", constraint.name)
    for edge in spec.dependencies:
        yield from _settings(encoding, edge.spec.name or "", edge.spec)


def _names(spec: Spec, names: Sequence[str], variant: str) -> bool:
    if spec.name in names and variant in spec.variants:
        return True
    return any(_names(edge.spec, names, variant) for edge in spec.dependencies)


def _demands(spec: Spec, names: Sequence[str], variant: str, value: Word) -> bool:
    if spec.name is not None and spec.name in names and variant in spec.variants:
        demanded = spec.variants[variant].values
        if not isinstance(value, bool) or demanded != (not value,):
            return True
    return any(_demands(edge.spec, names, variant, value) for edge in spec.dependencies)
