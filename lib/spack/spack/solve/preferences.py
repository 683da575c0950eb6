"""``packages.yaml`` parsed for the solver: every text becomes a spec, with its place."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Tuple

from spack.config.package_settings import PackageSettings, RequirementEntry
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.solve.request import Group, Preferences


def read_preferences(settings: Mapping[str, PackageSettings]) -> Dict[str, Preferences]:
    """Preferences by package; what a package leaves open is filled from ``all``, key by key."""
    general = settings.get("all")
    read: Dict[str, Preferences] = {}
    for name, own in settings.items():
        read[name] = _preferences(own, general)
    return read


def _preferences(own: PackageSettings, general: Optional[PackageSettings]) -> Preferences:
    shared = general if general is not None else own
    groups: List[Group] = []
    for entry in own.require or shared.require:
        groups.append(_group(entry))
    for entry in own.prefer or shared.prefer:
        groups.append(_group(entry))
    for entry in own.conflict or shared.conflict:
        groups.append(_group(entry))
    return Preferences(
        groups=tuple(groups),
        versions=tuple(parse_spec(f"@{text}") for text in own.version),
        variants=tuple(parse_spec(text) for text in (own.variants or shared.variants)),
        buildable=own.buildable,
        buildable_origin=own.buildable_origin,
    )


def _group(entry: RequirementEntry) -> Group:
    """``@:`` is the member that always holds."""
    members: Tuple[Optional[Spec], ...] = tuple(
        None if text == "@:" else parse_spec(text, entry.origin) for text in entry.specs
    )
    when = parse_spec(entry.when, entry.origin) if entry.when else None
    return Group(entry.policy, members, when, entry.message, entry.origin)


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
