"""Builds the parts of a session that stand for places: repositories, store, environments."""

from __future__ import annotations

import os
from typing import List

from spack.config.settings import Settings
from spack.environments.environment import Environment
from spack.environments.locations import ManagedEnvironments
from spack.errors import SpackError
from spack.recipes.record_cache import RecordCache
from spack.recipes.repositories import Repository, RepositoryPath
from spack.store.store import Store


class RepositoryNotHereError(SpackError):
    """A configured repository is not on this machine."""


def repository_path(settings: Settings) -> RepositoryPath:
    """The configured repositories in order of precedence.

    Raises:
        RepositoryNotHereError: one of them is not there.
    """
    cache = RecordCache(os.path.join(settings.config.misc_cache, "recipes"))
    repositories: List[Repository] = []
    for name, place in settings.repos.items():
        path = place.path or place.destination
        if path is None or not os.path.isdir(path):
            raise RepositoryNotHereError(
                f"the recipe repository '{name}' is not at {path or place.git}",
                origin=place.origin,
                hint=f"clone it there, or spack repo remove {name}",
            )
        repositories.append(Repository(path, cache=cache))
    found = RepositoryPath(repositories)
    # Recipes import build systems of other repositories, also while their records are made.
    found.serve()
    return found


def store(settings: Settings) -> Store:
    """The store of the instance and the upstreams below it."""
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


def environment(settings: Settings, directory: str) -> Environment:
    """The environment of a directory."""
    managed = ManagedEnvironments(settings.config.environments_root)
    return Environment(managed.location_of(directory))
