"""Files that people edit: recipes, build systems, parts of this program, by short names."""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.errors import NotFoundError
from spack.recipes.finding.repositories import Repository
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath


def files_to_edit(
    repositories: RepositoryPath,
    root: str,
    names: Sequence[str],
    kind: str,
    *,
    repository: str | None = None,
    namespace: str | None = None,
) -> list[str]:
    """Paths of the named files; without names the folder they are in.

    ``kind`` is package, build-system, command, docs, test or module; ``root`` is the clone.

    Raises:
        UnknownPackageError, UnknownNamespaceError, NotFoundError.
    """
    if kind == "package":
        chosen: Repository | None = None
        if repository is not None:
            chosen = Repository(repository)
        elif namespace is not None:
            chosen = repositories.by_namespace(namespace)
        if not names:
            return [(chosen or repositories.repositories[0]).packages_dir]
        return [_recipe(repositories, name, chosen) for name in names]
    folder = _folder(repositories, root, kind)
    return [_found(folder, name, kind) for name in names] or [folder]


def _recipe(repositories: RepositoryPath, name: str, repository: Repository | None) -> str:
    """The recipe of a package, also one that cannot be read."""
    owner = repository or repositories.repository_of(name)
    plain = name.rpartition(".")[2]
    path = owner.recipe_file(plain)
    if not os.path.isfile(path):
        raise owner.unknown(plain)
    return path


def _folder(repositories: RepositoryPath, root: str, kind: str) -> str:
    program = os.path.join(root, "lib", "spack", "spack")
    if kind == "build-system":
        return os.path.join(repositories.repositories[0].root, "build_systems")
    return {
        "command": os.path.join(program, "cli", "commands"),
        "docs": os.path.join(root, "lib", "spack", "docs"),
        "test": os.path.join(root, "tests"),
        "module": program,
    }[kind]


def _found(folder: str, name: str, kind: str) -> str:
    plain = name.replace("-", "_") if kind == "command" else name
    if kind == "module":
        plain = plain.replace(".", "/")
    for candidate in (plain, f"{plain}.py", f"{plain}.rst", f"test_{plain}.py"):
        path = os.path.join(folder, candidate)
        if os.path.isfile(path):
            return path
    for directory, _, files in os.walk(folder):
        for candidate in (name, f"{name}.py", f"{name}.rst", f"test_{name}.py"):
            if candidate in files:
                return os.path.join(directory, candidate)
    raise NotFoundError(f"there is no {kind} '{name}'", hint=f"look in {folder}")
