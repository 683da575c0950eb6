"""Environments and their manifests: find, create, remove, change roots. Solves and builds nothing.

What needs the solver or the store's contents is in :mod:`spack.work.projects.environment_work`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.environments.locations import Location, ManagedEnvironments, is_environment, note_root
from spack.errors import Origin, SpackError, UsageError
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.config.loading import Instance
    from spack.config.settings.settings import Settings
    from spack.config.values.path_variables import PathVariables
    from spack.config.values.values import Value
    from spack.environments.concretization import LockStatus
    from spack.environments.environment import Environment
    from spack.environments.manifests.manifest import Manifest
    from spack.environments.manifests.spec_lists import UserSpec
    from spack.language.concrete_specs import ConcreteSpec
    from spack.language.specs import Located
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import (
        ActivePlaceParts,
        HasEnvironment,
        ManagedParts,
        ManifestParts,
        RootParts,
    )


class RootLine(NamedTuple):
    """A root of an environment for display; ``concrete`` is None while it is not locked.

    ``group`` is empty outside of groups.
    """

    text: str
    concrete: ConcreteSpec | None
    group: str = ""


class EnvironmentLine(NamedTuple):
    """A managed environment for display."""

    name: str
    active: bool


def active(parts: HasEnvironment) -> Environment:
    """The active environment. Raises UsageError when there is none."""
    environment = parts.environment
    if environment is None:
        raise UsageError(
            "this command needs an active environment",
            hint=(
                "activate one with spacktivate NAME, use spack -e NAME …, or create one"
                " with spack env create NAME"
            ),
        )
    return environment


def place_of(
    parts: ActivePlaceParts, name: str, *, by_directory: bool, member: str | None
) -> tuple[str, str | None]:
    """The directory that a name of an environment means, and which environment of a project.

    Args:
        member: the environment of the project, if it is given apart; else a name that is not that
            of a managed environment is that of one in the active project.

    Raises:
        EnvironmentNotFoundError, UsageError: there is no such environment.
    """
    environments = managed(parts.base_settings)
    own = None if parts.place is None else parts.place.project
    if not by_directory and member is None and own is not None and name in own.environments:
        if not environments.exists(name):
            return parts.environment_directory or "", name
    return environments.find(name, by_directory=by_directory).directory, member


def managed(base_settings: Settings) -> ManagedEnvironments:
    """The environments below the configured root."""
    return ManagedEnvironments(base_settings.config.environments_root)


def environment_lines(base_settings: Settings, here: str | None) -> list[EnvironmentLine]:
    """Managed environments by name; ``here`` is the directory of the active one."""
    environments = managed(base_settings)
    return [
        EnvironmentLine(name, environments.directory(name) == here) for name in environments.names()
    ]


def create(
    base_settings: Settings,
    instance: Instance,
    name: str,
    source: str | None,
    *,
    directory: bool,
    view: bool | str | None,
    keep_relative: bool,
    include_concrete: Sequence[str],
) -> Environment:
    """Make an environment, managed by name or in a directory."""
    from spack.environments import creation

    environments = managed(base_settings)
    if directory or (os.sep in name and name.startswith((".", os.sep))):
        location = Location(os.path.abspath(name), None)
    else:
        location = Location(environments.directory(name), name)
    origin = source
    if source is not None and not os.path.exists(source) and environments.exists(source):
        origin = environments.directory(source)
    included = [environments.find(text).directory for text in include_concrete]
    environment = creation.create(
        location,
        origin,
        view=view_path(view) if isinstance(view, str) else view,
        keep_relative=keep_relative,
        include_concrete=included,
    )
    root = base_settings.config.environments_root
    default = os.path.join(instance.state, "var", "spack", "environments")
    note_root(instance.user_cache_path, instance.root, root, default)
    return environment


def view_path(written: str) -> str:
    """The path of a view from the command line: relative ones count from the working directory."""
    return written if written.startswith(("$", "~")) else os.path.abspath(written)


def remove(parts: ManagedParts, names: Sequence[str], *, force: bool) -> list[str]:
    """Remove environments; their names. Active and included ones only with ``force``."""
    from spack.environments import creation
    from spack.environments.environment import Environment

    environments = managed(parts.base_settings)
    found = [environments.find(name) for name in names]
    for location in found:
        _refuse_active(parts.environment_directory, location.label, location.directory, force)
    _refuse_included(parts, found, force)
    for location in found:
        creation.remove(Environment(location))
    return [location.label for location in found]


def _refuse_included(parts: ManagedParts, leaving: Sequence[Location], force: bool) -> None:
    """Refuse, without ``force``, that an environment leaves which one that stays includes."""
    for location in leaving:
        including = [] if force else _including(parts, location, leaving)
        if including:
            raise UsageError(
                f"{location.label} is included by {', '.join(including)}",
                hint="remove it from their include_concrete first, or use --force",
            )


def _including(parts: ManagedParts, included: Location, leaving: Sequence[Location]) -> list[str]:
    """Labels of the managed environments that stay and include one."""
    from spack.environments.environment import Environment

    environments = managed(parts.base_settings)
    place = os.path.realpath(included.directory)
    found = []
    for location in (environments.find(name) for name in environments.names()):
        if location in leaving:
            continue
        try:
            places = Environment(location).included_places(parts.configuration.paths.substitute)
        except SpackError:
            continue
        if any(os.path.realpath(directory) == place for directory, _ in places):
            found.append(location.label)
    return found


def rename(
    parts: ManagedParts, old: str, new: str, *, directory: bool, force: bool
) -> tuple[str, str]:
    """Move an environment; its old and new label. With ``directory`` both are directories."""
    from spack.environments import creation
    from spack.environments.environment import Environment

    environments = managed(parts.base_settings)
    found = environments.find(old, by_directory=directory)
    _refuse_active(parts.environment_directory, found.label, found.directory, force)
    _refuse_included(parts, [found], force)
    target = Location(os.path.abspath(new), None)
    if not directory:
        target = Location(environments.directory(new), new)
    moved = creation.rename(Environment(found), target, force=force)
    return found.label, moved.label


def track(base_settings: Settings, directory: str, name: str | None) -> str:
    """Give the environment in a directory a name; the name."""
    chosen = name or os.path.basename(os.path.abspath(directory))
    managed(base_settings).track(directory, chosen)
    return chosen


def untrack(
    base_settings: Settings, here: str | None, names: Sequence[str], *, force: bool
) -> list[tuple[str, str]]:
    """Take names of tracked environments away; names with directories, which stay."""
    environments = managed(base_settings)
    for name in names:
        _refuse_active(here, name, environments.directory(name), force)
    return [(name, environments.untrack(name)) for name in names]


def _refuse_active(here: str | None, label: str, directory: str, force: bool) -> None:
    """Refuse the active environment, also by another path that leads to it, without ``force``."""
    if here is not None and os.path.realpath(here) == os.path.realpath(directory) and not force:
        raise UsageError(
            f"{label} is active", hint="deactivate it first with despacktivate, or use --force"
        )


def ensure(
    base_settings: Settings,
    instance: Instance,
    name: str,
    source: str | None,
    *,
    directory: bool,
    keep_relative: bool,
) -> bool:
    """Make an environment unless it is there; whether it was made."""
    place = os.path.abspath(name) if directory else managed(base_settings).directory(name)
    if is_environment(place):
        return False
    create(
        base_settings,
        instance,
        name,
        source,
        directory=directory,
        view=None,
        keep_relative=keep_relative,
        include_concrete=(),
    )
    return True


# -- roots -------------------------------------------------------------------------------------


def condition_of(place: Instance | PathVariables) -> Callable[[str, Origin], bool]:
    """Says whether a ``when`` clause of the manifest holds here."""
    from spack.config.scopes.conditions import evaluate

    return lambda clause, origin: evaluate(clause, place.host, place.variables, origin)


def user_specs(configuration: Configuration, environment: Environment) -> list[UserSpec]:
    """The roots of the manifest, expanded."""
    return environment.user_specs(condition_of(configuration.paths), _definitions(configuration))


def user_specs_of(configuration: Configuration, manifest: Manifest) -> list[UserSpec]:
    """The roots of a manifest that is made of features, expanded."""
    return manifest.user_specs(condition_of(configuration.paths), _definitions(configuration))


def _definitions(configuration: Configuration) -> Value | None:
    return configuration.section("definitions") if configuration.has("definitions") else None


def explicit_roots(environment: Environment) -> list[ConcreteSpec]:
    """The locked roots that count as asked for: not those of groups that say otherwise.

    Roots of included environments do.
    """
    from spack.environments.concretization import locked_groups

    lock = environment.read_lock()
    if lock is None:
        return []
    implicit = {group.name for group in environment.manifest.groups if not group.explicit}
    return [
        spec
        for group, (spec, _) in zip(locked_groups(lock), lock.root_specs())
        if group not in implicit
    ] + [spec for spec, _ in lock.included_roots()]


def root_status(parts: RootParts, environment: Environment) -> LockStatus:
    """The roots as they are solved, and how the lock compares with them.

    Recipes are asked only about combinations of matrices that are not locked.
    """
    roots = user_specs(parts.configuration, environment)
    status = environment.status(roots)
    if any(root.from_matrix for root in status.new):
        from spack.environments.manifests.applicability import applicable
        from spack.environments.recipe_capabilities import RecipeCapabilities

        applied, _ = applicable(roots, RecipeCapabilities(parts.repositories))
        status = environment.status(applied)
    return status


def root_lines(parts: RootParts) -> list[RootLine]:
    """Roots of the active environment with what they were concretized to."""
    status = root_status(parts, active(parts))
    return [RootLine(root.text, spec, root.group) for root, spec in status.roots]


def included_lines(parts: HasEnvironment) -> list[RootLine]:
    """Roots of the environments that the active one includes."""
    lock = active(parts).read_lock()
    return [] if lock is None else [RootLine(text, spec) for spec, text in lock.included_roots()]


def add(
    environment: Environment,
    repositories: RepositoryPath,
    instance: Instance,
    specs: Sequence[Located],
    list_name: str | None = None,
) -> list[str]:
    """Add roots; the texts that were new. Refuses names that no repository knows."""
    from spack.environments.manifests.spec_lists import ROOTS
    from spack.solve.explaining.checks import unknown_package

    for located in specs:
        name = located.spec.name
        if not name and list_name is None and not located.spec.abstract_hash:
            raise UsageError(
                f"'{located.text}' does not name a package",
                hint="a definition may contain constraints alone: spack add --list-name",
            )
        if name and not repositories.exists(name) and not repositories.is_virtual(name):
            raise unknown_package(repositories, name, located.origin)
    added = []
    with environment.edit() as editor:
        for located in specs:
            if editor.add_spec(located.text, list_name or ROOTS, condition_of(instance)):
                added.append(located.text)
    return added


def remove_roots(
    parts: ManifestParts, specs: Sequence[Located], list_name: str | None, *, everything: bool
) -> list[str]:
    """Remove roots from the manifest; what was removed. The lock follows at the next concretize."""
    from spack.environments.manifests.spec_lists import ROOTS

    environment = active(parts)
    holds = condition_of(parts.instance)
    removed: list[str] = []
    with environment.edit() as editor:
        if everything:
            removed = [root.text for root in user_specs(parts.configuration, environment)]
            editor.set_key([ROOTS], [])
        for located in specs:
            removed += editor.remove_spec(located.text, list_name or ROOTS, holds)
    return removed
