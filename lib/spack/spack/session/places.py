"""Builds the parts of a session that stand for places: repositories, store, environments.

A call works in the environment of its options, or in that of the shell.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from spack.errors import NotFoundError, SpackError, UsageError, nearest
from spack.session.options import Options
from spack.type_names import TYPE_CHECKING, Callable

# Each place needs its own layer only, and most commands need one place.
if TYPE_CHECKING:
    from spack.config.settings.place_settings import RepositoryPlace
    from spack.config.settings.settings import Settings
    from spack.environments.environment import Environment
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.store.store import Store

MANIFEST_NAME = "spack.yaml"


def repository_path(
    settings: Settings,
    user_cache: str,
    say: Callable[[str], None] = lambda text: None,
    first: Sequence[str] = (),
) -> RepositoryPath:
    """The configured repositories in order of precedence; those of git are cloned if need be.

    ``first`` are folders of repositories that come before the configured ones.

    Raises:
        NotFoundError: one of them is not there.
        CloneError, GitReferenceError: one of them cannot be cloned.
    """
    from spack.recipes.finding.repositories import Repository, RepositoryPath
    from spack.recipes.records.record_cache import RecordCache

    cache = RecordCache(os.path.join(settings.config.misc_cache, "recipes"))
    attributes = {
        name: chosen.package_attributes
        for name, chosen in settings.packages.items()
        if chosen.package_attributes
    }
    repositories = [Repository(p, cache=cache, package_attributes=attributes) for p in first]
    for place in settings.repos.values():
        for path in repository_roots(settings, place, user_cache, say):
            repositories.append(Repository(path, cache=cache, package_attributes=attributes))
    found = RepositoryPath(repositories)
    # Recipes import build systems of other repositories, also while their records are made.
    found.serve()
    return found


def repository_roots(
    settings: Settings,
    place: RepositoryPlace,
    user_cache: str,
    say: Callable[[str], None] = lambda text: None,
) -> list[str]:
    """The folders with ``repo.yaml`` that an entry of ``repos`` stands for."""
    if place.git:
        from spack.sources.repository_clones import ensure_clone, network_settings, roots

        directory = ensure_clone(place, user_cache, network_settings(settings), say)
        return roots(place, directory)
    path = place.path
    if path is None or not os.path.isdir(path):
        raise NotFoundError(
            f"there is no recipe repository '{place.name}' in {path}",
            origin=place.origin,
            hint=f"restore it, or run spack repo remove {place.name}",
        )
    return [path]


def note_for_completion(state: str, name: str, lines: Sequence[str]) -> None:
    """Keep lines for the completion of shells; written only when they differ.

    Args:
        name: ``recipes`` for folders of recipes, each with a tab and the file of its names;
            ``stores`` for roots of stores.
    """
    path = os.path.join(state, "var", "spack", "cache", "completion", name)
    wanted = os.fsencode("".join(f"{line}\n" for line in lines))
    # Quick commands come here: two questions to the file system, where open() would ask five.
    try:
        file = os.open(path, os.O_RDONLY)
        try:
            if os.read(file, len(wanted) + 1) == wanted:
                return
        finally:
            os.close(file)
    except OSError:
        pass
    from spack.system.files.kept import write_kept

    write_kept(path, wanted)


def store(settings: Settings) -> Store:
    """The store of the instance and the upstreams below it."""
    from spack.store.store import Store

    config = settings.config
    upstreams = [
        Store(upstream.install_tree, config.projections, read_only=True)
        for upstream in settings.upstreams.values()
    ]
    return Store(
        config.install_tree_root,
        config.projections,
        upstreams,
        hash_length=config.install_hash_length,
        padded_length=config.padded_length,
        database_timeout=config.db_lock_timeout,
        prefix_timeout=config.package_lock_timeout,
        locks=config.locks,
    )


def environment(
    settings: Settings, directory: str, repositories: Callable[[], RepositoryPath]
) -> Environment:
    """The environment of a directory; the repositories tell whose names its roots can have."""
    from spack.environments.environment import Environment
    from spack.environments.locations import ManagedEnvironments

    managed = ManagedEnvironments(settings.config.environments_root)

    def stands_for(name: str, package: str) -> bool:
        try:
            known = repositories()
        except SpackError:  # What needs recipes tells of it; a lock can be read without.
            return True
        return not known.exists(name) or name in known.provided_by(package)

    return Environment(managed.location_of(directory), stands_for)


def active_directory(
    options: Options, variables: Mapping[str, str], managed_root: Callable[[], str]
) -> str | None:
    """Directory of the environment: ``-e``, ``-D``, ``SPACK_ENV``; None without, and with ``-E``.

    Args:
        managed_root: where environments have names; asked for where one is given by name.

    Raises:
        UsageError: it has no manifest.
    """
    active = variables.get("SPACK_ENV") or None
    name = active if options.environment is None else options.environment
    if options.no_environment or name is None:
        return None
    by_directory = options.directory or "/" in name
    if options.environment is None:
        directory = name
    elif by_directory:
        directory = os.path.abspath(name)
    else:
        directory = os.path.join(managed_root(), name)
        if not _has_manifest(directory) and os.path.isdir(name):
            directory = os.path.abspath(name)
    if _has_manifest(directory):
        return directory
    text = f"there is no environment '{name}'"
    hint = "list environments with spack env list, or create one with spack env create"
    if name == active:
        hint = "run spack env deactivate, or use -E to ignore it"
    elif by_directory:
        text = f"there is no environment in {directory}"
        hint = f"create one with spack env create -d {name}"
    else:
        from spack.environments.locations import ManagedEnvironments

        close = nearest(name, ManagedEnvironments(managed_root()).names())
        hint = f"did you mean '{close[0]}'?" if close else hint
    raise UsageError(text, hint=hint)


def scope_directory(place: str, state: str) -> str:
    """A ``-C`` value: a directory, or the name of an environment below the state of an instance."""
    managed = os.path.join(state, "var", "spack", "environments", place)
    if not os.path.isdir(place) and _has_manifest(managed):
        return managed
    return place


def _has_manifest(directory: str) -> bool:
    return os.path.isfile(os.path.join(directory, MANIFEST_NAME))
