"""Brings the recipes of a repository to the second recipe interface.

There, a recipe imports the build system that it inherits from, and a package's folder is a Python
module. Texts are changed line by line, so that everything else stays as its author wrote it.
"""

from __future__ import annotations

import ast
import os
import re

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.recipes.finding.repositories import Repository
from spack.recipes.finding.repository_description import read_description
from spack.recipes.repository_names import directory_of
from spack.system.files.writing import atomic_write
from spack.type_names import TYPE_CHECKING
from spack.work.machine.settings_edits import repository_place, repository_rows

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import MigrationParts

_CLASS = re.compile(r"^class (\w+)\b", re.MULTILINE)


class MigrationError(SpackError):
    """A repository cannot be migrated."""


class _Change(NamedTuple):
    path: str
    text: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def migrate(parts: MigrationParts, wanted: str, *, write_changes: bool) -> list[str]:
    """Changes to make in a repository, a line each; ``write_changes`` makes them.

    Raises:
        MigrationError: the repository cannot be moved to the new layout where it is.
    """
    root = _root_of(parts.settings, parts.user_cache, wanted)
    repository = Repository(root)
    sources = _build_system_classes(parts.repositories)
    moves: list[tuple[str, str]] = []
    changes: list[_Change] = []
    for name, directory in sorted(repository.list_directories().items()):
        path = os.path.join(repository.packages_dir, directory, "package.py")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        lines = missing_imports(text, sources)
        if lines:
            what = "imports " + ", ".join(line.rpartition(" ")[2] for line in lines)
            changes.append(_Change(path, _with_imports(text, lines), what))
        if repository.version_1 and directory_of(name) != directory:
            moves.append((directory, directory_of(name)))
    notes = [str(change) for change in changes]
    packages = repository.packages_dir
    notes += [f"{os.path.join(packages, old)}: becomes {new}" for old, new in moves]
    description = read_description(root)
    if repository.version_1:
        notes.append(f"{os.path.join(root, 'repo.yaml')}: api becomes v2.0")
        folders = root.split(os.sep)[-1 - description.namespace.count(".") :]
        if folders != description.namespace.split(".") or "spack_repo" not in root.split(os.sep):
            raise MigrationError(
                f"the repository in {root} must first be in"
                f" spack_repo/{description.namespace.replace('.', '/')} first",
                hint="move it there, then spack repo migrate with the new path",
            )
    if not write_changes:
        return notes
    for change in changes:
        atomic_write(change.path, change.text)
    for old, new in moves:
        os.rename(os.path.join(packages, old), os.path.join(packages, new))
    if repository.version_1:
        lines = [f"repo:\n  namespace: '{description.namespace}'\n  api: v2.0\n"]
        if description.subdirectory != "packages":
            lines.append(f"  subdirectory: '{description.subdirectory}'\n")
        atomic_write(os.path.join(root, "repo.yaml"), "".join(lines))
    return notes


def _root_of(settings: Settings, user_cache: str, wanted: str) -> str:
    if os.path.isfile(os.path.join(wanted, "repo.yaml")):
        return os.path.abspath(wanted)
    place = repository_place(settings, user_cache, wanted)
    rows = [row for row in repository_rows(settings, user_cache) if row.name == place.name]
    return rows[0].path


def _build_system_classes(repositories: RepositoryPath) -> dict[str, str]:
    """Class -> module of the build systems of the configured repositories."""
    found: dict[str, str] = {}
    for repository in repositories.repositories:
        folder = os.path.join(repository.root, "build_systems")
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".py") or name.startswith("_"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                for match in _CLASS.finditer(file.read()):
                    module = f"spack_repo.{repository.namespace}.build_systems.{name[:-3]}"
                    found.setdefault(match.group(1), module)
    return found


def missing_imports(text: str, sources: dict[str, str]) -> list[str]:
    """Import lines of the build system classes that a recipe uses and does not import."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    known = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    known |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return [f"from {sources[name]} import {name}" for name in sorted((used & set(sources)) - known)]


def _with_imports(text: str, lines: list[str]) -> str:
    """The recipe with imports before those it has."""
    place = re.search(r"^(from|import|class) ", text, re.MULTILINE)
    at = place.start() if place else len(text)
    return text[:at] + "".join(f"{line}\n" for line in lines) + text[at:]
