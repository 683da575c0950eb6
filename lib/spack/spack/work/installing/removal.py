"""Uninstalling: which installed specs are meant, and their removal."""

from __future__ import annotations

from collections.abc import Sequence

from spack.environments.concretization import without_roots
from spack.errors import AmbiguousError, SpackError
from spack.install import uninstall as removing
from spack.install.uninstall import NeededByOthersError
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.store.records import InstallRecord
from spack.type_names import TYPE_CHECKING
from spack.work.projects import environment_work
from spack.work.projects.environments import managed
from spack.work.projects.module_removal import follow_uninstall
from spack.work.queries.queries import InstalledQuery, find, no_match, parse_words

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.session.parts import Inventory, RemovalParts
    from spack.store.store import Store


class NamelessSpecError(SpackError):
    """A constraint without a package among several specs to uninstall."""


class Removal(NamedTuple):
    """Plan of an uninstall.

    Attributes:
        specs: installed specs that go, dependents first.
        kept: lines about specs that stay because other environments need them.
        roots: texts of roots that leave the manifest of the active environment.
        affected: directories of environments that need what goes.
    """

    specs: tuple[ConcreteSpec, ...]
    kept: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    affected: tuple[str, ...] = ()


def plan_removal(
    parts: RemovalParts,
    texts: Sequence[str],
    *,
    all_matches: bool,
    dependents: bool,
    force: bool,
    remove_roots: bool = False,
    origin: str | None = None,
) -> Removal:
    """Plan the uninstall of these specs.

    Args:
        force: although others need them, which break.
        remove_roots: they leave the roots of the active environment, too; what other environments
            need stays installed.
        origin: only records that came from there, such as ``external-db``.

    Raises:
        NoMatchError, AmbiguousError, NamelessSpecError
        NeededByOthersError: installed packages or other environments need them.
    """
    meant = _meant(parts, texts, all_matches=all_matches, origin=origin)
    chosen = _records(parts.store, meant)
    records = removing.select(parts.store, chosen, dependents=dependents, force=force)
    here = parts.environment
    roots: list[str] = []
    if here is not None and remove_roots:
        gone = {record.hash for record in records}
        roots = [text for spec, text in here.concrete_roots() if spec.dag_hash() in gone]
    try:
        hashes = {record.hash for record in records}
        warn = parts.reporter.warning if force else None
        affected = environment_work.environments_needing(
            parts.base_settings, parts.environment_directory, hashes, warn
        )
    except SpackError as error:
        error.hint = "repair it, or uninstall without checking what environments need (--force)"
        raise
    others = {d: needed for d, needed in affected.items() if d != parts.environment_directory}
    kept: list[str] = []
    if others and not force:
        lines = [
            f"{record.name}@{record.version} /{record.hash[:7]} is needed by "
            + ", ".join(
                _label(parts.base_settings, d) for d, n in others.items() if record.hash in n
            )
            for record in records
            if any(record.hash in needed for needed in others.values())
        ]
        if not remove_roots:
            raise NeededByOthersError(
                "environments need these",
                details="\n".join(f"    {line}" for line in lines),
                hint=(
                    "remove them there (spack -e NAME remove SPEC, then spack -e NAME concretize),"
                    " or uninstall anyway (--force)"
                ),
            )
        kept = lines
        records = [r for r in records if not any(r.hash in needed for needed in others.values())]
    specs = tuple(record.spec for record in records)
    return Removal(specs, tuple(kept), tuple(roots), tuple(affected))


def _label(base_settings: Settings, directory: str) -> str:
    return "environment " + managed(base_settings).location_of(directory).label


def _meant(
    parts: Inventory, texts: Sequence[str], *, all_matches: bool, origin: str | None
) -> list[ConcreteSpec]:
    """The installed specs that the words of a user mean."""
    wanted = parse_words(texts)
    for located in wanted:
        spec = located.spec
        if len(wanted) > 1 and spec.name is None and spec.abstract_hash is None:
            raise NamelessSpecError(
                f"'{located.text}' names no package, and other specs are given",
                hint="put constraints behind the name, such as zlib ~pic",
            )
    chosen: list[ConcreteSpec] = []
    for text in [located.text for located in wanted] or [""]:
        found = find(parts, InstalledQuery((text,) if text else (), origin=origin))
        found = [item for item in found if item.spec.external is None or text or origin]
        if not found and text:
            raise no_match(parts, text)
        if len(found) > 1 and not all_matches:
            raise AmbiguousError(
                f"{len(found)} installed specs match {text}:",
                details="\n".join(f"    {i.spec.label}" for i in found),
                hint="specify one by /hash, or use --all",
            )
        chosen += [item.spec for item in found]
    return chosen


def uninstall(parts: RemovalParts, removal: Removal, *, force: bool) -> None:
    """Carry a removal out; the views of all environments that need what goes follow."""
    environment = parts.environment
    if environment is None or not removal.roots:
        _remove(parts, removal, force=force)
    else:
        # Roots that cannot be removed from the manifest are told before anything is gone.
        with environment.edit() as editor:
            for text in dict.fromkeys(removal.roots):
                editor.remove_spec(text)
            _remove(parts, removal, force=force)
            lock = environment.locked()
            environment.write_lock(without_roots(lock, removal.roots))
        parts.forget_configuration()
    directories = dict.fromkeys(removal.affected)
    if environment is not None:
        directories.setdefault(environment.directory)
    environment_work.update_views_of(directories, parts.for_environment, parts.reporter.warning)


def _remove(parts: RemovalParts, removal: Removal, *, force: bool) -> None:
    records = _records(parts.store, removal.specs)
    removed = []
    try:
        for record in removing.uninstall(parts.store, records, force=force):
            parts.reporter.success(f"Removed {record.name}@{record.version}/{record.hash[:7]}")
            removed.append(record.hash)
    finally:
        follow_uninstall(parts.settings.modules, removed, parts.reporter.warning)


def _records(store: Store, specs: Sequence[ConcreteSpec]) -> list[InstallRecord]:
    records = [store.database.get(spec.dag_hash()) for spec in specs]
    return [record for record in records if record is not None]
