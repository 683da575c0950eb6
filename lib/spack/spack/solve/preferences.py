"""``packages.yaml`` parsed for the solver: every text becomes a spec, with its place."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Tuple

from spack.config.settings import PackageSettings, RequirementEntry
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.solve.request import Group, Preferences


def read_preferences(settings: Mapping[str, PackageSettings]) -> Dict[str, Preferences]:
    """Preferences by package; what a package leaves open is filled from ``all``, key by key."""
    general = settings.get("all")
    read: Dict[str, Preferences] = {}
    for name, own in settings.items():
        read[name] = _preferences(name, own, general)
    return read


def _preferences(
    name: str, own: PackageSettings, general: Optional[PackageSettings]
) -> Preferences:
    shared = general if general is not None else own
    groups: List[Group] = []
    for entry in own.require or shared.require:
        groups.append(_group(name, entry, weak=False))
    for entry in own.prefer or shared.prefer:
        groups.append(_group(name, entry, weak=True, policy="any_of"))
    for entry in own.conflict or shared.conflict:
        groups.append(_group(name, entry, weak=True, policy="one_of"))
    return Preferences(
        groups=tuple(groups),
        versions=tuple(parse_spec(f"@{text}") for text in own.version),
        variants=tuple(parse_spec(text) for text in (own.variants or shared.variants)),
        buildable=own.buildable is not False,
        buildable_origin=own.origin,
    )


def _group(
    name: str, entry: RequirementEntry, *, weak: bool, policy: Optional[str] = None
) -> Group:
    members: Tuple[Optional[Spec], ...] = tuple(
        parse_spec(text, entry.origin) for text in entry.specs
    )
    if weak:
        members = (*members, None)
    when = parse_spec(entry.when, entry.origin) if entry.when else None
    del name
    return Group(policy or entry.policy, members, when, entry.message, entry.origin)


def read_providers(settings: Mapping[str, PackageSettings]) -> Dict[str, Tuple[str, ...]]:
    """Ordered provider names by virtual: required, preferred, then the list under ``all``."""
    general = settings.get("all")
    listed: Dict[str, List[str]] = {}
    for virtual, texts in (general.providers if general is not None else {}).items():
        listed[virtual] = [parse_spec(text).name or "" for text in texts]
    for virtual, own in settings.items():
        first = [
            parse_spec(text).name or ""
            for entry in (*own.require, *own.prefer)
            if not entry.when
            for text in entry.specs
        ]
        if virtual in listed:
            rest = [name for name in listed[virtual] if name not in first]
            listed[virtual] = [*[name for name in first if name], *rest]
    return {virtual: tuple(dict.fromkeys(names)) for virtual, names in listed.items()}
