"""The offers of a package to an answer: versions with weights, variant definitions, provides.

Pure look-ups over recipe records and configuration, cached per solve. The weights are those of the
manual's page on the objective; this module writes no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spack.errors import NotFoundError, Origin
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import satisfies
from spack.language.specs import Spec
from spack.language.targets import target_satisfies
from spack.language.versions import GitVersion, Version, VersionSet
from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PackageRecord, VariantRecord, parsed_spec
from spack.solve.problem.duplicates import Duplicates
from spack.solve.problem.relations import Relations
from spack.solve.problem.request import Request, World
from spack.type_names import Union

Word = Union[bool, str]
#: A node, one of its variants and a value of that.
Setting = tuple[str, str, Word]
#: Variants that exist on any node as soon as something sets them.
AUTOMATIC_VARIANTS = ("dev_path", "commit", "patches")

#: Penalty of a value that a recipe permits without listing it.
UNLISTED_VALUE = 100
#: Cost of a provider that the configured list lacks.
UNLISTED_PROVIDER = 100


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
        self.when: Spec | None = record.when
        self.defaults: tuple[Word, ...] = _words(record.default)
        listed = () if record.values is None else record.values
        self.value_when: dict[Word, Spec | None] = {
            value.value: value.when for value in listed if value.conditional
        }
        self.boolean = record.kind == "bool"
        self.values: tuple[Word, ...] = tuple(value.value for value in listed)
        if self.boolean and not self.values:
            self.values = (True, False)
        self.multi = record.multi
        self.free = record.values is None
        self.sticky = record.sticky
        self.sets: tuple[frozenset[str], ...] = tuple(record.sets or ())
        self.origin: Origin | None = record.origin
        self._penalties: dict[Word, int] = {}
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
    """Cached look-ups for one request in one world.

    ``relations`` say what may be below what, ``duplicates`` how many of it there may be.
    ``injected_versions`` are the only ones of the packages that compilers bring. ``demanded`` says
    of values of sticky variants whether anything may demand them.
    """

    def __init__(self, world: World, request: Request) -> None:
        self._world = world
        self._requested = _requested_variants(request)
        self._exact = _requested_versions(request, world)
        self._namespaces = {
            spec.name: spec.namespace
            for spec in _requested_specs(request)
            if spec.name is not None and spec.namespace is not None
        }
        self._records: dict[str, PackageRecord] = {}
        self._versions: dict[str, list[VersionCandidate]] = {}
        self._definitions: dict[str, dict[str, list[Definition]]] = {}
        self._provides: dict[tuple[str, str], list[tuple[Spec | None, Spec]]] = {}
        self._avoiding: dict[str, bool] = {}
        self._compilers: dict[str, Sequence[Version]] = {}
        self.relations = Relations(world.packages, self.record)
        self.duplicates = Duplicates(
            world, self.relations, [root.spec.name or "" for root in request.roots]
        )
        self.injected_versions: dict[str, list[Version]] = {}
        self.leading_to_demands: dict[Setting, frozenset[str]] = {}
        self.demanded: dict[Setting, bool] = {}

    def record(self, name: str) -> PackageRecord:
        """The recipe record, from the namespace that the request names, if it names one."""
        if name not in self._records:
            self._records[name] = self._world.packages.record(self._full_name(name))
        return self._records[name]

    def looked_at(self) -> frozenset[str]:
        """Names of the packages whose records were read, as the repositories were asked."""
        return frozenset(self._full_name(name) for name in self._records)

    def _full_name(self, name: str) -> str:
        namespace = self._namespaces.get(name)
        return name if namespace is None else f"{namespace}.{name}"

    def compilers(self, name: str) -> Sequence[Version]:
        """Versions of the usable compilers that are of this package."""
        known = self._compilers.get(name)
        if known is None:
            known = [c.spec.version for c in self._world.compilers if c.spec.name == name]
            self._compilers[name] = known
        return known

    def avoids_best_target(self, name: str) -> bool:
        """Whether a rule of the recipe is a reason to take another target than the best one."""
        known = self._avoiding.get(name)
        if known is None:
            known = self._avoiding[name] = avoids_best_target(self._world, self.record(name))
        return known

    # -- versions ------------------------------------------------------------------------------

    def versions(self, name: str) -> Sequence[VersionCandidate]:
        """All candidates, most preferred first."""
        if name not in self._versions:
            self._versions[name] = self._order_versions(name)
        return self._versions[name]

    def _has_repository(self, name: str) -> bool:
        """Whether git references of the package have a source: a repository, or a directory."""
        at_hand = name in self._world.develop or (name, "dev_path") in self._requested
        return at_hand or self.record(name).git is not None

    def _order_versions(self, name: str) -> list[VersionCandidate]:
        record = self.record(name)
        preferred: set[Version] = set()
        deprecated: set[Version] = set()
        known: dict[Version, bool] = {}
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
        ordered: list[Version] = []
        for wanted in self._world.preferences_of(name).versions:
            exact = wanted.versions.concrete
            if isinstance(exact, GitVersion):
                known.setdefault(exact, True)
            matching = [v for v in known if wanted.versions.contains(v)]
            if not matching:
                raise _no_preferred_version(self._world, record, wanted)
            ordered += [v for v in _by_preference(matching, preferred) if v not in ordered]
        ordered += [v for v in _by_preference(known, preferred) if v not in set(ordered)]
        if not self._has_repository(name):
            known.update((v, False) for v in ordered if isinstance(v, GitVersion))
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
            table: dict[str, list[Definition]] = {}
            for record in self.record(name).variants:
                table.setdefault(record.name, []).append(Definition(record))
            self._definitions[name] = table
        return self._definitions[name].get(variant, ())

    def variant_names(self, name: str) -> Iterable[str]:
        """Names of all variants of a package."""
        self.definitions(name, "")
        return self._definitions[name]

    def uncertain_variants(self, name: str) -> list[str]:
        """Variants with a default value that only some conditions allow."""
        return [
            variant
            for variant in self.variant_names(name)
            for definition in self._definitions[name][variant]
            if any(value in definition.value_when for value in self.default(name, definition))
        ]

    def values(self, name: str, variant: str) -> list[Word]:
        """Every listed value and default of a variant."""
        values: list[Word] = []
        for definition in self.definitions(name, variant):
            values.extend(v for v in (*definition.defaults, *definition.values) if v not in values)
        return values

    def default(self, name: str, definition: Definition) -> tuple[Word, ...]:
        """Default values: of the request, else of the configuration, else of the recipe."""
        requested = self._requested.get((name, definition.name))
        return requested or self.unasked_default(name, definition)

    def unasked_default(self, name: str, definition: Definition) -> tuple[Word, ...]:
        """Default values that no request changes: of the configuration, else of the recipe."""
        for wanted in self._world.preferences_of(name).variants:
            constraint = wanted.variants.get(definition.name)
            if constraint is not None and all(definition.allows(v) for v in constraint.values):
                return constraint.values
        return definition.defaults

    def row_penalties(self, spec: ConcreteSpec, variant: str) -> list[tuple[Word, int]]:
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

    def definition_on(self, spec: ConcreteSpec, variant: str) -> Definition | None:
        """The definition in force on a finished node."""
        for definition in reversed(self.definitions(spec.name, variant)):
            if self.holds_on(spec, definition.when):
                return definition
        return None

    # -- virtuals ------------------------------------------------------------------------------

    def provides(self, name: str, virtual: str) -> Sequence[tuple[Spec | None, Spec]]:
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

    def provided_versions(self, node: ConcreteSpec, virtual: str) -> VersionSet | None:
        """Versions of a virtual that a finished node provides; None when it provides none.

        All directives that hold restrict them.
        """
        found: VersionSet | None = None
        if not self._world.packages.exists(node.name):
            return None
        for when, provided in self.provides(node.name, virtual):
            if when is None or satisfies(node, when):
                known = VersionSet.ANY if found is None else found
                found = known.intersection(provided.versions)
        return found

    def holds_on(self, node: ConcreteSpec, when: Spec | None) -> bool:
        """Whether a condition holds on a finished node, virtuals by the versions provided."""
        return when is None or satisfies(node, when, provided=self.provided_versions)

    def provider_weight(self, virtual: str, name: str) -> int:
        """Position in the configured list of providers, 100 outside it."""
        listed = self._world.providers.get(virtual, ())
        return listed.index(name) if name in listed else UNLISTED_PROVIDER


def _words(value: bool | str | Sequence[str]) -> tuple[Word, ...]:
    if isinstance(value, (bool, str)):
        return (value,)
    return tuple(value)


def _no_preferred_version(world: World, record: PackageRecord, wanted: Spec) -> NotFoundError:
    """The error for a preference that no version fits which may be chosen."""
    text = f"packages:{record.name}:version prefers @{wanted.versions}, but "
    hint = f"list them with spack versions {record.name}"
    fitting = [v for v in record.versions if wanted.versions.contains(v.version)]
    unpinned = [v for v in fitting if world.allow_deprecated or not v.deprecated]
    listed = ", ".join(v.text for v in unpinned or fitting)
    if not fitting:
        text += f"no known version of {record.name} fits"
    elif unpinned:
        text += f"what fits has no checksum: {listed}"
        hint = "unset SPACK_CONCRETIZER_REQUIRE_CHECKSUM, which asks for checksums"
    else:
        text += f"all versions of {record.name} that fit are deprecated: {listed}"
        hint = "allow them with --deprecated, or prefer another version"
    return NotFoundError(text, origin=world.preferences_of(record.name).versions_origin, hint=hint)


def _by_preference(versions: Iterable[Version], preferred: set[Version]) -> list[Version]:
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


def _requested_variants(request: Request) -> Mapping[tuple[str, str], tuple[Word, ...]]:
    found: dict[tuple[str, str], tuple[Word, ...]] = {}
    for spec in _requested_specs(request):
        if spec.name is None:
            continue
        for constraint in spec.variants.values():
            if not constraint.exact and constraint.values != ("*",):
                found[spec.name, constraint.name] = constraint.values
    return found


def _requested_versions(request: Request, world: World) -> Mapping[str, list[Version]]:
    """Exact versions that requests, develop entries and requirements ask for."""
    found: dict[str, list[Version]] = {}

    def add(name: str | None, spec: Spec) -> None:
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


def avoids_best_target(world: World, record: PackageRecord) -> bool:
    """Whether a rule of the recipe speaks for another target than the best one.

    Rules for compilers that are not usable here are left aside.
    """
    rules: list[tuple[str | None, ...]] = []
    for conflict in record.conflicts:
        rules.append((conflict.spec_text, conflict.when_text))
    for dependency in record.dependencies:
        rules.append((dependency.spec_text, dependency.when_text))
    return any(_told_apart(world, rule, True) for rule in rules) or any(
        _told_apart(world, (*requirement.spec_texts, requirement.when_text), False)
        for requirement in record.requirements
    )


def _told_apart(world: World, texts: Sequence[str | None], best_is_meant: bool) -> bool:
    """The texts name targets of which the best one is, or is not, and another one differs."""
    written = [text for text in texts if text and "target=" in text]
    if not written:
        return False
    specs = [parsed_spec(text) for text in texts if text]
    edges = [edge.spec for spec in specs for edge in spec.dependencies]
    usable = {compiler.spec.name for compiler in world.compilers}
    for spec in edges:
        named = spec.name
        if named and named not in usable and world.packages.exists(named):
            if "compiler" in world.packages.record(named).tags:
                return False
    wanted = [spec.target for spec in (*specs, *edges) if spec.target is not None]
    for constraint in wanted:
        meant = [target_satisfies(target, constraint) for target in world.host.targets]
        if meant[0] == best_is_meant and len(set(meant)) > 1:
            return True
    return False
