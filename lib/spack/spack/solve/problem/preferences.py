"""``packages.yaml`` parsed for the solver: every text becomes a spec, with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.config.settings.package_settings import ANY_OF, PackageSettings, RequirementEntry
from spack.errors import Origin
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.solve.problem.request import Compiler, Group, Packages, Preferences
from spack.solve.problem.toolchains import Expand


def read_preferences(
    settings: Mapping[str, PackageSettings],
    expand: Expand = lambda spec, origin: spec,
) -> dict[str, Preferences]:
    """Preferences by package; what a package leaves open is filled from ``all``, key by key.

    ``expand`` replaces toolchains in requirements.
    """
    general = settings.get("all")
    read: dict[str, Preferences] = {}
    for name, own in settings.items():
        read[name] = _preferences(own, general, expand)
    return read


def spread_buildable(
    preferences: Mapping[str, Preferences], packages: Packages
) -> dict[str, Preferences]:
    """The preferences with ``buildable: false`` on a virtual put on each of its providers."""
    spread = dict(preferences)
    general = preferences.get("all", Preferences())
    shared = general._replace(groups=tuple(g._replace(shared=True) for g in general.groups))
    for virtual, own in preferences.items():
        if own.buildable or packages.exists(virtual) or not packages.is_virtual(virtual):
            continue
        for name in packages.providers(virtual):
            spread[name] = spread.get(name, shared)._replace(
                buildable=False, buildable_origin=own.buildable_origin
            )
    return spread


def _preferences(
    own: PackageSettings, general: PackageSettings | None, expand: Expand
) -> Preferences:
    shared = general if general is not None else own
    groups: list[Group] = []
    for entries, others in (
        (own.require, shared.require),
        (own.prefer, shared.prefer),
        (own.conflict, shared.conflict),
    ):
        for entry in entries or others:
            groups.append(_group(entry, expand, shared=not entries))
    return Preferences(
        groups=tuple(groups),
        versions=tuple(parse_spec(f"@{text}") for text in own.version),
        variants=tuple(parse_spec(text) for text in (own.variants or shared.variants)),
        buildable=own.buildable,
        buildable_origin=own.buildable_origin,
        versions_origin=own.version_origin,
    )


def _group(entry: RequirementEntry, expand: Expand, shared: bool) -> Group:
    """``@:`` is the member that always holds."""
    written = [None if t == "@:" else parse_spec(t, entry.origin) for t in entry.specs]
    members = tuple(None if spec is None else expand(spec, entry.origin) for spec in written)
    names = [
        edge.spec.name or ""
        for spec, member in zip(written, members)
        if spec is not None and spec is not member
        for edge in spec.dependencies
    ]
    when = parse_spec(entry.when, entry.origin) if entry.when else None
    return Group(entry.policy, members, when, entry.message, entry.origin, shared, tuple(names))


def read_preferred_compilers(
    settings: Mapping[str, PackageSettings], compilers: Sequence[Compiler]
) -> dict[str, Group]:
    """``packages:NAME:compiler``, which only ranks: what is not usable here is left out."""
    found: dict[str, Group] = {}
    for name, own in settings.items():
        origin = own.compiler_origin or Origin(f"packages:{name}:compiler")
        listed = [parse_spec(f"%{text.lstrip('%')}", origin) for text in own.compiler]
        wanted = [edge.spec for spec in listed for edge in spec.dependencies]
        usable = [w for w in wanted if any(satisfies(c.spec, w) for c in compilers)]
        if usable:
            found[name] = Group(ANY_OF, (*usable, None), None, None, origin)
    return found


def read_providers(settings: Mapping[str, PackageSettings]) -> dict[str, tuple[str, ...]]:
    """Ordered provider names by virtual: required, preferred, then the list under ``all``.

    Names alone count; one that a bare name in ``conflict`` excludes is left out.
    """
    general = settings.get("all")
    listed: dict[str, list[str]] = {}
    for virtual, texts in (general.providers if general is not None else {}).items():
        listed[virtual] = [parse_spec(text).name or "" for text in texts]
    for virtual, own in settings.items():
        first = [name for entry in (*own.require, *own.prefer) for name in _names(entry)]
        excluded = {text for entry in own.conflict for text in _names(entry) if text in entry.specs}
        if first or excluded or virtual in listed:
            names = [*first, *listed.get(virtual, ())]
            listed[virtual] = [name for name in names if name and name not in excluded]
    return {virtual: tuple(dict.fromkeys(names)) for virtual, names in listed.items()}


def _names(entry: RequirementEntry) -> list[str]:
    """Package names in the members of an entry that always holds."""
    if entry.when:
        return []
    return [parse_spec(text).name or "" for text in entry.specs]
