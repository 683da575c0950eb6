"""The present state of a repository's recipes, which tells that their records are still right.

A signature changes with the files that it is made of. It is compared with the one of a former
time; made to be kept (``seen``), it has a mark in place of a file that was changed only just
before, so that the next one differs. Knows no record and no recipe.
"""

from __future__ import annotations

import os
import sys
import time

import spack
from spack.language import digests
from spack.named_tuples import NamedTuple
from spack.system.files.kept import lasting_stamp
from spack.type_names import Any, Protocol

#: Numbers of :attr:`.Stamp.lasting` in a table, and those that no file has.
StampRow = tuple[int, int, int]
UNKNOWN: StampRow = (0, -1, 0)

#: Modules whose change makes other records of the same recipes.
_MAKERS = (
    "declaring/declarations",
    "declaring/directive_scope",
    "declaring/relation_directives",
    "declaring/source_directives",
    "declaring/variant_directives",
    "declaring/variants",
    "finding/extraction",
    "hashing/canonical_expressions",
    "hashing/canonical_text",
    "hashing/content_hash",
    "hashing/package_hash",
    "hashing/recipe_text",
    "records/package_records",
    "records/record_json",
)


class RecipeSource(Protocol):
    """The repository, as far as the cache of its records needs it, but for the records."""

    root: str

    @property
    def packages_dir(self) -> str:
        """Folder of the package folders."""

    def list_directories(self) -> dict[str, str]:
        """Package name -> folder name."""

    def recipe_file(self, name: str) -> str:
        """File of a recipe."""

    def neighbours(self) -> list[str]:
        """Folders of all repositories that recipes can import from now, in order."""


class RecipeState(NamedTuple):
    """The recipes of a repository, looked at before they are read.

    Attributes:
        stamps: package name -> stamp of its recipe.
        signatures: of the program (``program``), of what recipes share (``shared``), and of the
            folder of packages (``folder``).
        listed: time of the folder of packages (ns) before it was listed; 0 if it may still change
            within that step of the clock.
    """

    stamps: dict[str, StampRow]
    signatures: dict[str, str]
    listed: int


def state_of(source: RecipeSource, formats: tuple[int, ...]) -> RecipeState:
    """The present state of a repository, to be kept."""
    seen = time.time_ns()
    signatures = {
        "program": program_signature(formats, seen),
        "shared": shared_signature(source, seen),
        "folder": folder_signature(source, seen),
    }
    listed = stamp_row(source.packages_dir, seen)[0]
    names = source.list_directories()
    stamps = {n: stamp_row(source.recipe_file(n), seen) for n in names}
    return RecipeState(stamps, signatures, listed)


def stamp_row(path: str, seen: int | None = None) -> StampRow:
    """The stamp of a file, :data:`UNKNOWN` where there is none that can be relied on."""
    time_ns, size, inode = lasting_stamp(path, seen) or UNKNOWN
    return time_ns, size, inode


def program_signature(formats: tuple[int, ...], seen: int | None = None) -> str:
    """Changes with this program: its version, some formats, the modules that make records."""
    layer = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parts: list[Any] = [spack.__version__, formats, sys.version_info[:2]]
    parts += [lasting_stamp(os.path.join(layer, name + ".py"), seen) for name in _MAKERS]
    return sha256(repr(parts))


def shared_signature(source: RecipeSource, seen: int | None = None) -> str:
    """Changes with what all recipes of a repository share: everything outside of the packages."""
    found: list[Any] = []
    for directory, folders, files in os.walk(source.root):
        folders[:] = [
            name
            for name in folders
            if not name.startswith((".", "__"))
            and os.path.join(directory, name) != source.packages_dir
        ]
        for name in files:
            if name.endswith((".py", ".yaml")):
                path = os.path.join(directory, name)
                found.append((os.path.relpath(path, source.root), lasting_stamp(path, seen)))
    return sha256(repr(sorted(found, key=lambda item: str(item[0]))))


def folder_signature(source: RecipeSource, seen: int | None = None) -> str:
    """Changes when packages come or go, and when git changes files."""
    paths = (source.packages_dir, *git_files(source.root))
    return repr([lasting_stamp(path, seen) for path in paths])


def git_files(directory: str) -> list[str]:
    """Files that change when git changes what is in a directory; none outside of a clone."""
    while True:
        git = os.path.join(directory, ".git")
        if os.path.exists(git):
            git = _git_directory(git)
            return [os.path.join(git, "index"), os.path.join(git, "HEAD")]
        parent = os.path.dirname(directory)
        if parent == directory:
            return []
        directory = parent


def _git_directory(path: str) -> str:
    """The directory of git: ``.git`` itself, or in a further work tree what that file names."""
    if not os.path.isfile(path):
        return path
    with open(path, encoding="utf-8", errors="replace") as file:
        named = file.read().partition("gitdir:")[2].strip()
    return os.path.join(os.path.dirname(path), named)


def sha256(text: str) -> str:
    """The digest of a text."""
    return str(digests.sha256(text.encode()).hexdigest())
