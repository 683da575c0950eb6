"""Externals of the configuration as concrete specs, and the compilers among them.

An entry that cannot be used is left out with a reason; the reason is shown when a solve fails for
want of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.config.settings.package_settings import (
    ExternalDependency,
    ExternalEntry,
    PackageSettings,
)
from spack.errors import ConfigurationError, Origin
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External, Value
from spack.language.matching import intersects, satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.language.targets import family, target_satisfies
from spack.language.versions import Version
from spack.named_tuples import NamedTuple
from spack.solve.problem.candidates import Definition
from spack.solve.problem.request import LANGUAGES, Compiler, ContentHash, Host, Packages
from spack.solve.problem.this_machine import WORDS
from spack.type_names import Callable


class UnconfiguredCompilerError(ConfigurationError):
    """An external names a compiler that is not configured.

    Args:
        compiler: the name of the compiler's package.
    """

    def __init__(self, message: str, compiler: str, origin: Origin, hint: str) -> None:
        super().__init__(message, origin=origin, hint=hint)
        self.compiler = compiler


class Externals(NamedTuple):
    """Usable externals by package, and per package why the others are not.

    ``origins`` are the places of the entries, by the DAG hash of the external.
    """

    specs: Mapping[str, tuple[ConcreteSpec, ...]]
    rejected: Mapping[str, tuple[str, ...]]
    origins: Mapping[str, Origin] = {}


class _Entry(NamedTuple):
    name: str
    spec: Spec
    version: Version
    entry: ExternalEntry


def read_externals(
    packages: Packages,
    settings: Mapping[str, PackageSettings],
    host: Host,
    content_hash: ContentHash,
    *,
    complete_variants: bool = True,
) -> Externals:
    """Make a concrete spec of each entry; dependencies between entries become edges."""
    rejected: dict[str, list[str]] = {}
    entries: list[_Entry] = []
    elsewhere: list[_Entry] = []
    for section, preferences in settings.items():
        for entry in preferences.externals:
            usable = _usable(packages, entry, rejected, section)
            if usable is not None:
                usable = _here(usable, host, rejected, elsewhere)
            if usable is not None:
                usable = _with_target(
                    usable, required_target(settings, usable.name), host, rejected
                )
            if usable is not None:
                entries.append(usable)
    _move_dependents(entries, elsewhere, rejected, host)
    builder = _Builder(packages, host, content_hash, entries, complete_variants)
    specs: dict[str, list[ConcreteSpec]] = {}
    origins: dict[str, Origin] = {}
    for item in entries:
        spec = builder.build(item)
        specs.setdefault(item.name, []).append(spec)
        origins[spec.dag_hash()] = item.entry.origin
    return Externals(
        {name: tuple(found) for name, found in specs.items()},
        {name: tuple(reasons) for name, reasons in rejected.items()},
        origins,
    )


def _usable(
    packages: Packages, entry: ExternalEntry, rejected: dict[str, list[str]], section: str
) -> _Entry | None:
    spec = parse_spec(entry.spec, entry.origin)
    name = spec.name or section
    reasons = rejected.setdefault(name, [])
    if not packages.exists(name):
        reasons.append(f"{entry.spec}: no recipe for {name} [{entry.origin}]")
        return None
    version = spec.versions.concrete or spec.versions.concrete_range_as_version
    if version is None:
        reasons.append(f"{entry.spec}: the version is not exact [{entry.origin}]")
        return None
    return _Entry(name, spec, version, entry)


def _here(
    item: _Entry, host: Host, rejected: dict[str, list[str]], elsewhere: list[_Entry]
) -> _Entry | None:
    """The entry with one target; None for one of another machine, which is put with those."""
    spec, entry = item.spec, item.entry
    machine = other_machine(spec, host.platform, host.os, host.family)
    if machine is not None:
        rejected[item.name].append(f"{entry.spec}: it is for {machine} [{entry.origin}]")
        elsewhere.append(item)
        return None
    if spec.target is None:
        return item
    target = None if spec.target in WORDS else _one_target(spec.target)
    return item._replace(spec=spec.replace(target=target))


def _move_dependents(
    entries: list[_Entry], elsewhere: list[_Entry], rejected: dict[str, list[str]], host: Host
) -> None:
    """Take away what was compiled by, or needs, something that only another machine has."""

    def needs_other_machine(item: _Entry) -> bool:
        ids = {given.id for given in item.entry.dependencies if given.id is not None}
        wanted = [edge.spec for edge in item.spec.dependencies]
        for given in item.entry.dependencies:
            wanted += [] if given.spec is None else [parse_spec(given.spec, item.entry.origin)]
        return any(other.entry.id in ids for other in elsewhere) or any(
            other_machine(one, host.platform, host.os, host.family)
            or (_matching(elsewhere, one) and not _matching(entries, one))
            for one in wanted
        )

    gone = [item for item in entries if needs_other_machine(item)]
    if gone:
        for item in gone:
            text = f"{item.entry.spec}: it needs an external of another machine"
            rejected[item.name].append(f"{text} [{item.entry.origin}]")
            entries.remove(item)
        _move_dependents(entries, [*elsewhere, *gone], rejected, host)


def _matching(entries: Sequence[_Entry], wanted: Spec) -> list[_Entry]:
    """The entries that can be meant by a spec, what they depend on aside."""
    return [
        e
        for e in entries
        if e.name == wanted.name
        and wanted.versions.contains(e.version)
        and intersects(e.spec.without_dependencies(), wanted.without_dependencies())
    ]


def _distinct(entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries without those of one installation that several files list."""
    found: dict[tuple[object, ...], _Entry] = {}
    for item in entries:
        place = (item.entry.prefix, item.entry.modules)
        found.setdefault((item.version, *place, item.spec.dependencies), item)
    return list(found.values())


def other_machine(spec: Spec, platform: str, system: str, machine_family: str) -> str | None:
    """The statement of an external that makes it one of another machine, None if there is none."""
    if spec.platform not in (None, platform):
        return spec.platform
    if spec.os not in (None, system, *WORDS):
        return spec.os
    if spec.target not in (None, *WORDS):
        if family(_one_target(spec.target or "")) != machine_family:
            return spec.target
    return None


def _one_target(constraint: str) -> str:
    """The target that stands for a list of names and ranges: the first name in it."""
    low, _, high = constraint.partition(",")[0].partition(":")
    return low or high


def required_target(settings: Mapping[str, PackageSettings], name: str) -> str | None:
    """The targets that configuration requires of a package, as one list.

    None if it requires none, or several things of which each says some target.
    """
    own, general = settings.get(name), settings.get("all")
    entries = own.require if own is not None else ()
    if not entries and general is not None:
        entries = general.require
    wanted = [
        ",".join(parse_spec(text).target or "" for text in entry.specs)
        for entry in entries
        if entry.specs and all(text.startswith("target=") for text in entry.specs)
    ]
    return wanted[0] if len(wanted) == 1 else None


def lowest_target(wanted: str | None, host: Host) -> str:
    """The target of an external that names none: the lower end of what is required of it."""
    low = (wanted or "").partition(",")[0].partition(":")[0]
    return low or host.family


def _with_target(
    item: _Entry, wanted: str | None, host: Host, rejected: dict[str, list[str]]
) -> _Entry | None:
    """The entry for a required target, None if it says another one."""
    if wanted is None:
        return item
    own = item.spec.target
    if own is None:
        return item._replace(spec=item.spec.replace(target=lowest_target(wanted, host)))
    if target_satisfies(own, wanted):
        return item
    rejected.setdefault(item.name, []).append(
        f"{item.entry.spec}: target={wanted} is required [{item.entry.origin}]"
    )
    return None


class _Builder:
    """Builds entries on demand, so that a dependency is complete before its dependents."""

    def __init__(
        self,
        packages: Packages,
        host: Host,
        content_hash: ContentHash,
        entries: Sequence[_Entry],
        complete_variants: bool,
    ) -> None:
        self._packages = packages
        self._host = host
        self._content_hash = content_hash
        self._entries = entries
        self._complete = complete_variants
        self._built: dict[int, ConcreteSpec] = {}
        self._open: set[int] = set()

    def build(self, item: _Entry) -> ConcreteSpec:
        key = self._entries.index(item)
        if key in self._built:
            return self._built[key]
        if key in self._open:
            raise ConfigurationError(
                f"external {item.entry.spec} depends on itself", origin=item.entry.origin
            )
        self._open.add(key)
        node = self._node(item, self._dependencies(item))
        self._open.discard(key)
        self._built[key] = node
        return node

    def _node(self, item: _Entry, dependencies: tuple[ConcreteEdge, ...]) -> ConcreteSpec:
        spec, entry = item.spec, item.entry
        record = self._packages.record(item.name)
        variants: dict[str, Value] = {}
        definitions: dict[str, list[Definition]] = {}
        for declared in record.variants:
            definitions.setdefault(declared.name, []).append(Definition(declared))
        for constraint in spec.variants.values():
            known = definitions.get(constraint.name)
            multi = bool(known and known[-1].multi) or len(constraint.values) > 1
            variants[constraint.name] = (
                tuple(sorted(map(str, constraint.values))) if multi else constraint.values[0]
            )

        def node(values: Mapping[str, Value], package_hash: str = "") -> ConcreteSpec:
            return ConcreteSpec(
                item.name,
                item.version,
                Architecture(self._host.platform, self._host.os, spec.target or self._host.family),
                namespace=record.namespace,
                variants=dict(values),
                dependencies=dependencies,
                external=External(entry.prefix, entry.modules, dict(entry.extra_attributes)),
                package_hash=package_hash,
            )

        if self._complete:
            variants = _with_defaults(variants, definitions, node)
        plain = node(variants)
        return node(variants, self._content_hash(plain, ()))

    def _dependencies(self, item: _Entry) -> tuple[ConcreteEdge, ...]:
        wanted: list[tuple[str, int | None, tuple[str, ...]]] = [
            (str(edge.spec), edge.deptypes or None, edge.virtuals)
            for edge in item.spec.dependencies
        ]
        if wanted and item.entry.dependencies:
            raise ConfigurationError(
                f"external {item.entry.spec} has dependencies both in its spec and in a list",
                origin=item.entry.origin,
                hint="keep only one of the two",
            )
        children: list[ConcreteEdge] = []
        for given in item.entry.dependencies:
            children.append(self._given(item, given))
        for text, mask, virtuals in wanted:
            matching = self._find(item, text)
            children.append(self._edge(item, matching, mask, virtuals))
        return tuple(children)

    def _given(self, item: _Entry, given: ExternalDependency) -> ConcreteEdge:
        if given.id is not None:
            found = [e for e in self._entries if e.entry.id == given.id]
            if len(found) != 1:
                raise ConfigurationError(
                    f"{len(found)} externals have the id {given.id!r}", origin=item.entry.origin
                )
            child = found[0]
        else:
            child = self._find(item, str(given.spec))
        mask = deptypes.from_names(given.deptypes) if given.deptypes else None
        return self._edge(item, child, mask, given.virtuals)

    def _find(self, item: _Entry, text: str) -> _Entry:
        """The one external that is the dependency of another; its own compiler may tell it."""
        origin = item.entry.origin
        wanted = parse_spec(text, origin)
        found = _distinct(_matching(self._entries, wanted))
        if len(found) > 1 and wanted.dependencies:
            found = [e for e in found if satisfies(self.build(e), wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ConfigurationError(
                f"{len(found)} externals match the dependency {text} of {item.entry.spec}",
                origin=origin,
                details="\n".join(f"  {e.entry.spec}  [{e.entry.origin}]" for e in found),
                hint="name one of them exactly, or give it an id and refer to that",
            )
        name = wanted.name or ""
        known = ", ".join(e.entry.spec for e in self._entries if e.name == name) or "none"
        hint = f"externals of {name}: {known}"
        if self._packages.exists(name) and "compiler" in self._packages.record(name).tags:
            raise UnconfiguredCompilerError(
                f"the external {item.entry.spec} was compiled by {text}, which is not configured",
                name,
                origin,
                hint,
            )
        raise ConfigurationError(
            f"the external {item.entry.spec} depends on {text}, which is not an external",
            origin=origin,
            hint=hint,
        )

    def _edge(
        self, item: _Entry, child: _Entry, mask: int | None, virtuals: tuple[str, ...]
    ) -> ConcreteEdge:
        provided = {
            spec.name for p in self._packages.record(child.name).provides for spec in p.specs
        }
        types, labels = 0, set(virtuals)
        for dependency in self._packages.record(item.name).dependencies:
            target = dependency.spec.name
            if target == child.name or target in provided:
                types |= dependency.deptypes
                if target in provided and not virtuals:
                    labels.add(target or "")
        if mask is None:
            mask = types or deptypes.DEFAULT
        return ConcreteEdge(self.build(child), mask, tuple(sorted(labels)))


def _with_defaults(
    variants: dict[str, Value],
    definitions: Mapping[str, list[Definition]],
    node: Callable[[Mapping[str, Value]], ConcreteSpec],
) -> dict[str, Value]:
    """Fill in defaults of every definition in force, until nothing changes."""
    values = dict(variants)
    for _ in range(len(definitions) + 1):
        current = node(values)
        added = False
        for name, known in definitions.items():
            if name in values:
                continue
            for definition in reversed(known):
                if definition.when is None or satisfies(current, definition.when):
                    words = definition.defaults
                    values[name] = tuple(sorted(map(str, words))) if definition.multi else words[0]
                    added = True
                    break
        if not added:
            break
    return values


def find_compilers(
    specs: Mapping[str, tuple[ConcreteSpec, ...]],
    packages: Packages,
    libc_of: Callable[[ConcreteSpec], ConcreteSpec | None],
    supported_targets: Callable[[ConcreteSpec], frozenset[str]],
    origins: Mapping[str, Origin] = {},
) -> tuple[Compiler, ...]:
    """Externals that are compilers: tagged so, with paths of compilers for some language."""
    found: list[Compiler] = []
    for name, candidates in specs.items():
        if "compiler" not in packages.record(name).tags:
            continue
        for spec in candidates:
            external = spec.external
            paths = external.extra_attributes.get("compilers", {}) if external is not None else {}
            languages = frozenset(language for language in LANGUAGES if paths.get(language))
            if languages:
                origin = origins.get(spec.dag_hash())
                targets = supported_targets(spec)
                found.append(Compiler(spec, languages, libc_of(spec), targets, origin))
    return tuple(sorted(found, key=lambda c: (c.spec.name, c.spec.version), reverse=True))
