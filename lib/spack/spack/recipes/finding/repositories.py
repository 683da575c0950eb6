"""Repositories of recipes, and several of them in order of precedence.

A :class:`Repository` is a folder with a ``repo.yaml``. It answers with package classes, which needs
recipe code to run, and with records, which come from :mod:`spack.recipes.records.record_cache`
without running any. Constructors touch no disk. This module knows no configuration and no solver.

What runs recipe code is imported when it is needed: most commands read records only.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property

from spack.errors import Origin, SpackError
from spack.recipes.finding.configured_attributes import set_attributes
from spack.recipes.finding.recipe_problems import (
    BrokenRecipeError,
    cannot_be_loaded,
    line_of_name,
    origin_of,
    without_class,
)
from spack.recipes.finding.repository_description import (
    Description,
    RepositoryError,
    read_description,
)
from spack.recipes.records.dependents import (
    demands_table,
    dependents_table,
    make_tables,
    settings_like,
)
from spack.recipes.records.index import RepositoryIndex
from spack.recipes.records.package_records import PackageRecord
from spack.recipes.records.record_cache import RecordCache
from spack.recipes.repository_names import (
    class_name_of,
    directory_of,
    is_legal_directory,
    package_of,
)
from spack.type_names import Any


class UnknownPackageError(RepositoryError, KeyError):
    """No recipe has the name."""

    __str__ = RepositoryError.__str__


class UnknownNamespaceError(RepositoryError):
    """No repository has the namespace."""


class Repository:
    """One repository.

    Args:
        path: folder that holds ``repo.yaml``.
        cache: where records are kept; None keeps them in memory only.
        package_attributes: name -> attributes that configuration sets on the class.
    """

    def __init__(
        self,
        path: str,
        *,
        cache: RecordCache | None = None,
        package_attributes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.root = os.path.abspath(path)
        self._cache = cache if cache is not None else RecordCache(None)
        self._attributes = package_attributes or {}
        self._description: Description | None = None
        self._index: RepositoryIndex | None = None
        self._package_names: tuple[str, ...] | None = None

    # -- description ---------------------------------------------------------------------------

    @property
    def description(self) -> Description:
        """Content of ``repo.yaml``; read once."""
        if self._description is None:
            self._description = read_description(self.root)
        return self._description

    @property
    def namespace(self) -> str:
        """Namespace of the packages."""
        return self.description.namespace

    @property
    def api(self) -> tuple[int, int]:
        """Version of the recipe interface that the recipes are written for."""
        return self.description.api

    @property
    def version_1(self) -> bool:
        """Whether the repository has the older layout."""
        return self.api < (2, 0)

    @property
    def packages_dir(self) -> str:
        """Folder of the package folders."""
        return os.path.normpath(os.path.join(self.root, self.description.subdirectory))

    @property
    def names_file(self) -> str:
        """File with the names of all recipes, for shells; "" where none is kept."""
        return self._cache.names_file(self.root)

    def package_dir(self, name: str) -> str:
        """Folder of a package, whether or not it exists."""
        return os.path.join(self.packages_dir, name if self.version_1 else directory_of(name))

    def recipe_file(self, name: str) -> str:
        """File of a recipe, whether or not it exists."""
        return os.path.join(self.package_dir(name), "package.py")

    def module_name(self, name: str) -> str:
        """Python module of a recipe."""
        if self.version_1:
            return f"spack.pkg.{self.namespace}.{name.replace('-', '_')}"
        relative = os.path.relpath(self.package_dir(name), self.root)
        return ".".join(["spack_repo", self.namespace, *relative.split(os.sep), "package"])

    def __repr__(self) -> str:
        return f"Repository({self.root!r})"

    def neighbours(self) -> list[str]:
        """Folders of all repositories whose modules can be imported in this process, sorted."""
        from spack.recipes.finding.recipe_imports import recipe_finder

        self.serve()
        return sorted({folder.root for folder in recipe_finder().folders()})

    # -- classes -------------------------------------------------------------------------------

    def serve(self) -> None:
        """Make the modules of the repository importable in this process."""
        from spack.recipes.finding.recipe_imports import ServedFolder, recipe_finder

        recipe_finder().serve(
            ServedFolder(self.namespace, self.root, self.packages_dir, self.version_1)
        )

    def package_class(self, name: str) -> Any:
        """The class of a package.

        Raises :class:`UnknownPackageError`, :class:`BrokenRecipeError`.
        """
        from spack.recipes.classes.package_class import PackageBase

        self.serve()
        module_name = self.module_name(name)
        module = sys.modules.get(module_name)
        if module is None:
            path = self.recipe_file(name)
            if not os.path.isfile(path):
                raise self.unknown(name)
            try:
                module = importlib.import_module(module_name)
            except (KeyboardInterrupt, GeneratorExit):
                raise
            except BaseException as error:
                # Also what is no ordinary exception, such as that of sys.exit().
                raise cannot_be_loaded(self._fullname(name), path, self.root, error) from error
        class_name = class_name_of(name)
        found = getattr(module, class_name, None)
        if found is None:
            raise without_class(name, self.recipe_file(name), module, class_name)
        if not isinstance(found, type) or not issubclass(found, PackageBase):
            path = self.recipe_file(name)
            raise BrokenRecipeError(
                f"{class_name} in the recipe of {name} is not a package class",
                origin=Origin(path, line_of_name(path, class_name)),
                hint="derive it from Package or from the class of a build system",
            )
        set_attributes(found, self._attributes.get(name, {}))
        return found

    def _fullname(self, name: str) -> str:
        return f"{self.namespace}.{name}"

    def unknown(self, name: str) -> UnknownPackageError:
        """The error for a name that no recipe has, with what to try instead."""
        return UnknownPackageError(
            f"there is no package {name!r} in the repository {self.namespace}",
            hint=unknown_name_hint(name, self.all_names(), self.description.complete),
        )

    # -- records -------------------------------------------------------------------------------

    def list_directories(self) -> dict[str, str]:
        """Package name -> folder name, for every folder with a recipe; reads the disk."""
        found: dict[str, str] = {}
        try:
            names = sorted(os.listdir(self.packages_dir))
        except FileNotFoundError:
            return found
        for directory in names:
            if not is_legal_directory(directory, version_1=self.version_1):
                continue
            if os.path.isfile(os.path.join(self.packages_dir, directory, "package.py")):
                found[directory if self.version_1 else package_of(directory)] = directory
        return found

    def extract(self, name: str) -> PackageRecord:
        """The record of a package, made by importing its recipe."""
        from spack.recipes.classes.package_class import class_line
        from spack.recipes.finding.extraction import extract_record

        cls = self.package_class(name)
        path = self.recipe_file(name)
        try:
            return extract_record(cls, path, class_line(cls))
        except SpackError:
            raise
        except Exception as error:
            broken = cannot_be_loaded(self._fullname(name), path, self.root, error)
            if origin_of(error, self.root) is None:
                # The values are of the wrong kind: the class is where to look.
                broken.origin = Origin(path, class_line(cls))
            raise broken from error

    def index(self) -> RepositoryIndex:
        """Names, providers, tags and records of the repository; built if it is missing or old."""
        if self._index is None:
            self._index = self._cache.index_of(self)
            if self._index.is_new and self._index.folder:
                make_tables(self._index)  # while everything has to be read anyway
        return self._index

    def refresh(self) -> None:
        """Look again at the files of every recipe when asked next."""
        self._index = None
        self._package_names = None
        self._cache.check_all_files(self.root)

    def record(self, name: str) -> PackageRecord:
        """The record of a package. Raises :class:`UnknownPackageError`."""
        record = self.index().record(name)
        if record is None:
            raise self.unknown(name)
        return record

    def exists(self, name: str) -> bool:
        """Whether there is a package of that name; recipes that describe a virtual do not count."""
        index = self.index()
        return index.has(name) and name not in index.virtual_recipes()

    def has_recipe(self, name: str) -> bool:
        """Whether there is a recipe of that name, of a package or of a virtual."""
        return self.index().has(name)

    def all_names(self) -> Sequence[str]:
        """Names of all packages, sorted; recipes that describe a virtual do not count."""
        if self._package_names is None:
            virtual = set(self.virtual_recipes())
            self._package_names = tuple(n for n in self.index().names() if n not in virtual)
        return self._package_names

    def virtual_recipes(self) -> Sequence[str]:
        """Names of the recipes that only describe a virtual, sorted."""
        return self.index().virtual_recipes()


class RepositoryPath:
    """Repositories in order of precedence.

    Args:
        repositories: first one first; they share nothing.
    """

    def __init__(self, repositories: Sequence[Repository]) -> None:
        self.repositories = tuple(repositories)
        self._names: tuple[str, ...] | None = None
        self._providers: dict[str, tuple[str, ...]] = {}
        self._records: dict[str, PackageRecord] = {}

    def by_namespace(self, namespace: str) -> Repository:
        """The repository of a namespace. Raises :class:`UnknownNamespaceError`."""
        for repository in self.repositories:
            if repository.namespace == namespace:
                return repository
        known = ", ".join(repository.namespace for repository in self.repositories)
        raise UnknownNamespaceError(
            f"no repository has the namespace {namespace!r}",
            hint=f"the namespaces are: {known}" if known else "add a repository",
        )

    def _split(self, name: str) -> tuple[Repository | None, str]:
        namespace, _, plain = name.rpartition(".")
        return (self.by_namespace(namespace) if namespace else None), plain

    def repository_of(self, name: str) -> Repository:
        """The repository whose recipe a name means; the first one if none has it.

        Raises :class:`UnknownNamespaceError` for a qualified name of an unknown namespace.
        """
        qualified, plain = self._split(name)
        if qualified is not None:
            return qualified
        for repository in self.repositories:
            if repository.has_recipe(plain):
                return repository
        if not self.repositories:
            raise RepositoryError("no repository of recipes is configured")
        return self.repositories[0]

    def _owner(self, name: str) -> tuple[Repository, str]:
        repository, plain = self.repository_of(name), name.rpartition(".")[2]
        if not repository.has_recipe(plain):
            raise UnknownPackageError(
                f"there is no package {name!r}", hint=self.unknown_name_hint(plain)
            )
        return repository, plain

    def serve(self) -> None:
        """Make the modules of all repositories importable in this process."""
        for repository in self.repositories:
            repository.serve()

    def package_class(self, name: str) -> Any:
        """The class of a package, by plain or qualified name."""
        self.serve()
        qualified, plain = self._split(name)
        if qualified is not None:
            return qualified.package_class(plain)
        for repository in self.repositories:
            if os.path.isfile(repository.recipe_file(plain)):
                return repository.package_class(plain)
        repository, plain = self._owner(name)
        return repository.package_class(plain)

    def record(self, name: str) -> PackageRecord:
        """The record of a package, by plain or qualified name."""
        found = self._records.get(name)
        if found is None:
            repository, plain = self._owner(name)
            found = self._records[name] = repository.record(plain)
        return found

    def exists(self, name: str) -> bool:
        """Whether some repository has a recipe of that name."""
        try:
            qualified, plain = self._split(name)
        except UnknownNamespaceError:
            return False
        if qualified is not None:
            return qualified.exists(plain)
        return any(repository.exists(plain) for repository in self.repositories)

    def all_names(self) -> Sequence[str]:
        """Names of all packages, sorted, each once."""
        if self._names is None:
            if len(self.repositories) == 1:
                self._names = tuple(self.repositories[0].all_names())
            else:
                self._names = tuple(sorted({n for r in self.repositories for n in r.all_names()}))
        return self._names

    def is_virtual(self, name: str) -> bool:
        """Whether some recipe provides the name."""
        plain = name.rpartition(".")[2]
        return bool(self.providers(plain)) or any(
            plain in repository.virtual_recipes() for repository in self.repositories
        )

    def providers(self, virtual: str) -> Sequence[str]:
        """Names of the packages that may provide a virtual, sorted."""
        found = self._providers.get(virtual)
        if found is None:
            names = {
                name
                for repository in self.repositories
                for name in repository.index().providers(virtual)
                if self.repository_of(name) is repository
            }
            found = self._providers[virtual] = tuple(sorted(names))
        return found

    def virtuals(self) -> Sequence[str]:
        """Names of all virtuals that something provides or describes, sorted."""
        names = {name for r in self.repositories for name in r.index().virtuals()}
        return sorted(names.union(*(r.virtual_recipes() for r in self.repositories)))

    def with_tag(self, tag: str) -> Sequence[str]:
        """Names of the packages with a tag, in any case, sorted."""
        return sorted({name for r in self.repositories for name in r.index().with_tag(tag)})

    def tags(self) -> Mapping[str, Sequence[str]]:
        """Every tag, in lower case, with the names of its packages."""
        merged: dict[str, list[str]] = {}
        for repository in self.repositories:
            for tag, names in repository.index().tags().items():
                merged.setdefault(tag, []).extend(names)
        return {tag: sorted(set(names)) for tag, names in sorted(merged.items())}

    def mentioning(self, words: Sequence[str]) -> list[str]:
        """Names of packages whose record has one of the words in it somewhere, sorted."""
        return sorted(
            name
            for repository in self.repositories
            for name in repository.index().mentioning(words)
            if self.repository_of(name) is repository
        )

    def dependents(self, name: str, mask: int) -> Sequence[str]:
        """Packages with a dependency of one of the types on a package or virtual."""
        tables = self._dependents_tables
        found = [n for t in tables for n, types in t.get(name, {}).items() if types & mask]
        return found if len(tables) == 1 else list(dict.fromkeys(found))

    def demanding(self, name: str, variant: str, value: bool | str) -> Sequence[str]:
        """Packages with a directive that demands a value of a package or virtual.

        Or that demands any value; where the value is a word, also another one.
        """
        found: dict[str, None] = {}
        for table in self._demands_tables:
            for wanted in settings_like(variant, value):
                found.update(dict.fromkeys(table.get(name, {}).get(wanted, ())))
        return list(found)

    def provided_by(self, name: str) -> Sequence[str]:
        """Virtuals that a package may provide."""
        return self._virtuals_by_package.get(name, ())

    @cached_property
    def _virtuals_by_package(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for virtual in self.virtuals():
            for name in self.providers(virtual):
                found.setdefault(name, []).append(virtual)
        return found

    @cached_property
    def _dependents_tables(self) -> Sequence[Mapping[str, Mapping[str, int]]]:
        return [dependents_table(repository.index()) for repository in self.repositories]

    @cached_property
    def _demands_tables(self) -> Sequence[Mapping[str, Mapping[str, Sequence[str]]]]:
        return [demands_table(repository.index()) for repository in self.repositories]

    def broken(self) -> Mapping[str, str]:
        """Packages whose recipe could not be read -> why."""
        return {n: text for r in self.repositories for n, text in r.index().broken().items()}

    def unknown_name_hint(self, name: str) -> str:
        """Suggest something instead of a name that no package and no virtual has."""
        complete = next((r.description.complete for r in self.repositories), "")
        return unknown_name_hint(name, [*self.all_names(), *self.virtuals()], complete)


def unknown_name_hint(name: str, known: Sequence[str], complete: str) -> str:
    """Suggest something instead of a name that is not known: one like it, or a fuller repository.

    Args:
        complete: address of a repository with more recipes, "" if there is none.
    """
    import difflib

    # Among few recipes one that only looks a little like it is not what was meant.
    cutoff = 0.8 if complete else 0.7
    similar = difflib.get_close_matches(name, known, n=3, cutoff=cutoff)
    hints = [f"did you mean {' or '.join(similar)}?"] if similar else []
    if complete:
        hints.append(f"to add the public recipes: spack repo add {complete}")
    return "; ".join(hints) or "search for names with spack list"
