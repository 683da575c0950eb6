"""What a package offers to an answer: versions with their weights, variant definitions, provides.

Pure look-ups over recipe records and configuration, cached per solve. The weights are those of the
manual's page on the objective; this module writes no rule.
"""

from __future__ import annotations

from typing import (
    AbstractSet,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from spack.errors import Origin, SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import satisfies
from spack.language.specs import Spec
from spack.language.targets import target_satisfies
from spack.language.versions import GitVersion, Version, VersionSet
from spack.recipes.records.package_records import PackageRecord, VariantRecord, parsed_spec
from spack.solve.problem.request import LANGUAGES, Request, World

Word = Union[bool, str]

#: Penalty of a value that a recipe permits without listing it.
UNLISTED_VALUE = 100


class UnknownPreferredVersionError(SpackError):
    """``packages:NAME:version`` names a version that no recipe and no candidate knows."""


class VersionCandidate(NamedTuple):
    """A version with its position in the order of preference and whether it can be built."""

    version: Version
    weight: int
    cost: int
    deprecated: bool
    buildable: bool


class Definition:
    """One ``variant()`` of a recipe, prepared for the encoding."""

    __slots__ = (
        "name",
        "when",
        "defaults",
        "values",
        "value_when",
        "multi",
        "boolean",
        "free",
        "sticky",
        "sets",
        "origin",
        "_penalties",
    )

    def __init__(self, record: VariantRecord) -> None:
        self.name = record.name
        self.when: Optional[Spec] = record.when
        self.defaults: Tuple[Word, ...] = _words(record.default)
        listed = () if record.values is None else record.values
        self.value_when: Dict[Word, Optional[Spec]] = {
            value.value: value.when for value in listed if value.conditional
        }
        self.boolean = record.kind == "bool"
        self.values: Tuple[Word, ...] = tuple(value.value for value in listed)
        if self.boolean and not self.values:
            self.values = (True, False)
        self.multi = record.multi
        self.free = record.values is None
        self.sticky = record.sticky
        self.sets: Tuple[FrozenSet[str], ...] = tuple(record.sets or ())
        self.origin: Optional[Origin] = record.origin
        self._penalties: Dict[Word, int] = {}
        ordered = (*self.defaults, *(v for v in self.values if v not in self.defaults))
        for position, value in enumerate(ordered, start=1):
            self._penalties.setdefault(value, position)

    def allows(self, value: Word) -> bool:
        """Whether the value may be chosen at all."""
        return self.free or value in self.values or value in self.defaults

    def penalty(self, value: Word) -> int:
        """Cost of a value that is neither a default nor demanded."""
        return self._penalties.get(value, UNLISTED_VALUE)

    def excludes(self, first: Word, second: Word) -> bool:
        """Whether two values of a multi-valued variant may not stand together."""
        if "none" in (first, second):
            return True
        if not self.sets:
            return False
        return not any(first in group and second in group for group in self.sets)


class Candidates:
    """Cached look-ups for one request in one world."""

    def __init__(self, world: World, request: Request) -> None:
        self._world = world
        self._requested = _requested_variants(request)
        self._exact = _requested_versions(request, world)
        self._namespaces = {
            spec.name: spec.namespace
            for spec in _requested_specs(request)
            if spec.name is not None and spec.namespace is not None
        }
        self._records: Dict[str, PackageRecord] = {}
        self._versions: Dict[str, List[VersionCandidate]] = {}
        self._definitions: Dict[str, Dict[str, List[Definition]]] = {}
        self._provides: Dict[Tuple[str, str], List[Tuple[Optional[Spec], Spec]]] = {}
        self._request = request
        self._twice: Optional[Set[str]] = None
        self._linked_virtuals: Optional[AbstractSet[str]] = None
        self._built_virtuals: Optional[AbstractSet[str]] = None
        self._avoiding: Dict[str, bool] = {}
        self._ancestors: Dict[Tuple[str, int], Set[str]] = {}
        self._named: Dict[str, Set[str]] = {}
        self.injected_versions: Dict[str, List[Version]] = {}
        self.leading_to_demands: Dict[Tuple[str, str, Word], FrozenSet[str]] = {}

    def record(self, name: str) -> PackageRecord:
        """The recipe record, from the namespace that the request names, if it names one."""
        if name not in self._records:
            self._records[name] = self._world.packages.record(self._full_name(name))
        return self._records[name]

    def looked_at(self) -> FrozenSet[str]:
        """Names of the packages whose records were read, as the repositories were asked."""
        return frozenset(self._full_name(name) for name in self._records)

    def _full_name(self, name: str) -> str:
        namespace = self._namespaces.get(name)
        return name if namespace is None else f"{namespace}.{name}"

    def max_nodes(self, name: str) -> int:
        """How many nodes of the package may stand side by side.

        By ``concretizer:duplicates:strategy``: always one (none), as configured for build tools and
        compilers (minimal), or two of whatever is used both for running and for building (full).
        """
        if self._world.duplicates == "full":
            return 2 if name in self._used_twice() else 1
        if self._world.duplicates == "none" or not self._is_tool(name):
            return 1
        limit = self._world.max_duplicates
        return max(1, limit.get(name, limit.get("default", 1)))

    def max_providers(self, virtual: str) -> int:
        """How many providers of a virtual may stand side by side.

        One of a virtual that is a root, or that anything in the root set may link or run, unless
        the strategy is ``full`` and something may use it for building as well.
        """
        strategy, limit = self._world.duplicates, self._world.max_duplicates
        most = limit.get(virtual, limit.get("default", 1))
        if strategy == "full":
            most = 2
        elif strategy == "none":
            most = 1
        if virtual in LANGUAGES or most < 2:
            return max(1, most)
        if any(root.spec.name == virtual for root in self._request.roots):
            return 1
        if self._linked_virtuals is None or self._built_virtuals is None:
            self._linked_virtuals, self._built_virtuals = self._uses_of_virtuals()
        if strategy == "full":
            return 2 if virtual in self._linked_virtuals & self._built_virtuals else 1
        return 1 if virtual in self._linked_virtuals else most

    def opens_set(self, name: str) -> bool:
        """Whether each use of the package for building is apart from all others."""
        return self.max_nodes(name) > 1 and self._is_tool(name)

    def _is_tool(self, name: str) -> bool:
        tags = self.record(name).tags
        return "build-tools" in tags or "compiler" in tags

    def _used_twice(self) -> AbstractSet[str]:
        """Packages in two of: what roots link and run, what builds that, what is below the latter.

        Conditions of dependencies are left aside.
        """
        if self._twice is None:
            linked, tools, below = self._places()
            self._twice = (linked & tools) | (linked & below) | (tools & below)
        return self._twice

    def _places(self) -> Tuple[Set[str], Set[str], Set[str]]:
        """Packages that roots may link and run, that may build those, and that may be below these.

        The last set holds the second one.
        """
        run_time = deptypes.LINK | deptypes.RUN | deptypes.TEST
        linked = self._closure([root.spec.name or "" for root in self._request.roots], run_time)
        tools = {
            child
            for name in linked
            for dependency in self.record(name).dependencies
            if dependency.deptypes == deptypes.BUILD
            for child in self._standing_for(dependency.spec.name or "")
        }
        return linked, tools, self._closure(tools, deptypes.ALL & ~deptypes.TEST)

    def _uses_of_virtuals(self) -> Tuple[AbstractSet[str], AbstractSet[str]]:
        """Virtuals that the root set may link and run, and those that builds may need."""
        linked, _, below = self._places()
        at_run_time: Set[str] = set()
        for_builds: Set[str] = set()
        for name in linked | below:
            for dependency in self.record(name).dependencies:
                virtual = dependency.spec.name or ""
                if self._world.packages.exists(virtual):
                    continue
                if name in linked and dependency.deptypes & ~deptypes.BUILD:
                    at_run_time.add(virtual)
                if name in below or dependency.deptypes == deptypes.BUILD:
                    for_builds.add(virtual)
        return at_run_time, for_builds

    def may_be_below(self, root: str, name: str) -> bool:
        """Whether ``root ^name`` can hold: a direct dependency, or one that is linked or run.

        Conditions of dependencies are left aside.
        """
        run_time = deptypes.LINK | deptypes.RUN | deptypes.TEST
        reached = self._closure([root], run_time)
        for node in self._standing_for(root):
            for dependency in self.record(node).dependencies:
                reached.update(self._standing_for(dependency.spec.name or ""))
        return not reached.isdisjoint(self._standing_for(name))

    def _closure(self, names: Iterable[str], mask: int) -> Set[str]:
        todo = [child for name in names for child in self._standing_for(name)]
        found = set(todo)
        while todo:
            for dependency in self.record(todo.pop()).dependencies:
                if dependency.deptypes & mask:
                    for child in self._standing_for(dependency.spec.name or ""):
                        if child not in found:
                            found.add(child)
                            todo.append(child)
        return found

    def _standing_for(self, name: str) -> Sequence[str]:
        """The package of that name, or all providers of the virtual."""
        packages = self._world.packages
        return [name] if packages.exists(name) else packages.providers(name)

    def may_link(self, name: str, other: str) -> bool:
        """Whether a package may depend on another one, apart from being compiled by it."""
        known = self._named.get(name)
        if known is None:
            found = {d.spec.name or "" for d in self.record(name).dependencies}
            known = self._named[name] = found.difference(LANGUAGES)
        return other in known or any(
            spec.name in known
            for provided in self.record(other).provides
            for spec in provided.specs
        )

    def ancestors(self, name: str, mask: int, roots: AbstractSet[str]) -> AbstractSet[str]:
        """Packages that may reach a package or virtual by edges of these types, not over a root.

        The package as a provider is reached over its virtual, which is not counted here.
        """
        known = self._ancestors.get((name, mask))
        if known is None:
            packages = self._world.packages
            known = self._ancestors[name, mask] = set()
            todo = [name]
            while todo:
                child = todo.pop()
                parents = list(packages.dependents(child, mask))
                if child != name:
                    for virtual in packages.provided_by(child):
                        parents.extend(packages.dependents(virtual, mask))
                for parent in parents:
                    if parent not in known:
                        known.add(parent)
                        if parent not in roots:
                            todo.append(parent)
        return known

    def ways(self, name: str, mask: int, roots: AbstractSet[str]) -> Set[str]:
        """Packages on some way of such edges from a root to a package or virtual."""
        return self._closure(roots, mask).intersection(self.ancestors(name, mask, roots))

    # -- targets -------------------------------------------------------------------------------

    def avoids_best_target(self, name: str) -> bool:
        """Whether a rule of the recipe is a reason to take another target than the best one.

        Rules for compilers that are not usable here are left aside.
        """
        known = self._avoiding.get(name)
        if known is None:
            record = self.record(name)
            rules: List[Tuple[Optional[str], ...]] = []
            for conflict in record.conflicts:
                rules.append((conflict.spec_text, conflict.when_text))
            for dependency in record.dependencies:
                rules.append((dependency.spec_text, dependency.when_text))
            known = any(self._told_apart(rule, True) for rule in rules) or any(
                self._told_apart((*requirement.spec_texts, requirement.when_text), False)
                for requirement in record.requirements
            )
            self._avoiding[name] = known
        return known

    def _told_apart(self, texts: Sequence[Optional[str]], best_is_meant: bool) -> bool:
        """The texts name targets of which the best one is, or is not, and another one differs."""
        written = [text for text in texts if text and "target=" in text]
        if not written:
            return False
        specs = [parsed_spec(text) for text in texts if text]
        edges = [edge.spec for spec in specs for edge in spec.dependencies]
        usable = {compiler.spec.name for compiler in self._world.compilers}
        packages = self._world.packages
        for spec in edges:
            named = spec.name
            if named and named not in usable and packages.exists(named):
                if "compiler" in packages.record(named).tags:
                    return False
        targets = self._world.host.targets
        wanted = [spec.target for spec in (*specs, *edges) if spec.target is not None]
        for constraint in wanted:
            meant = [target_satisfies(target, constraint) for target in targets]
            if meant[0] == best_is_meant and len(set(meant)) > 1:
                return True
        return False

    # -- versions ------------------------------------------------------------------------------

    def versions(self, name: str) -> Sequence[VersionCandidate]:
        """All candidates, most preferred first."""
        if name not in self._versions:
            self._versions[name] = self._order_versions(name)
        return self._versions[name]

    def _order_versions(self, name: str) -> List[VersionCandidate]:
        record = self.record(name)
        preferred: Set[Version] = set()
        deprecated: Set[Version] = set()
        known: Dict[Version, bool] = {}
        for version in self.injected_versions.get(name, ()):
            known[version] = True
        if name not in self.injected_versions:
            for declared in record.versions:
                if declared.deprecated and not self._world.allow_deprecated:
                    continue
                if self._world.require_checksum and record.has_code and not declared.has_checksum:
                    continue
                known[declared.version] = True
                if declared.deprecated:
                    deprecated.add(declared.version)
                if declared.preferred:
                    preferred.add(declared.version)
        all_deprecated = {v.version for v in record.versions if v.deprecated}
        for version in self._exact.get(name, ()):
            if version not in all_deprecated:
                known.setdefault(version, True)
        for spec in self._world.concrete.get(name, ()):
            for node in spec.traverse():
                if node.name == name:
                    known.setdefault(node.version, isinstance(node.version, GitVersion))
        ordered: List[Version] = []
        for wanted in self._world.preferences_of(name).versions:
            exact = wanted.versions.concrete
            if isinstance(exact, GitVersion):
                known.setdefault(exact, True)
            matching = [v for v in known if wanted.versions.contains(v)]
            if not matching:
                raise UnknownPreferredVersionError(
                    f"packages:{name}:version prefers @{wanted.versions}, and no version of {name} "
                    "is known that fits",
                    origin=self._world.preferences_of(name).versions_origin,
                    hint=f"spack versions {name} shows what there is",
                )
            ordered += [v for v in _by_preference(matching, preferred) if v not in ordered]
        ordered += [v for v in _by_preference(known, preferred) if v not in set(ordered)]
        count = len(ordered)
        return [
            VersionCandidate(
                version,
                weight,
                weight + (count if version in deprecated else 0),
                version in deprecated,
                known[version],
            )
            for weight, version in enumerate(ordered)
        ]

    def weight_of(self, spec: ConcreteSpec) -> int:
        """Position of a concrete candidate's version."""
        for candidate in self.versions(spec.name):
            if candidate.version == spec.version:
                return candidate.weight
        return 0

    # -- variants ------------------------------------------------------------------------------

    def definitions(self, name: str, variant: str) -> Sequence[Definition]:
        """Definitions of a variant by rising precedence; empty when the package has none."""
        if name not in self._definitions:
            table: Dict[str, List[Definition]] = {}
            for record in self.record(name).variants:
                table.setdefault(record.name, []).append(Definition(record))
            self._definitions[name] = table
        return self._definitions[name].get(variant, ())

    def variant_names(self, name: str) -> Iterable[str]:
        """Names of all variants of a package."""
        self.definitions(name, "")
        return self._definitions[name]

    def uncertain_variants(self, name: str) -> List[str]:
        """Variants with a default value that only some conditions allow."""
        return [
            variant
            for variant in self.variant_names(name)
            for definition in self._definitions[name][variant]
            if any(value in definition.value_when for value in self.default(name, definition))
        ]

    def values(self, name: str, variant: str) -> List[Word]:
        """Every listed value and default of a variant."""
        values: List[Word] = []
        for definition in self.definitions(name, variant):
            values.extend(v for v in (*definition.defaults, *definition.values) if v not in values)
        return values

    def default(self, name: str, definition: Definition) -> Tuple[Word, ...]:
        """Default values: of the request, else of the configuration, else of the recipe."""
        requested = self._requested.get((name, definition.name))
        return requested or self.unasked_default(name, definition)

    def unasked_default(self, name: str, definition: Definition) -> Tuple[Word, ...]:
        """Default values that no request changes: of the configuration, else of the recipe."""
        for wanted in self._world.preferences_of(name).variants:
            constraint = wanted.variants.get(definition.name)
            if constraint is not None and all(definition.allows(v) for v in constraint.values):
                return constraint.values
        return definition.defaults

    def row_penalties(self, spec: ConcreteSpec, variant: str) -> List[Tuple[Word, int]]:
        """Charges for the values of a concrete spec that are not today's defaults."""
        definition = self.definition_on(spec, variant)
        value = spec.variants.get(variant)
        if definition is None or value is None:
            return []
        defaults = self.default(spec.name, definition)
        return [
            (word, definition.penalty(word))
            for word in _words(value)
            if word not in defaults and definition.allows(word)
        ]

    def row_unused_defaults(self, spec: ConcreteSpec, variant: str) -> int:
        """Number of default values that a concrete spec leaves out of a multi-valued variant."""
        definition = self.definition_on(spec, variant)
        if definition is None or not definition.multi or variant not in spec.variants:
            return 0
        present = _words(spec.variants[variant])
        return sum(1 for word in self.default(spec.name, definition) if word not in present)

    def definition_on(self, spec: ConcreteSpec, variant: str) -> Optional[Definition]:
        """The definition in force on a finished node."""
        for definition in reversed(self.definitions(spec.name, variant)):
            if self.holds_on(spec, definition.when):
                return definition
        return None

    # -- virtuals ------------------------------------------------------------------------------

    def provides(self, name: str, virtual: str) -> Sequence[Tuple[Optional[Spec], Spec]]:
        """``provides`` directives of a package for one virtual: condition and provided spec."""
        key = (name, virtual)
        if key not in self._provides:
            self._provides[key] = [
                (provided.when, spec)
                for provided in self.record(name).provides
                for spec in provided.specs
                if spec.name == virtual
            ]
        return self._provides[key]

    def provided_versions(self, node: ConcreteSpec, virtual: str) -> Optional[VersionSet]:
        """Versions of a virtual that a finished node provides; None when it provides none.

        All directives that hold restrict them.
        """
        found: Optional[VersionSet] = None
        if not self._world.packages.exists(node.name):
            return None
        for when, provided in self.provides(node.name, virtual):
            if when is None or satisfies(node, when):
                known = VersionSet.ANY if found is None else found
                found = known.intersection(provided.versions)
        return found

    def holds_on(self, node: ConcreteSpec, when: Optional[Spec]) -> bool:
        """Whether a condition holds on a finished node, virtuals by the versions provided."""
        return when is None or satisfies(node, when, provided=self.provided_versions)

    def provider_weight(self, virtual: str, name: str) -> int:
        """Position in the configured list of providers, 100 outside it."""
        listed = self._world.providers.get(virtual, ())
        return listed.index(name) if name in listed else UNLISTED_VALUE


def _words(value: Union[bool, str, Sequence[str]]) -> Tuple[Word, ...]:
    if isinstance(value, (bool, str)):
        return (value,)
    return tuple(value)


def _by_preference(versions: Iterable[Version], preferred: Set[Version]) -> List[Version]:
    """Most preferred first: marked in the recipe, released, numeric, final, newest."""
    return sorted(
        versions,
        key=lambda v: (
            v in preferred,
            not isinstance(v, GitVersion),
            not v.isdevelop(),
            not v.is_prerelease(),
            v,
        ),
        reverse=True,
    )


def _requested_specs(request: Request) -> Iterable[Spec]:
    for root in request.roots:
        yield root.spec
        for edge in root.spec.dependencies:
            if edge.sigil == "^":
                yield edge.spec


def _requested_variants(request: Request) -> Mapping[Tuple[str, str], Tuple[Word, ...]]:
    found: Dict[Tuple[str, str], Tuple[Word, ...]] = {}
    for spec in _requested_specs(request):
        if spec.name is None:
            continue
        for constraint in spec.variants.values():
            if not constraint.exact and constraint.values != ("*",):
                found[spec.name, constraint.name] = constraint.values
    return found


def _requested_versions(request: Request, world: World) -> Mapping[str, List[Version]]:
    """Exact versions that requests, develop entries and requirements ask for."""
    found: Dict[str, List[Version]] = {}

    def add(name: Optional[str], spec: Spec) -> None:
        exact = spec.versions.concrete
        if name is not None and exact is not None:
            found.setdefault(name, []).append(exact)

    for spec in _requested_specs(request):
        add(spec.name, spec)
    for name, entry in world.develop.items():
        add(name, entry.spec)
    for name, preferences in world.preferences.items():
        for group in preferences.groups:
            for member in group.members:
                if member is not None and member.name in (None, name) and not group.shared:
                    add(name, member)
    return found
