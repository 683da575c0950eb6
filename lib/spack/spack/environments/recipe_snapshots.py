"""Copies of the recipes that an environment's specs were concretized with.

Below ``.spack-env/repos/<namespace>`` each namespace is a complete recipe repository, so another
version of this program can use it. Environments of older versions have ``.spack-env/repo``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from spack.environments.environment import Environment
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.system.files.writing import mkdirp
from spack.type_names import Callable


class RecipeFolder(NamedTuple):
    """The place of a recipe: its folder, and the ``repo.yaml`` of its repository."""

    folder: str
    repository_file: str


def save_recipes(
    environment: Environment,
    specs: Iterable[ConcreteSpec],
    folder_of: Callable[[ConcreteSpec], RecipeFolder | None],
) -> list[str]:
    """Copy the recipes of all nodes that have no copy yet; returns the new folders.

    ``folder_of`` finds the recipe of a spec; None when it is not known any more.
    """
    made = []
    for spec in specs:
        source = folder_of(spec)
        if source is None:
            continue
        root = os.path.join(environment.repos, spec.namespace, "spack_repo", spec.namespace)
        target = os.path.join(root, "packages", os.path.basename(source.folder))
        if os.path.isdir(target):
            continue
        mkdirp(os.path.dirname(target))
        repository_file = os.path.join(root, "repo.yaml")
        if not os.path.exists(repository_file):
            shutil.copyfile(source.repository_file, repository_file)
        staged = f"{target}.{os.getpid()}"
        shutil.copytree(source.folder, staged, ignore=shutil.ignore_patterns("__pycache__"))
        os.rename(staged, target)
        made.append(target)
    return made


def saved_repositories(environment: Environment) -> list[str]:
    """Directories of the repositories kept in the environment, for ``--use-env-repo``."""
    found = []
    for place in (environment.repos, os.path.join(environment.internal, "repo")):
        if os.path.exists(os.path.join(place, "repo.yaml")):
            found.append(place)
        elif os.path.isdir(place):
            for namespace in sorted(os.listdir(place)):
                root = os.path.join(place, namespace, "spack_repo", namespace)
                flat = os.path.join(place, namespace)
                for candidate in (root, flat):
                    if os.path.exists(os.path.join(candidate, "repo.yaml")):
                        found.append(candidate)
                        break
    return found
