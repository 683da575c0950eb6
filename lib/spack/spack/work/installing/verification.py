"""Checks of what is installed against its manifest, its libraries and its recipe."""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.builds.manifest import NoManifestError, entry, read, verify
from spack.builds.shared_libraries import unresolved_libraries
from spack.errors import NotFoundError
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.named_tuples import NamedTuple
from spack.system.binaries.dynamic_linker import default_search_paths
from spack.type_names import TYPE_CHECKING
from spack.work.answers.selection import installed_specs
from spack.work.queries.queries import InstalledQuery, find

if TYPE_CHECKING:
    from spack.session.parts import Inventory
    from spack.store.store import Store


class Irregularity(NamedTuple):
    """One difference: the package it is in, the path, and what differs."""

    package: str
    path: str
    what: str


def packages(
    inventory: Inventory, words: Sequence[str], *, local: bool = False
) -> list[ConcreteSpec]:
    """The installed packages to look at, all without words; externals are not ours to check.

    ``local`` leaves those of upstream stores out.
    """
    if words:
        specs = installed_specs(inventory, words)
    else:
        specs = distinct(item.spec for item in find(inventory, InstalledQuery()))
    kept = []
    for spec in specs:
        record = inventory.store.database.get(spec.dag_hash())
        if spec.external is None and not (local and record is not None and record.upstream):
            kept.append(spec)
    return kept


def manifests(store: Store, specs: Sequence[ConcreteSpec]) -> list[Irregularity]:
    """Files that differ from what was installed."""
    found: list[Irregularity] = []
    for spec in specs:
        prefix = store.prefix(spec)
        try:
            deviations = verify(prefix)
        except NoManifestError:
            found.append(Irregularity(spec.label, prefix, "no manifest"))
            continue
        found += [Irregularity(spec.label, path, what) for path, what in deviations]
    return found


def files(store: Store, paths: Sequence[str]) -> list[Irregularity]:
    """Named files that differ from what was installed.

    Raises:
        NotFoundError: one of them is in no prefix.
    """
    found: list[Irregularity] = []
    for path in map(os.path.abspath, paths):
        owner = store.owner_of(path)
        if owner is None or not owner.path:
            raise NotFoundError(f"{path} does not belong to an installed package")
        label = owner.spec.label
        wanted = read(owner.path).get(path)
        if wanted is None:
            found.append(Irregularity(label, path, "added"))
        elif not os.path.lexists(path):
            found.append(Irregularity(label, path, "removed"))
        else:
            now = entry(path)
            ignored = {"time"} if now.get("hash") == wanted.get("hash") else set()
            found += [
                Irregularity(label, path, key)
                for key in sorted({*now, *wanted} - ignored)
                if now.get(key) != wanted.get(key)
            ]
    return found


def libraries(inventory: Inventory, specs: Sequence[ConcreteSpec]) -> list[Irregularity]:
    """Needed libraries that nothing will find when programs run."""
    found: list[Irregularity] = []
    directories = default_search_paths()
    for spec in specs:
        allowed: Sequence[str] = ()
        if inventory.repositories.exists(spec.name):
            cls = inventory.repositories.package_class(spec.name)
            allowed = [str(name) for name in getattr(cls, "unresolved_libraries", ())]
        prefix = inventory.store.prefix(spec)
        if not os.path.isdir(prefix):
            found.append(Irregularity(spec.label, prefix, "the prefix is missing"))
            continue
        found += [
            Irregularity(spec.label, problem.path, problem.library)
            for problem in unresolved_libraries(prefix, allowed, directories)
        ]
    return found


def versions(inventory: Inventory, specs: Sequence[ConcreteSpec]) -> list[Irregularity]:
    """Installed versions that the recipe has no more, or calls deprecated."""
    found: list[Irregularity] = []
    for spec in specs:
        prefix = inventory.store.prefix(spec)
        if not inventory.repositories.exists(spec.name):
            found.append(Irregularity(spec.label, prefix, "the package no longer has a recipe"))
            continue
        known = {v.text: v for v in inventory.repositories.record(spec.name).versions}
        version = known.get(str(spec.version))
        if version is None:
            found.append(Irregularity(spec.label, prefix, "the recipe does not have the version"))
        elif version.deprecated:
            found.append(Irregularity(spec.label, prefix, "the version is deprecated"))
    return found
