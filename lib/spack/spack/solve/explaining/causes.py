"""Makes conflicting constraints a cause that a reader can follow.

A minimal set of constraints holds rules that everybody knows, such as that a variant has one value,
and lacks what no constraint says, such as that a variant or an edge exists only under a condition.
The former are left out where the others clash without them; the latter are added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from spack.language import deptypes
from spack.language.specs import Spec, VariantConstraint
from spack.language.toolchains import definition as meaning_of
from spack.language.versions import VersionSet
from spack.solve.asp.instances import package_of, without_numbers
from spack.solve.asp.program import Reason, Sentence
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sentences import (
    DEPENDS,
    DEPENDS_ONLY,
    EXISTS_WHEN,
    FORBIDDEN,
    PART_REQUESTED,
    REQUESTED,
    REQUIRED,
    TWO_VERSIONS,
    VALUE_WHEN,
)
from spack.solve.explaining.checks import fault_of_dependency, fault_of_group
from spack.solve.explaining.places import place_of
from spack.solve.explaining.refusals import ordered, part_requested, with_odd_parts
from spack.solve.problem.candidates import Word
from spack.solve.rules.definitions import known_versions

#: The number of conditional directives to tell.
_DIRECTIVES = 2


class _Demands:
    """The demands of some reasons' constraints: versions, values, nodes and edges."""

    def __init__(self, encoding: Encoding, reasons: Sequence[Reason]) -> None:
        self.versions: dict[str, list[VersionSet]] = {}
        self.values: dict[tuple[str, str], set[Word]] = {}
        self.nodes: set[str] = set()
        ranges = {atom: (key, wanted) for key, wanted, atom in encoding.attributes.all_ranges()}
        values = {atom: setting for setting, atom in encoding.attributes.all_values()}
        nodes = {encoding.node(key): key for key in encoding.nodes}
        nodes.update((atom, child) for child, atom in encoding.edges.by_child())
        #: What is asked of roots in the same breath as a demand: conditions that it meets are met.
        self._beside: list[Spec] = [
            root.spec
            for root in encoding.request.roots
            if any(r.law == REQUESTED and r.facts[0] == root.text for r in reasons)
        ]
        wanted = {reason for reason in reasons if not reason.about}
        for body, reason in encoding.program.constraints:
            if reason not in wanted:
                continue
            for literal in body:
                for part in encoding.program.parts(-literal):
                    if part in ranges:
                        key, versions = ranges[part]
                        self.versions.setdefault(key, []).append(versions)
                    if part in values:
                        key, variant, value = values[part]
                        self.values.setdefault((key, variant), set()).add(value)
                    if part in nodes:
                        self.nodes.add(package_of(nodes[part]))
        packages = encoding.world.packages
        #: Virtuals that are asked for by name, without saying which provider.
        self.virtuals = {
            edge.spec.name or ""
            for root in encoding.request.roots
            for edge in root.spec.dependencies
            if packages.is_virtual(edge.spec.name or "") and part_requested(root, edge) in wanted
        }

    def add(self, key: str, condition: Spec) -> None:
        """A condition on a node has to hold."""
        if not condition.versions.is_any:
            self.versions.setdefault(key, []).append(condition.versions)
        for constraint in condition.variants.values():
            self.values.setdefault((key, constraint.name), set()).update(constraint.values)

    def meet(self, key: str, condition: Spec) -> bool:
        """The demands say in so many words what the condition on a node says."""
        if any(asked.name == key and _says(asked, condition) for asked in self._beside):
            return True
        return (
            (
                condition.versions.is_any
                or any(v.subset_of(condition.versions) for v in self.versions.get(key, ()))
            )
            and all(
                self.values.get((key, constraint.name), set()) == set(constraint.values)
                for constraint in condition.variants.values()
            )
            and not condition.dependencies
        )

    def versions_clash(self, key: str) -> bool:
        """Two of the demanded ranges have nothing in common, whatever versions are known."""
        found = self.versions.get(key, ())
        return any(
            not first.intersects(second)
            for position, first in enumerate(found)
            for second in found[position + 1 :]
        )


def _says(asked: Spec, condition: Spec) -> bool:
    """Whether a spec says in so many words what a condition on the node itself says."""
    return (
        not condition.dependencies
        and (condition.versions.is_any or asked.versions.subset_of(condition.versions))
        and all(
            name in asked.variants and asked.variants[name].values == constraint.values
            for name, constraint in condition.variants.items()
        )
    )


def in_words(encoding: Encoding, reasons: Sequence[Reason]) -> list[Sentence]:
    """Conflicting constraints as a reader needs them, each with its own fault if any."""
    found: dict[object, Sentence] = {}
    for reason in ordered(telling(encoding, reasons)):
        told = reason.in_words()
        text = without_numbers(told.text)
        if reason.law == REQUIRED:
            key, group = reason.facts
            fault = fault_of_group(encoding.world, package_of(key), group, encoding.candidates)
            text += f": {fault}" if fault else ""
        elif reason.law == DEPENDS:
            fault = fault_of_dependency(encoding.world, reason.facts[1], encoding.candidates)
            text += f": {fault}" if fault else ""
        elif reason.law in (DEPENDS_ONLY, EXISTS_WHEN, VALUE_WHEN):
            text += _never(encoding, package_of(reason.facts[0]), reason.facts[-1])
        elif reason.law == TWO_VERSIONS:
            text += _who_asks(encoding, *reason.facts[1:])
        text += _of_toolchains(encoding, reason)
        place = place_of(encoding, reason)
        found[text, place] = told._replace(text=text, origin=place)
    return with_odd_parts(
        list(found.values()), encoding.request, encoding.candidates.relations.may_be_below
    )


def _who_asks(encoding: Encoding, virtual: str, *ranges: VersionSet) -> str:
    """The packages whose directives ask for these versions of a virtual, with the places."""
    found: dict[str, None] = {}
    for name in encoding.virtuals.parents(virtual):
        for dependency in encoding.candidates.record(package_of(name)).dependencies:
            if dependency.spec.name == virtual and dependency.spec.versions in ranges:
                found[f"{name} [{dependency.origin}]"] = None
    return f", which are asked for by {', '.join(found)}" if found else ""


def _of_toolchains(encoding: Encoding, reason: Reason) -> str:
    """The toolchains, with their places, that stand for something in a request or an entry."""
    known = encoding.world.toolchains
    names: Iterable[str] = ()
    if reason.law == PART_REQUESTED:
        part, text = reason.facts
        names = [
            name
            for name in re.findall(r"%%?([\w.-]+)", text)
            if name in known
            and any(str(said.edge).strip() == part for said in meaning_of(name, known).edges)
        ]
    elif reason.law in (REQUIRED, FORBIDDEN):
        names = [name for name in reason.facts[1].toolchains if name in known]
    places = [f"toolchain {name} [{known[name][0].origin}]" for name in dict.fromkeys(names)]
    return f" ({', '.join(places)})" if places else ""


def telling(encoding: Encoding, reasons: Sequence[Reason]) -> list[Reason]:
    """The reasons that a reader needs to see why they clash."""
    demands = _Demands(encoding, reasons)
    found: list[Reason] = []
    brought = {(r.facts[0], r.facts[1].name) for r in reasons if r.law == DEPENDS}
    for (key, variant), asked in demands.values.items():
        nodes = demands.nodes | demands.virtuals
        wanted = {name for name in nodes if (key, name) not in brought}
        found += _conditional_edges(encoding, key, variant, asked, wanted)
    for key in list(demands.versions):
        nodes = demands.nodes | demands.virtuals
        wanted = {name for name in nodes if (key, name) not in brought}
        found += _edges_of_other_versions(encoding, key, wanted, demands)
    there = {name for _, name in brought} | {r.spec.name for r in encoding.request.roots}
    found += _impossible_edges(encoding, (demands.nodes | demands.virtuals) - there)
    waiting = list(demands.values)
    for key, variant in waiting:
        if not encoding.is_stub(key):
            found += _only_when(encoding, key, variant, demands)
            waiting += [place for place in demands.values if place not in waiting]
    told_with_group = any(reason.law == REQUIRED for reason in reasons)
    for key, ranges in () if told_with_group else demands.versions.items():
        found += _no_such_version(encoding, key, ranges)
    for reason in reasons:
        if not _is_plain(encoding, reason, demands, len(reasons)):
            found.append(reason)
    return list(dict.fromkeys(found)) or list(reasons)


def _is_plain(encoding: Encoding, reason: Reason, demands: _Demands, count: int) -> bool:
    """A general rule that the reader of the others takes for granted."""
    if count == 1 or not reason.about:
        return False
    if reason.kind == "version":
        return demands.versions_clash(reason.about[0])
    key, variant = reason.about
    if len(demands.values.get((key, variant), ())) > 1:
        return True
    return all(d.boolean for d in encoding.candidates.definitions(package_of(key), variant))


def _conditional_edges(
    encoding: Encoding, key: str, variant: str, asked: set[Word], wanted: set[str]
) -> Iterator[Reason]:
    """Dependencies of a package on what is wanted that other values of a variant bring."""
    if encoding.is_stub(key):
        return
    names = _with_provided(encoding, wanted)
    told = 0
    for dependency in encoding.candidates.record(package_of(key)).dependencies:
        when = dependency.when
        constraint = None if when is None else when.variants.get(variant)
        if when is None or constraint is None or told == _DIRECTIVES:
            continue
        if dependency.spec.name not in names or _presupposes(when, names):
            continue
        if not asked.intersection(constraint.values):
            told += 1
            yield Reason(DEPENDS_ONLY, (key, dependency.spec, when), dependency.origin)


def _edges_of_other_versions(
    encoding: Encoding, key: str, wanted: set[str], demands: _Demands
) -> Iterator[Reason]:
    """Dependencies on what is wanted, all of which are for versions that the demands exclude.

    The versions that they are for count as demanded from then on.
    """
    for parent in dict.fromkeys((key, *encoding.roots.keys)):
        if encoding.is_stub(parent):
            continue
        for name in _with_provided(encoding, wanted - {package_of(parent)}):
            dependencies = [
                d
                for d in encoding.candidates.record(package_of(parent)).dependencies
                if d.spec.name == name
            ]
            excluded = [_excluded(d.when, parent, demands) for d in dependencies]
            if not all(excluded):
                continue
            for dependency, places in zip(dependencies[:_DIRECTIVES], excluded):
                for place, versions in places:
                    demands.versions[place].append(versions)
                facts = (parent, dependency.spec, dependency.when)
                yield Reason(DEPENDS_ONLY, facts, dependency.origin)


def _excluded(when: Spec | None, key: str, demands: _Demands) -> list[tuple[str, VersionSet]]:
    """The ranges in a condition, each with its node, that have nothing in common with a demand."""
    if when is None:
        return []
    places = [(key, when.versions)]
    places += [(edge.spec.name or "", edge.spec.versions) for edge in when.dependencies]
    return [
        (place, versions)
        for place, versions in places
        if any(not versions.intersects(asked) for asked in demands.versions.get(place, ()))
    ]


def _impossible_edges(encoding: Encoding, wanted: set[str]) -> Iterator[Reason]:
    """Dependencies on what is wanted under a condition that its package can never meet."""
    names = _with_provided(encoding, wanted)
    told = 0
    for name in sorted(encoding.reach.expanded):
        for dependency in encoding.candidates.record(name).dependencies:
            when = dependency.when
            if when is None or dependency.spec.name not in names or told == _DIRECTIVES:
                continue
            if _lacking(encoding, name, when):
                told += 1
                yield Reason(DEPENDS_ONLY, (name, dependency.spec, when), dependency.origin)


def _with_provided(encoding: Encoding, wanted: set[str]) -> set[str]:
    """Packages and virtuals, and what the packages provide."""
    packages = encoding.world.packages
    known = [name for name in wanted if packages.exists(name)]
    return wanted.union(*(packages.provided_by(name) for name in known))


def _lacking(encoding: Encoding, name: str, when: Spec) -> list[str]:
    """The parts of a condition that a package never has: variants and versions, in words."""
    known = encoding.candidates.variant_names(name)
    lacking = [f"no variant '{variant}'" for variant in when.variants if variant not in known]
    versions = when.versions
    if not versions.is_any and not any(
        versions.contains(c.version) for c in encoding.candidates.versions(name)
    ):
        lacking.append(f"no version in @{versions}")
    return lacking


def _never(encoding: Encoding, name: str, conditions: Spec | Sequence[Spec] | None) -> str:
    """A note that no choice makes any of the conditions hold; "" where one may."""
    alternatives = (conditions,) if isinstance(conditions, Spec) else conditions or ()
    lacking = [_lacking(encoding, name, when) for when in alternatives]
    if not lacking or not all(lacking):
        return ""
    return f", and {name} has {' and '.join(dict.fromkeys(what for g in lacking for what in g))}"


def _presupposes(when: Spec, names: set[str]) -> bool:
    """The condition is about dependencies that are there already: it brings none of them."""
    return any(e.spec.name in names or names.intersection(e.virtuals) for e in when.dependencies)


def _only_when(encoding: Encoding, key: str, variant: str, demands: _Demands) -> Iterator[Reason]:
    """The conditions under which a variant exists, or has the demanded values.

    Where they are not met by other demands; they count as demands themselves.
    """
    asked = demands.values[key, variant]
    definitions = encoding.candidates.definitions(package_of(key), variant)
    conditions = [d.when for d in definitions if d.when is not None]
    all_conditional = bool(conditions) and len(conditions) == len(definitions)
    if all_conditional and not any(demands.meet(key, condition) for condition in conditions):
        if len(conditions) == 1:
            demands.add(key, conditions[0])
        yield Reason(EXISTS_WHEN, (key, variant, tuple(conditions)), definitions[0].origin)
    for definition in definitions:
        for value in sorted(asked, key=str):
            if value in definition.value_when:
                when: Spec | None = definition.value_when[value]
                if when is not None and demands.meet(key, when):
                    continue
                if when is not None:
                    demands.add(key, when)
                yield Reason(VALUE_WHEN, (key, variant, value, when), definition.origin)


def _no_such_version(
    encoding: Encoding, key: str, wanted: Sequence[VersionSet]
) -> Iterator[Reason]:
    """List the known versions, where one of the demands is met by none."""
    if encoding.is_stub(key):
        return
    known = [c.version for c in encoding.candidates.versions(package_of(key))]
    if any(not any(versions.contains(v) for v in known) for versions in wanted):
        yield known_versions(encoding, key)


def supposed_defaults(encoding: Encoding, supposed: Sequence[int]) -> list[str]:
    """Default values, as specs, without which the cause would be a longer one."""
    settings = {-charge.literal: charge.setting for charge in encoding.attributes.charges}
    found: list[str] = []
    for literal in supposed:
        key, variant, _ = settings[literal]
        definitions = encoding.candidates.definitions(package_of(key), variant)
        for definition in definitions[-1:]:
            values = encoding.candidates.default(package_of(key), definition)
            found.append(
                str(Spec(package_of(key), variants={variant: VariantConstraint(variant, values)}))
            )
    return list(dict.fromkeys(found))


# -- how a package gets there ------------------------------------------------------------------


def needs(encoding: Encoding, reasons: Sequence[Sentence]) -> list[str]:
    """For packages that a cause is about, and that nothing in it asks for: why they are there.

    Only unconditional directives are followed, which hold in every answer.
    """
    texts = " ".join(reason.text for reason in reasons)
    found: list[str] = []
    for reason in reasons:
        package = package_of(reason.about[0]) if reason.about else ""
        if reason.kind == "buildable":
            package = reason.text.partition(" ")[0]
        if not package or f"depends on {package}" in texts or f"^{package}" in texts:
            continue
        way = _way(encoding, package)
        if way:
            found.append(f"{package} is needed: " + ", ".join(way))
    return list(dict.fromkeys(found))


def _way(encoding: Encoding, package: str) -> list[str]:
    """Directives from a root to a package, none of them conditional; empty if there are none."""
    ways: dict[str, list[str]] = {root.spec.name or "": [] for root in encoding.request.roots}
    waiting = [name for name in ways if name in encoding.reach.expanded]
    for name in waiting:
        if name == package:
            return ways[name]
        for dependency in encoding.candidates.record(name).dependencies:
            child = dependency.spec.name or ""
            always = dependency.when is None and dependency.deptypes & ~deptypes.TEST
            if always and child in encoding.reach.expanded and child not in ways:
                text = f"{name} depends on {dependency.spec}"
                place = f" [{dependency.origin}]" if dependency.origin is not None else ""
                ways[child] = [*ways[name], text + place]
                waiting.append(child)
    return []
