"""Reads of a solve beside its question, noted as they happen.

A solve gets :class:`WatchedParts`, which have what solves may ask for and nothing else: what is
asked is in :class:`Reads` then. Two solves of one question that read the same have the same answer.
Knows neither the solver nor where answers are kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import spack
from spack.config.configuration import Configuration
from spack.config.settings.program_settings import ConfigSettings
from spack.config.settings.settings import Settings
from spack.config.values.values import Value
from spack.type_names import TYPE_CHECKING, Any, Callable, cast

if TYPE_CHECKING:
    from spack.config.values.path_variables import PathVariables
    from spack.environments.environment import Environment
    from spack.host.architecture import HostDescription
    from spack.host.machine_facts import KnownLibc, MachineFacts
    from spack.recipes.finding.repositories import Repository, RepositoryPath
    from spack.session.parts import ReadParts, ReuseParts, WorldParts
    from spack.store.store import Store
    from spack.system.terminal.output import Reporter

#: Something beside files that a solve read: its kind and its name.
Name = tuple[str, str]

#: Keys of ``concretizer`` that say how to solve or what is asked, which is told apart.
_NOT_ASKED = ("concretization_cache", "error_on_timeout", "force", "timeout", "unify")
#: Settings that decide how fast a solve is, or where it keeps what it works out.
_OF_NO_CONSEQUENCE = ("build_jobs", "misc_cache")
#: Python packages whose code makes answers.
_MAKERS = ("archspec", "clingo", "spack")


class Reads:
    """The reads so far.

    Attributes:
        names: what is not a file; :func:`value_of` says what each is now.
        files: and folders, whether or not they exist.
        recipes: names of packages whose records were read.
        unwatched: something was read that cannot be watched.
    """

    def __init__(self) -> None:
        self.names: set[Name] = set()
        self.files: set[str] = set()
        self.recipes: set[str] = set()
        self.unwatched = False

    def note(self, kind: str, name: str = "") -> None:
        """Something that is not a file was read."""
        self.names.add((kind, name))


class _WatchedConfiguration(Configuration):
    """Notes the sections that are asked for."""

    def __init__(self, whole: Configuration, reads: Reads) -> None:
        self.__dict__.update(vars(whole))
        self._reads = reads

    def section(self, name: str) -> Value:
        self._reads.note("section", name)
        return super().section(name)

    def has(self, name: str) -> bool:
        self._reads.note("section", name)
        return super().has(name)


class _WatchedFields:
    """Notes the fields of a record of settings that are asked for."""

    def __init__(self, whole: ConfigSettings, kind: str, reads: Reads) -> None:
        self._whole, self._kind, self._reads = whole, kind, reads

    def __getattr__(self, name: str) -> Any:
        if name not in _OF_NO_CONSEQUENCE:
            self._reads.note(self._kind, name)
        return getattr(self._whole, name)


class _WatchedSettings(Settings):
    """Notes what is asked for: fields of ``config``, whole sections of all else."""

    def __init__(self, whole: Settings, kind: str, reads: Reads) -> None:
        super().__init__(_WatchedConfiguration(whole._configuration, reads), whole._state)
        self._fields = _WatchedFields(whole.config, kind, reads)

    @cached_property
    def config(self) -> ConfigSettings:
        return cast(ConfigSettings, self._fields)


class _WatchedFacts:
    """Notes the compilers that are asked what they make."""

    def __init__(self, facts: MachineFacts, reads: Reads) -> None:
        self._facts, self._reads = facts, reads
        self.supports, self.save = facts.supports, facts.save

    def libc_of(self, compiler: str) -> KnownLibc | None:
        self._reads.files.add(compiler)
        return self._facts.libc_of(compiler)

    def own_libc(self) -> KnownLibc | None:
        self._reads.note("libc")
        return self._facts.own_libc()


class WatchedParts:
    """The parts of a session that solves may ask for, which note what is asked.

    Attributes:
        reads: what was asked so far.
    """

    def __init__(self, parts: WorldParts, reads: Reads) -> None:
        self._parts, self.reads = parts, reads

    @property
    def variables(self) -> Mapping[str, str]:
        return _WatchedVariables(self._parts.variables, self.reads)

    @cached_property
    def settings(self) -> Settings:
        return _WatchedSettings(self._parts.settings, "setting", self.reads)

    @cached_property
    def base_settings(self) -> Settings:
        return _WatchedSettings(self._parts.base_settings, "base setting", self.reads)

    @cached_property
    def configuration(self) -> Configuration:
        return _WatchedConfiguration(self._parts.configuration, self.reads)

    @cached_property
    def reporter(self) -> Reporter:
        return self._parts.reporter

    @cached_property
    def repositories(self) -> RepositoryPath:
        self.reads.note("section", "repos")
        self.reads.note("user cache")
        found = self._parts.repositories
        for repository in found.repositories:
            self.reads.files.update(_shared_files(repository))
        return found

    @property
    def user_cache(self) -> str:
        self.reads.note("user cache")
        return self._parts.user_cache

    @cached_property
    def host(self) -> HostDescription:
        self.reads.note("host")
        return self._parts.host

    @cached_property
    def machine_facts(self) -> MachineFacts:
        return cast("MachineFacts", _WatchedFacts(self._parts.machine_facts, self.reads))

    @cached_property
    def store(self) -> Store:
        self.reads.note("stores")
        for root in _stores(self._parts.settings):
            directory = os.path.join(root, ".spack-db")
            self.reads.files.update((directory, *_entries(directory)))
        return self._parts.store

    @cached_property
    def environment(self) -> Environment | None:
        self.reads.note("environment")
        found = self._parts.environment
        if found is not None:
            self.reads.files.add(found.lock_path)
        return found


class _WatchedVariables(dict[str, str]):
    """Notes the process variables that are asked for."""

    def __init__(self, whole: Mapping[str, str], reads: Reads) -> None:
        super().__init__(whole)
        self._reads = reads

    def __getitem__(self, name: str) -> str:
        self._reads.note("variable", name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._reads.note("variable", name)
        return super().get(name, default)


def note_file(parts: ReuseParts, path: str) -> None:
    """A file that is read for a solve beside those that the parts read."""
    if isinstance(parts, WatchedParts):
        parts.reads.files.add(path)


def note_indexes(parts: ReuseParts) -> None:
    """The indexes of binary caches are read for a solve."""
    if isinstance(parts, WatchedParts):
        parts.reads.note("binary indexes")


# -- what it is now ----------------------------------------------------------------------------


def value_of(parts: ReadParts, name: Name) -> Any:
    """Plain data, or something with a text, that differs where what was read differs."""
    kind, which = name
    return _VALUES[kind](parts, which)


def _section(configuration: Configuration, name: str) -> Any:
    data = configuration.section(name).plain() if configuration.has(name) else None
    if name == "concretizer" and isinstance(data, dict):
        data = {key: value for key, value in data.items() if key not in _NOT_ASKED}
    return [data, list(_substituted(configuration.paths, data))]


def _substituted(paths: PathVariables, data: Any) -> Iterator[str]:
    """Resolve the texts with variables in configured data."""
    if isinstance(data, str):
        if "$" in data or data.startswith("~"):
            yield paths.substitute(data)
    elif isinstance(data, dict):
        for value in data.values():
            yield from _substituted(paths, value)
    elif isinstance(data, list):
        for value in data:
            yield from _substituted(paths, value)


def _stores(settings: Settings) -> list[str]:
    upstreams = [upstream.install_tree for upstream in settings.upstreams.values()]
    return [settings.config.install_tree_root, *upstreams]


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError, AttributeError):
        return ""


def _index_checksums(settings: Settings) -> list[str]:
    from spack.work.caches.opened import opened_indexes

    return [index.checksum for index in opened_indexes(settings, lambda text: None)]


_VALUES: Mapping[str, Callable[[ReadParts, str], Any]] = {
    "section": lambda parts, name: _section(parts.configuration, name),
    "setting": lambda parts, name: getattr(parts.settings.config, name),
    "base setting": lambda parts, name: getattr(parts.base_settings.config, name),
    "variable": lambda parts, name: parts.variables.get(name),
    "user cache": lambda parts, _: parts.user_cache,
    "stores": lambda parts, _: _stores(parts.settings),
    "host": lambda parts, _: [parts.host.platform, parts.host.os, parts.host.target],
    "libc": lambda parts, _: _libc(),
    "environment": lambda parts, _: parts.environment_directory,
    "binary indexes": lambda parts, _: _index_checksums(parts.settings),
}


# -- files -------------------------------------------------------------------------------------


def recipe_files(repositories: RepositoryPath, names: Iterable[str]) -> set[str]:
    """Recipes by name, what they were made from, and everything beside them."""
    found: set[str] = set()
    for name in names:
        if not repositories.exists(name):
            continue
        repository = repositories.repository_of(name)
        plain = name.rpartition(".")[2]
        folder = repository.package_dir(plain)
        found |= {folder, *_entries(folder)}
        index = repository.index()
        row = index.row(plain)
        if row.length:
            found |= {path for path, _ in index.read(row)[0]}
    return found


def program_files() -> set[str]:
    """The modules that made the answers of this process: those that are loaded, and the solver's.

    What only processes that were forked have loaded is of the solver.
    """
    found: set[str] = set()
    for name, module in list(sys.modules.items()):
        first, _, rest = name.partition(".")
        file = getattr(module, "__file__", None)
        if first in _MAKERS and file and rest.partition(".")[0] != "cli":
            found.add(file)
    solver = os.path.join(os.path.dirname(os.path.abspath(spack.__file__)), "solve")
    for folder, _, names in os.walk(solver):
        found |= {os.path.join(folder, name) for name in names if name.endswith(".py")}
    return found


def _shared_files(repository: Repository) -> Iterator[str]:
    """The files that all recipes share: those outside of the packages, the git state, the index."""
    from spack.recipes.records.recipe_state import git_files

    root, packages = repository.root, repository.packages_dir
    yield from (packages, *git_files(root), os.path.join(repository.index().folder, "index"))
    for folder, folders, names in os.walk(root):
        folders[:] = [
            n for n in folders if os.path.join(folder, n) != packages and n[0] not in "._"
        ]
        yield folder
        yield from (os.path.join(folder, name) for name in names)


def _entries(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.name != "__pycache__"]
    except OSError:
        return []
