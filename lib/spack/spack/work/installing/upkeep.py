"""Upkeep of the store: what nothing needs, explicit marks, deprecation."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Sequence

from spack.environments.environment import Environment
from spack.environments.locations import ManagedEnvironments
from spack.environments.members import Member
from spack.environments.membership import entries
from spack.errors import SpackError, UsageError
from spack.install import uninstall as removing
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import Lockfile
from spack.named_tuples import NamedTuple
from spack.store.graph import unused as unused_records
from spack.store.layout import metadata
from spack.store.records import InstallRecord
from spack.system.files.filesystem import remove_tree
from spack.system.files.writing import mkdirp
from spack.type_names import TYPE_CHECKING
from spack.work.answers.selection import installed_specs
from spack.work.projects.environment_work import environments_needing, update_views_of
from spack.work.projects.environments import explicit_roots
from spack.work.projects.module_removal import follow_uninstall
from spack.work.projects.module_sets import enabled_sets
from spack.work.queries.queries import InstalledQuery, find, no_match, one_installed

if TYPE_CHECKING:
    from spack.session.parts import Inventory, MarkParts, StoreEditParts, UnusedParts
    from spack.store.store import Store


class DeprecationError(SpackError):
    """An installed package cannot take the place of another."""


# -- garbage -----------------------------------------------------------------------------------


def unused(
    parts: UnusedParts,
    constraints: Sequence[str],
    *,
    except_any_environment: bool = False,
    except_environments: Sequence[str] = (),
    build_dependencies: bool = True,
) -> list[InstallRecord]:
    """Installed packages that nothing needs, dependents before dependencies.

    In an environment only its packages are looked at. Everything that an environment locks is
    needed if the environment is one of those named, or any is meant.

    Args:
        constraints: only packages that match one of them.
        build_dependencies: also keep what is only needed to build what is kept.
    """
    environments = _environments(parts, except_any_environment, except_environments)
    needed = {spec.dag_hash() for environment in environments for spec in _locked(environment)}
    types = deptypes.ALL if build_dependencies else deptypes.LINK | deptypes.RUN
    here = parts.environment
    own: frozenset[str] | None = None
    if here is not None:
        own = frozenset(spec.dag_hash() for spec in _locked(here))
        needed.update(spec.dag_hash() for spec in explicit_roots(here))
        needed.update(_of_other_members(here))
    found = unused_records(parts.store.database, needed, types=types)
    if own is not None:
        found = [record for record in found if record.hash in own]
    if constraints:
        matching = {
            item.spec.dag_hash()
            for text in constraints
            for item in find(parts, InstalledQuery((text,)))
        }
        found = [record for record in found if record.hash in matching]
    return found


def _environments(parts: UnusedParts, every: bool, names: Sequence[str]) -> list[Environment]:
    managed = ManagedEnvironments(parts.base_settings.config.environments_root)
    found = [Environment(managed.find(name)) for name in names]
    if every:
        found += [Environment(managed.find(name)) for name in managed.names()]
        if parts.environment is not None:
            found.append(parts.environment)
    return found


def _locked(environment: Environment) -> list[ConcreteSpec]:
    lock = environment.read_lock()
    return [] if lock is None else lock.every_spec()


def _of_other_members(environment: Environment) -> set[str]:
    """Hashes of the roots of the other environments of a project."""
    if not isinstance(environment, Member):
        return set()
    whole = environment.read_whole_lock() or Lockfile()
    others = (entry for entry in entries(whole) if entry.environment != environment.name)
    return {entry.spec.dag_hash() for entry in others}


def collect(parts: StoreEditParts, records: Sequence[InstallRecord]) -> int:
    """Remove packages; how many. Views of environments that held them follow."""
    affected = _environments_needing(parts, {record.hash for record in records})
    removed = removing.uninstall(parts.store, records, force=True)
    hashes = [record.hash for record in removed]
    follow_uninstall(parts.settings.modules, hashes, parts.reporter.warning)
    update_views_of(affected, parts.for_environment, parts.reporter.warning)
    return len(removed)


def _environments_needing(parts: StoreEditParts, hashes: Collection[str]) -> Iterable[str]:
    warn = parts.reporter.warning
    return environments_needing(parts.base_settings, parts.environment_directory, hashes, warn)


# -- explicit and implicit ---------------------------------------------------------------------


def mark(parts: MarkParts, words: Sequence[str], *, every: bool, explicit: bool) -> int:
    """Note that installed packages were asked for, or not; how many changed.

    Module files that depend on it follow.

    Raises:
        UsageError: neither words nor ``every``.
        NoMatchError, AmbiguousError.
    """
    if every:
        query = InstalledQuery(tuple(words))
        specs = [item.spec for item in find(parts, query)]
        if words and not specs:
            raise no_match(parts, " ".join(words))
    elif not words:
        raise UsageError("no specs given", hint="spack mark -e SPEC, or --all")
    else:
        specs = [one_installed(parts, text) for text in words]
    count = removing.mark(parts.store, records_of(parts.store, specs), explicit=explicit)
    if count and enabled_sets(parts.settings.modules):
        from spack.work.projects.module_commands import follow_mark

        follow_mark(parts, specs, parts.reporter.warning)
    return count


def records_of(store: Store, specs: Sequence[ConcreteSpec]) -> list[InstallRecord]:
    """The records of installed specs."""
    found = [store.database.get(spec.dag_hash()) for spec in specs]
    return [record for record in found if record is not None]


# -- deprecation -------------------------------------------------------------------------------


class ReplacedPackage(NamedTuple):
    """An installed package and the one that takes its place."""

    old: ConcreteSpec
    new: ConcreteSpec


def replacements(
    inventory: Inventory, old: str, new: str, *, dependencies: bool
) -> list[ReplacedPackage]:
    """Packages with their replacements; with ``dependencies`` also those of one name below both.

    Raises:
        ReadOnlyStoreError: the user may not write the store.
    """
    inventory.store.check_writable()
    first, second = one_installed(inventory, old), one_installed(inventory, new)
    pairs = [ReplacedPackage(first, second)]
    if dependencies:
        below = {node.name: node for node in second.traverse(root=False)}
        pairs += [
            ReplacedPackage(node, below[node.name])
            for node in first.traverse(root=False)
            if node.name in below and node.dag_hash() != below[node.name].dag_hash()
        ]
    pairs = [pair for pair in pairs if pair.old.external is None]
    for pair in pairs:
        if pair.old.dag_hash() == pair.new.dag_hash():
            raise DeprecationError(f"{old} and {new} are the same installed package")
    return pairs


def deprecate(
    parts: StoreEditParts, pairs: Sequence[ReplacedPackage], *, hard: bool = False
) -> None:
    """Put links to new prefixes in the place of old ones, and note it in the database.

    ``hard`` makes hard links of files instead of one link to the prefix. What linked to the old
    prefix finds the new one there; views of environments that hold it are made again.
    """
    store = parts.store
    for old, new in pairs:
        record = store.database.local(old.dag_hash())
        if record is None or not record.path:
            raise DeprecationError(
                f"{old.name}@{old.version} belongs to an upstream store", hint="deprecate it there"
            )
        with store.locks.writing(old.dag_hash()):
            _replace_prefix(record.path, store.prefix(new), old, hard=hard)
            store.database.deprecate(old.dag_hash(), new.dag_hash())
    affected = _environments_needing(parts, {pair.old.dag_hash() for pair in pairs})
    update_views_of(affected, parts.for_environment, parts.reporter.warning, force=True)


def _replace_prefix(old: str, new: str, spec: ConcreteSpec, *, hard: bool) -> None:
    # The specfile is kept with the new prefix: it is how the database can be made anew.
    kept = metadata(new).deprecated
    mkdirp(kept)
    specfile = metadata(old).spec_file
    if os.path.exists(specfile):
        shutil.copy2(specfile, os.path.join(kept, f"{spec.dag_hash()}_spec.json"))
    if os.path.islink(old):
        os.unlink(old)
    else:
        remove_tree(old)
    if hard:
        shutil.copytree(new, old, symlinks=True, copy_function=os.link)
    else:
        os.symlink(new, old)


# -- what is installed, for scripts ------------------------------------------------------------


def prefixes(inventory: Inventory, words: Sequence[str]) -> dict[str, str]:
    """Prefixes of installed specs by hash; of all of this store without words."""
    if words:
        specs = installed_specs(inventory, words)
    else:
        specs = [item.spec for item in find(inventory, InstalledQuery()) if not item.spec.external]
    return {spec.dag_hash(): inventory.store.prefix(spec) for spec in specs}
