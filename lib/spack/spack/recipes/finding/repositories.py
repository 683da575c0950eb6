"""Repositories of recipes, and several of them in order of precedence.

A :class:`Repository` is a folder with a ``repo.yaml``. It answers with package classes, which needs
recipe code to run, and with records, which come from :mod:`spack.recipes.records.record_cache`
without running any. Constructors touch no disk. This module knows no configuration and no solver.

What runs recipe code is imported when it is needed: most commands read records only.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from functools import cached_property
from types import ModuleType
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from spack.errors import Origin, SpackError
from spack.recipes.records.dependents import (
    demands_table,
    dependents_table,
    make_tables,
    settings_like,
)
from spack.recipes.records.record_cache import Progress, RecordCache, RepositoryIndex
from spack.recipes.records.records import PackageRecord
from spack.recipes.repository_names import (
    class_name_of,
    directory_of,
    is_legal_directory,
    package_of,
)

#: Newest recipe interface that this program serves.
NEWEST_API = (2, 4)

_OVERRIDDEN = "_configured_attributes"
_MISSING = object()


class RepositoryError(SpackError):
    """A repository, or a recipe in it, cannot be read."""


class UnknownPackageError(RepositoryError, KeyError):
    """No recipe has the name."""

    __str__ = RepositoryError.__str__


class UnknownNamespaceError(RepositoryError):
    """No repository has the namespace."""


class BrokenRecipeError(RepositoryError):
    """A recipe cannot be imported; other recipes are not affected."""


class Description(NamedTuple):
    """The content of a ``repo.yaml``.

    ``complete`` is the address of a repository with recipes that this one lacks, "" for none.
    """

    namespace: str
    subdirectory: str
    api: Tuple[int, int]
    complete: str


def read_description(root: str) -> Description:
    """Read ``repo.yaml`` of a repository. Raises :class:`RepositoryError`."""
    path = os.path.join(root, "repo.yaml")
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise RepositoryError(
            f"there is no repository in {root}: {error.strerror} ({path})",
            hint="a repository is a folder with a file repo.yaml",
        ) from error
    values = _read_words(path, lines)
    api = _api_version(path, values.get("api", "v1.0"))
    namespace = values.get("namespace", "")
    if api >= (2, 0):
        namespace = _namespace_of_place(root, path, namespace)
    elif not namespace:
        raise RepositoryError("the repository has no namespace", origin=Origin(path))
    if not re.fullmatch(r"[A-Za-z_][\w.-]*", namespace):
        raise RepositoryError(f"{namespace!r} cannot be a namespace", origin=Origin(path))
    subdirectory = values.get("subdirectory", "packages")
    return Description(namespace, subdirectory, api, values.get("complete", ""))


def _read_words(path: str, lines: Sequence[str]) -> Dict[str, str]:
    """The words below ``repo:``; the file has one level of mapping and nothing else.

    Read without a YAML parser, which costs more than most commands; written in one line, with it.
    """
    values: Dict[str, str] = {}
    inside = False
    for number, line in enumerate(lines, start=1):
        text = re.sub(r"(^|\s)#.*", "", line).rstrip()
        if not text or text in ("---", "..."):
            continue
        match = re.fullmatch(r"(\s*)([A-Za-z_]+)\s*:\s*(.*)", text)
        if match is None or (match.group(1) and not inside):
            raise RepositoryError(
                f"cannot read {text.strip()!r}",
                origin=Origin(path, number),
                hint="the file holds 'repo:' and below it namespace, api and subdirectory",
            )
        key, value = match.group(2), match.group(3).strip().strip("'\"")
        if not match.group(1):
            inside = key == "repo"
            if inside and value.startswith("{"):
                return _read_inline(path)
        elif inside:
            values[key] = value
    return values


def _read_inline(path: str) -> Dict[str, str]:
    from spack.system.files.yaml_files import load

    data = load(path)
    return {str(key): str(value) for key, value in data["repo"].items()}


def _api_version(path: str, text: str) -> Tuple[int, int]:
    match = re.fullmatch(r"v(\d+)\.(\d+)", text)
    if match is None:
        raise RepositoryError(f"{text!r} is not a version such as v2.2", origin=Origin(path))
    version = (int(match.group(1)), int(match.group(2)))
    if not (1, 0) <= version <= NEWEST_API:
        newest = ".".join(map(str, NEWEST_API))
        raise RepositoryError(
            f"the repository needs recipe interface {text}; v1.0 to v{newest} are known",
            origin=Origin(path),
        )
    return version


def _namespace_of_place(root: str, path: str, stated: str) -> str:
    parts = os.path.abspath(root).split(os.sep)
    if "spack_repo" not in parts[:-1]:
        raise RepositoryError(
            "a repository with api v2 must lie in a folder named spack_repo",
            origin=Origin(path),
            hint="put it in …/spack_repo/<namespace>",
        )
    place = len(parts) - 1 - parts[::-1].index("spack_repo")
    namespace = ".".join(parts[place + 1 :])
    if stated and stated != namespace:
        raise RepositoryError(
            f"the namespace {stated!r} does not agree with the folder, which says {namespace!r}",
            origin=Origin(path),
        )
    return namespace


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
        cache: Optional[RecordCache] = None,
        package_attributes: Optional[Mapping[str, Mapping[str, Any]]] = None,
    ) -> None:
        self.root = os.path.abspath(path)
        self._cache = cache if cache is not None else RecordCache(None)
        self._attributes = package_attributes or {}
        self._description: Optional[Description] = None
        self._index: Optional[RepositoryIndex] = None
        self._package_names: Optional[Tuple[str, ...]] = None

    # -- description ---------------------------------------------------------------------------

    @property
    def description(self) -> Description:
        """What ``repo.yaml`` says; read once."""
        if self._description is None:
            self._description = read_description(self.root)
        return self._description

    @property
    def namespace(self) -> str:
        """Namespace of the packages."""
        return self.description.namespace

    @property
    def api(self) -> Tuple[int, int]:
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

    def neighbours(self) -> List[str]:
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
                raise self._broken(name, path, error) from error
        class_name = class_name_of(name)
        found = getattr(module, class_name, None)
        if found is None:
            raise self._without_class(name, module, class_name)
        if not isinstance(found, type) or not issubclass(found, PackageBase):
            path = self.recipe_file(name)
            raise BrokenRecipeError(
                f"{class_name} in the recipe of {name} is not a package class",
                origin=Origin(path, _line_of_name(path, class_name)),
                hint="let it inherit from Package or from the class of a build system",
            )
        set_attributes(found, self._attributes.get(name, {}))
        return found

    def _without_class(self, name: str, module: ModuleType, class_name: str) -> BrokenRecipeError:
        """The error for a recipe whose class is missing or called otherwise."""
        path = self.recipe_file(name)
        others = [
            word
            for word, value in vars(module).items()
            if isinstance(value, type) and value.__module__ == module.__name__
        ]
        line = _line_of_name(path, others[0]) if others else 1
        there = f"; it defines {', '.join(others)}" if others else ""
        return BrokenRecipeError(
            f"the recipe of {name} defines no class {class_name}{there}",
            origin=Origin(path, line),
            hint=f"the class of {name} must be called {class_name}",
        )

    def unknown(self, name: str) -> UnknownPackageError:
        """The error for a name that no recipe has, with what to try instead."""
        return UnknownPackageError(
            f"there is no package {name!r} in the repository {self.namespace}",
            hint=unknown_name_hint(name, self.all_names(), self.description.complete),
        )

    def _broken(self, name: str, path: str, error: BaseException) -> BrokenRecipeError:
        origin = _origin_of(error, self.root) or Origin(path, _line_of_problem(path))
        if isinstance(error, SpackError):
            text, hint, details = error.message, error.hint, error.details
        else:
            text, hint, details = f"{type(error).__name__}: {error}", None, None
            if isinstance(error, SyntaxError):
                text = f"{error.msg}"
            text = " ".join(text.split())
        return BrokenRecipeError(
            f"the recipe of {self.namespace}.{name} cannot be loaded: {text}",
            origin=origin,
            hint=hint,
            details=details,
        )

    # -- records -------------------------------------------------------------------------------

    def list_directories(self) -> Dict[str, str]:
        """Package name -> folder name, for every folder with a recipe; reads the disk."""
        found: Dict[str, str] = {}
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
            broken = self._broken(name, path, error)
            if _origin_of(error, self.root) is None:
                # The values are of the wrong kind: the class is where to look.
                broken.origin = Origin(path, class_line(cls))
            raise broken from error

    def index(self, progress: Optional[Progress] = None) -> RepositoryIndex:
        """Names, providers, tags and records of the repository; built if it is missing or old."""
        if self._index is None:
            self._index = self._cache.index_of(self, progress)
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

    def providers(self, virtual: str) -> Sequence[str]:
        """Names of the packages that may provide a virtual, sorted."""
        return self.index().providers(virtual)

    def virtuals(self) -> Sequence[str]:
        """Names of all virtuals that something provides, sorted."""
        return self.index().virtuals()

    def with_tag(self, tag: str) -> Sequence[str]:
        """Names of the packages with a tag, in any case, sorted."""
        return self.index().with_tag(tag)

    def tags(self) -> Mapping[str, Sequence[str]]:
        """Every tag, in lower case, with the names of its packages."""
        return self.index().tags()


class RepositoryPath:
    """Repositories in order of precedence.

    Args:
        repositories: first one first; they share nothing.
    """

    def __init__(self, repositories: Sequence[Repository]) -> None:
        self.repositories = tuple(repositories)
        self._names: Optional[Tuple[str, ...]] = None
        self._providers: Dict[str, Tuple[str, ...]] = {}
        self._records: Dict[str, PackageRecord] = {}

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

    def _split(self, name: str) -> Tuple[Optional[Repository], str]:
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

    def _owner(self, name: str) -> Tuple[Repository, str]:
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
                for name in repository.providers(virtual)
                if self.repository_of(name) is repository
            }
            found = self._providers[virtual] = tuple(sorted(names))
        return found

    def virtuals(self) -> Sequence[str]:
        """Names of all virtuals that something provides or describes, sorted."""
        names = {name for r in self.repositories for name in r.virtuals()}
        return sorted(names.union(*(r.virtual_recipes() for r in self.repositories)))

    def with_tag(self, tag: str) -> Sequence[str]:
        """Names of the packages with a tag, in any case, sorted."""
        return sorted({name for r in self.repositories for name in r.with_tag(tag)})

    def tags(self) -> Mapping[str, Sequence[str]]:
        """Every tag, in lower case, with the names of its packages."""
        merged: Dict[str, List[str]] = {}
        for repository in self.repositories:
            for tag, names in repository.tags().items():
                merged.setdefault(tag, []).extend(names)
        return {tag: sorted(set(names)) for tag, names in sorted(merged.items())}

    def mentioning(self, words: Sequence[str]) -> List[str]:
        """Names of packages whose record has one of the words in it somewhere, sorted."""
        return sorted(
            name
            for repository in self.repositories
            for name in repository.index().mentioning(words)
            if self.repository_of(name) is repository
        )

    def dependents(self, name: str, mask: int) -> Sequence[str]:
        """Packages with a dependency of one of the types on a package or virtual."""
        found: Dict[str, None] = {}
        for table in self._dependents_tables:
            found.update((n, None) for n, types in table.get(name, {}).items() if types & mask)
        return list(found)

    def demanding(self, name: str, variant: str, value: Union[bool, str]) -> Sequence[str]:
        """Packages with a directive that demands a value of a package or virtual.

        Or that demands any value; where the value is a word, also another one.
        """
        found: Dict[str, None] = {}
        for table in self._demands_tables:
            for wanted in settings_like(variant, value):
                found.update(dict.fromkeys(table.get(name, {}).get(wanted, ())))
        return list(found)

    def provided_by(self, name: str) -> Sequence[str]:
        """Virtuals that a package may provide."""
        return self._virtuals_by_package.get(name, ())

    @cached_property
    def _virtuals_by_package(self) -> Mapping[str, Sequence[str]]:
        found: Dict[str, List[str]] = {}
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
        """What to try instead of a name that no package and no virtual has."""
        complete = next((r.description.complete for r in self.repositories), "")
        return unknown_name_hint(name, [*self.all_names(), *self.virtuals()], complete)


def unknown_name_hint(name: str, known: Sequence[str], complete: str) -> str:
    """What to try instead of a name that is not known: one like it, or a fuller repository.

    Args:
        complete: address of a repository with more recipes, "" if there is none.
    """
    import difflib

    # Among few recipes one that only looks a little like it is not what was meant.
    cutoff = 0.8 if complete else 0.7
    similar = difflib.get_close_matches(name, known, n=3, cutoff=cutoff)
    hints = [f"did you mean {' or '.join(similar)}?"] if similar else []
    if complete:
        hints.append(f"spack repo add {complete} adds the public recipes")
    return "; ".join(hints) or "spack list finds names"


def set_attributes(cls: Any, attributes: Mapping[str, Any]) -> None:
    """Set configured attributes on a package class, and undo those of another configuration."""
    known = vars(cls).get(_OVERRIDDEN)
    if known is None and not attributes:
        return
    if known is not None:
        current, originals = known
        if current == dict(attributes):
            return
        for name, value in originals.items():
            if value is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, value)
    originals = {name: vars(cls).get(name, _MISSING) for name in attributes}
    for name, value in attributes.items():
        setattr(cls, name, value)
    setattr(cls, _OVERRIDDEN, (dict(attributes), originals))


def _line_of_name(path: str, name: str) -> int:
    """Line on which a file defines a name, by its look; 1 if that cannot be told."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if re.match(rf"(class\s+)?{re.escape(name)}\b\s*[(:=]", line):
                    return number
    except OSError:
        pass
    return 1


def _line_of_problem(path: str) -> int:
    """Line that Python does not tell: that of a null byte, else the first; 0 if unreadable."""
    try:
        with open(path, "rb") as file:
            before, found, _ = file.read().partition(b"\0")
    except OSError:
        return 0
    return before.count(b"\n") + 1 if found else 1


def _origin_of(error: BaseException, root: str) -> Optional[Origin]:
    """Where in the repository an exception of an import arose."""
    if isinstance(error, SpackError) and error.origin is not None:
        return error.origin
    if isinstance(error, SyntaxError) and error.filename:
        return Origin(error.filename, error.lineno or 1, error.offset or 0)
    import traceback

    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(root + os.sep)
    ]
    return Origin(inside[-1].filename, inside[-1].lineno or 0) if inside else None
