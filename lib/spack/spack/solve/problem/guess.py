"""A guess at the packages to encode first: what defaults and preferred providers lead to.

A guess decides how long a solve takes, never its answer: packages that it missed are found as stubs
in the optimum, followed in their turn, and encoded in the next round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spack.language import deptypes
from spack.language.specs import Spec
from spack.language.targets import target_satisfies
from spack.language.versions import Version
from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import DependencyRecord, PackageRecord
from spack.solve.problem.candidates import Candidates, Definition, VersionCandidate, Word
from spack.solve.problem.request import LANGUAGES, Request, World, runtime_packages

Values = dict[str, tuple[Word, ...]]

#: The most visits to a package because somebody asks something new of it. Packages
#: that make each other change their minds would go on for ever.
_MOST_VISITS = 8

#: Versions of a package that are tried for one that contradicts nobody.
_MOST_VERSIONS = 10

_LINKED = deptypes.LINK | deptypes.RUN

#: Stands for the request among those who ask something of a package.
_REQUEST = ""


class _Asked(NamedTuple):
    """Demand of one package on another."""

    spec: Spec
    deptypes: int


class _Likely(NamedTuple):
    """Probable form of a package."""

    version: Version | None
    values: Values
    dependencies: Sequence[DependencyRecord]


class Guess:
    """Follows default variants and preferred providers from the roots."""

    def __init__(self, world: World, request: Request, candidates: Candidates) -> None:
        self._world = world
        self._request = request
        self._candidates = candidates
        self._asked: dict[str, dict[str, tuple[_Asked, ...]]] = {}
        self._likely: dict[str, _Likely] = {}
        self._children: dict[str, set[str]] = {}
        self._watching: dict[str, dict[str, None]] = {}
        self._visits: dict[str, int] = {}
        self._waiting: dict[str, None] = {}
        self._named: set[str] = set()
        self.names: set[str] = set()

    def run(self) -> set[str]:
        """Names of the packages to expand in the first round."""
        for root in self._request.roots:
            edges = [edge.spec for edge in root.spec.dependencies]
            below = [edge.spec for spec in edges for edge in spec.dependencies]
            self._named.update(spec.name for spec in (root.spec, *edges) if spec.name is not None)
            for spec in (root.spec, *edges, *below):
                self._ask(_REQUEST, [_Asked(spec, deptypes.ALL)])
        self._look(runtime_packages(self._world))
        self._work()
        self.names.update(compiler.spec.name for compiler in self._world.compilers)
        return self.names

    def impossible_roots(self) -> set[str]:
        """Packages to expand for a refusal, if some root can have no version as it is asked for.

        That is so where each one allowed conflicts with what is asked of it; none otherwise.
        """
        names = {root.spec.name for root in self._request.roots if root.spec.name is not None}
        names = {name for name in names if self._world.packages.exists(name)}
        for root in self._request.roots:
            name = root.spec.name
            if name in names and not self._request.optional and self._is_impossible(root.spec):
                names.update(runtime_packages(self._world))
                names.update(compiler.spec.name for compiler in self._world.compilers)
                return names
        return set()

    def _is_impossible(self, root: Spec) -> bool:
        name, wanted = root.name or "", _values(root)
        record = self._candidates.record(name)
        _give_way(record, wanted)
        candidates = self._allowed(name, [root])
        return bool(wanted and candidates) and all(
            _contradicts_itself(record, self._with_version(name, candidate.version, wanted))
            for candidate in candidates
        )

    def follow(self, names: Iterable[str]) -> set[str]:
        """Packages to expand with these, which an optimum turned out to contain."""
        before = set(self.names)
        self._look(names)
        self._work()
        return self.names - before

    @property
    def split(self) -> set[str]:
        """Build tools that need a second node.

        They may depend on themselves, or several roots lead to demands that exclude each other: for
        a single root, packages that build with older tools are the more likely way out.
        """
        several = len(self._request.roots) > 1
        return {
            name
            for name in self._children
            if self._candidates.duplicates.nodes(name) > 1
            and (_reaches_itself(name, self._children) or (several and self._is_torn(name)))
        }

    def _is_torn(self, name: str) -> bool:
        """Whether no version suits all who only build with the package, and all others."""
        wishes = [wish for each in self._asked.get(name, {}).values() for wish in each]
        building = [wish.spec for wish in wishes if not wish.deptypes & _LINKED]
        others = [wish.spec for wish in wishes if wish.deptypes & _LINKED]
        if not building:
            return False
        if not self._allowed(name, others):
            others = []
        return not self._allowed(name, [*building, *others])

    # -- who asks what of whom -----------------------------------------------------------------

    def _look(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.names:
                self.names.add(name)
                self._waiting[name] = None
                if self._world.concrete.get(name):
                    self._waiting.update(self._watching.get(name, {}))

    def _ask(self, parent: str, asked: Iterable[_Asked]) -> None:
        """Replace what a package asks of others; the request's wishes add up."""
        wishes: dict[str, list[_Asked]] = {}
        for wish in asked:
            for name in self._standing_for(wish.spec):
                wishes.setdefault(name, []).append(wish)
        if parent == _REQUEST:
            for name, known in self._asked.items():
                if name in wishes:
                    wishes[name] += known.get(parent, ())
        else:
            children = self._children.setdefault(parent, set())
            children.update(wishes)
            for name in sorted(children):
                wishes.setdefault(name, [])
        for name, list_ in wishes.items():
            known = self._asked.setdefault(name, {})
            now = tuple(wish for wish in list_ if wish.spec.name == name)
            if known.get(parent, ()) != now:
                known[parent] = now
                if name in self.names:
                    self._waiting[name] = None
            if list_:
                self._look([name])

    def _standing_for(self, spec: Spec) -> list[str]:
        """The package of that name, or the likely provider of the virtual."""
        name = spec.name
        packages = self._world.packages
        if name is None:
            return []
        if packages.exists(name):
            return [name]
        if name in LANGUAGES or not packages.is_virtual(name):
            return []
        provider = self._provider(name, spec)
        return [] if provider is None else [provider]

    def _provider(self, virtual: str, wanted: Spec) -> str | None:
        """The most preferred provider; one that is asked for, or met already, before its equals."""
        names = self._world.packages.providers(virtual)
        able = [n for n in names if self._can_provide(n, virtual, wanted)]
        weight = self._candidates.provider_weight

        def order(name: str) -> tuple[bool, int, bool]:
            return name not in self._named, weight(virtual, name), name not in self.names

        return min(able, key=order) if able else None

    def _can_provide(self, name: str, virtual: str, wanted: Spec) -> bool:
        if self._world.providers.get(virtual) and name not in self._world.providers[virtual]:
            return name in self.names
        preferences = self._world.preferences_of(name)
        if not preferences.buildable and not self._world.concrete.get(name):
            return False
        return any(
            provided.versions.intersects(wanted.versions)
            for _, provided in self._candidates.provides(name, virtual)
        )

    # -- what a package will look like ---------------------------------------------------------

    def _work(self) -> None:
        while self._waiting:
            name = next(iter(self._waiting))
            del self._waiting[name]
            visits = self._visits[name] = self._visits.get(name, 0) + 1
            if visits <= _MOST_VISITS:
                self._visit(name)

    def _visit(self, name: str) -> None:
        reusable = self._world.concrete.get(name)
        if reusable:
            edges = (e for spec in reusable for e in spec.dependencies if e.deptypes & _LINKED)
            children = sorted({edge.spec.name for edge in edges})
            self._look(child for child in children if self._world.packages.exists(child))
            return
        before = self._likely.get(name)
        likely = self._likely[name] = self._state(name)
        if before is None or before[:2] != likely[:2]:
            self._waiting.update(self._watching.get(name, {}))
        self._ask(name, (_Asked(d.spec, d.deptypes) for d in likely.dependencies))

    def _state(self, name: str) -> _Likely:
        """The first version that contradicts nobody, with the values that defaults give it."""
        wishes = [wish.spec for asked in self._asked.get(name, {}).values() for wish in asked]
        wanted: Values = {}
        for wish in wishes:
            wanted.update(_values(wish))
        _give_way(self._candidates.record(name), wanted)
        first: _Likely | None = None
        for candidate in self._allowed(name, wishes)[:_MOST_VERSIONS]:
            likely = self._with_version(name, candidate.version, wanted)
            if first is None:
                first = likely
            if self._agrees(name, likely):
                return likely
        return self._with_version(name, None, wanted) if first is None else first

    def _allowed(self, name: str, wishes: Sequence[Spec]) -> list[VersionCandidate]:
        ranges = {wish.versions for wish in wishes if not wish.versions.is_any}
        return [
            candidate
            for candidate in self._candidates.versions(name)
            if candidate.buildable and all(r.contains(candidate.version) for r in ranges)
        ]

    def _with_version(self, name: str, version: Version | None, wanted: Values) -> _Likely:
        values: Values = {}
        for variant in self._candidates.variant_names(name):
            for definition in self._candidates.definitions(name, variant):
                if self._may_hold(name, definition.when, version, values):
                    values[variant] = self._default(name, definition, version, values)
        values.update(wanted)
        record = self._candidates.record(name)
        for requirement in record.requirements:
            if any(_agree(spec, values) for spec in requirement.specs):
                continue
            if self._may_hold(name, requirement.when, version, values):
                values.update(_values(requirement.specs[0]))
        tests = self._request.tests.cover(name)
        dependencies = [
            dependency
            for dependency in record.dependencies
            if (tests or dependency.deptypes != deptypes.TEST)
            and self._may_hold(name, dependency.when, version, values)
        ]
        return _Likely(version, values, dependencies)

    def _default(
        self, name: str, definition: Definition, version: Version | None, values: Values
    ) -> tuple[Word, ...]:
        """The default, or what comes next where that value is not to be had."""

        def possible(value: Word) -> bool:
            return self._may_hold(name, definition.value_when.get(value), version, values)

        default = self._candidates.default(name, definition)
        if all(map(possible, default)):
            return default
        return next(((value,) for value in definition.values if possible(value)), default)

    def _agrees(self, name: str, likely: _Likely) -> bool:
        """Whether what the package asks of others to link can be had, by what others ask of them.

        Also whether it is free of conflicts with itself.
        """
        if _contradicts_itself(self._candidates.record(name), likely):
            return False
        asked: dict[str, list[Spec]] = {}
        for dependency in likely.dependencies:
            spec = dependency.spec
            if spec.name in self._asked and dependency.deptypes & _LINKED:
                if not spec.versions.is_any:
                    asked.setdefault(spec.name, []).append(spec)
        return all(
            self._allowed(child, [*specs, *self._others(name, child)])
            for child, specs in asked.items()
        )

    def _others(self, name: str, child: str) -> list[Spec]:
        return [
            wish.spec
            for parent, wishes in self._asked[child].items()
            if parent != name
            for wish in wishes
            if wish.deptypes & _LINKED
        ]

    def _may_hold(
        self, name: str, when: Spec | None, version: Version | None, values: Values
    ) -> bool:
        if when is None:
            return True
        host = self._world.host
        if version is not None and not when.versions.contains(version):
            return False
        if when.platform is not None and when.platform != host.platform:
            return False
        if when.os is not None and when.os != host.os:
            return False
        if when.target is not None and not target_satisfies(host.targets[0], when.target):
            return False
        for constraint in when.variants.values():
            if not _meets(constraint.values, values.get(constraint.name, ())):
                return False
        return all(self._may_be_below(name, edge.spec) for edge in when.dependencies)

    def _may_be_below(self, name: str, spec: Spec) -> bool:
        """Whether a package that a condition of ``name`` speaks of will be there and look so."""
        below = spec.name
        if below is None or not self._world.packages.exists(below):
            return True
        self._watching.setdefault(below, {})[name] = None
        likely = self._likely.get(below)
        if likely is None:
            return below in self.names and bool(self._world.concrete.get(below))
        if likely.version is None:
            return True
        return spec.versions.contains(likely.version) and _agree(spec, likely.values)


def _reaches_itself(name: str, children: Mapping[str, Iterable[str]]) -> bool:
    found: set[str] = set()
    todo = [name]
    while todo:
        for child in children.get(todo.pop(), ()):
            if child == name:
                return True
            if child not in found:
                found.add(child)
                todo.append(child)
    return False


def _give_way(record: PackageRecord, wanted: Values) -> None:
    """Add what conflicts whatever the version make of boolean defaults beside wanted values."""
    for conflict in record.conflicts:
        spec, values = conflict.spec, _values(conflict.spec)
        if conflict.when is not None or len(values) < 2 or not spec.versions.is_any:
            continue
        if _speaks_of_more(spec):
            continue
        left = [(v, value) for v, value in values.items() if wanted.get(v) != value]
        if len(left) == 1 and left[0][0] not in wanted and isinstance(left[0][1][0], bool):
            wanted[left[0][0]] = (not left[0][1][0],)


def _contradicts_itself(record: PackageRecord, likely: _Likely) -> bool:
    """Whether a conflict of the recipe surely holds on the form itself."""
    return any(
        _surely_holds(conflict.spec, likely)
        and (conflict.when is None or _surely_holds(conflict.when, likely))
        for conflict in record.conflicts
    )


def _surely_holds(spec: Spec, likely: _Likely) -> bool:
    """Whether a condition on nothing but version and variants is met."""
    return (
        likely.version is not None
        and not _speaks_of_more(spec)
        and spec.versions.contains(likely.version)
        and _agree(spec, likely.values)
    )


def _speaks_of_more(spec: Spec) -> bool:
    """Whether a condition is about more than version and variants."""
    return bool(spec.dependencies or spec.flags or spec.platform or spec.os or spec.target)


def _values(spec: Spec) -> Values:
    """The variant values that a constraint names."""
    return {v.name: v.values for v in spec.variants.values() if v.values != ("*",)}


def _agree(spec: Spec, values: Values) -> bool:
    """Whether a node with these values has the variants that a constraint names."""
    return all(_meets(v.values, values.get(v.name)) for v in spec.variants.values())


def _meets(wanted: tuple[Word, ...], present: tuple[Word, ...] | None) -> bool:
    return present is not None and (wanted == ("*",) or set(wanted) <= set(present))
