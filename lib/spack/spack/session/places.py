"""Builds the parts of a session that stand for places: repositories, store, environments.

A call works in the environment of its options, or in that of the shell.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence

from spack.errors import NotFoundError, Origin, SpackError, UsageError, nearest
from spack.named_tuples import NamedTuple
from spack.session.options import Options
from spack.type_names import TYPE_CHECKING, Callable

# Each place needs its own layer only, and most commands need one place.
if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.config.scopes.scopes import Scope
    from spack.config.settings.place_settings import RepositoryPlace
    from spack.config.settings.settings import Settings
    from spack.config.values.values import Value
    from spack.environments.environment import Environment
    from spack.environments.manifests.projects import Project
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.store.store import Store

MANIFEST_NAME = "spack.yaml"

#: The environment of a project that is used where none is named.
DEFAULT = "default"


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


def kept_repositories(environment: Environment | None) -> list[str]:
    """The recipes that the active environment keeps beside its lock."""
    if environment is None:
        raise UsageError("--use-env-repo needs an environment", hint="add -e NAME")
    from spack.environments.recipe_snapshots import saved_repositories

    return saved_repositories(environment)


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
    settings: Settings,
    place: ActivePlace,
    repositories: Callable[[], RepositoryPath],
    condition: Callable[[str, Origin], bool],
) -> Environment:
    """The environment of a place; the repositories tell whose names its roots can have.

    Args:
        condition: evaluates the ``when`` of features.
    """
    from spack.environments.environment import Environment
    from spack.environments.locations import ManagedEnvironments

    managed = ManagedEnvironments(settings.config.environments_root)

    def stands_for(name: str, package: str) -> bool:
        try:
            known = repositories()
        except SpackError:  # What needs recipes tells of it; a lock can be read without.
            return True
        return not known.exists(name) or name in known.provided_by(package)

    location = managed.location_of(place.directory)
    if place.project is None:
        return Environment(location, stands_for)
    from spack.environments.members import Member

    return Member(location, place.member, condition, stands_for)


class ActivePlace(NamedTuple):
    """The environment of a call.

    Attributes:
        directory: of its manifest.
        project: the environments of the manifest; None for a manifest that has no such key.
        member: name of the one that is chosen; empty for a manifest without, and where none is
            chosen and none is called ``default``.
    """

    directory: str
    project: Project | None = None
    member: str = ""

    @property
    def manifest(self) -> str:
        """The manifest."""
        return os.path.join(self.directory, MANIFEST_NAME)

    def name(self, managed_root: str) -> str:
        """The managed name of the environment, or its directory."""
        managed = os.path.dirname(self.directory) == managed_root
        return os.path.basename(self.directory) if managed else self.directory

    def title(self, name: str) -> str:
        """The name for display, with that of the environment of a project behind it."""
        return name if self.member in ("", DEFAULT) else f"{name}:{self.member}"


def layers(
    environment: Scope,
    place: ActivePlace | None,
    together: Sequence[str],
    condition: Callable[[str, Origin], bool],
) -> list[Scope]:
    """The scopes in the place of that of a manifest, lowest first: those of its features.

    Args:
        together: environments of a project that are solved at once; without, the active one.
        condition: evaluates the ``when`` of features.
    """
    names = together or ((place.member,) if place is not None and place.member else ())
    if place is None or place.project is None or not names:
        return [environment]
    from spack.config.scopes.scopes import INTERNAL, Scope

    found = [
        environment
        if feature.name == DEFAULT
        else Scope(f"feature:{feature.name}", INTERNAL, values=feature.sections)
        for feature in reversed(place.project.stack(names, condition))
    ]
    # Without the feature default its specs are left out, and its configuration holds.
    return found if environment in found else [environment, *found]


def place_in(directory: str, member: str | None) -> ActivePlace:
    """The place of a directory with a manifest and of one of its environments.

    Raises:
        UsageError: there is no such environment.
    """
    project = project_in(directory)
    if project is None:
        if member is not None:
            raise UsageError(
                f"the manifest in {directory} has no 'environments', so there is no '{member}'",
                hint="omit the name: it is one environment",
            )
        return ActivePlace(directory)
    if member is not None:
        return ActivePlace(directory, project, project.environment(member).name)
    return ActivePlace(directory, project, DEFAULT if DEFAULT in project.environments else "")


def project_in(directory: str) -> Project | None:
    """The project whose manifest is in a directory; None for a manifest that is none.

    Raises:
        ConfigurationError, YamlError: it is malformed.
    """
    path = os.path.join(directory, MANIFEST_NAME)
    try:
        with open(path, "rb") as stream:
            text = stream.read()
    except OSError:
        return None
    from spack.config.scopes.validation import PROJECT_KEYS, PROJECT_SPELLINGS

    if not any(word.encode() in text for word in (*PROJECT_KEYS, *PROJECT_SPELLINGS)):
        return None
    from spack.environments.locations import INTERNAL_NAME
    from spack.environments.manifests.manifest_cache import read_manifest_cached

    return read_manifest_cached(path, os.path.join(directory, INTERNAL_NAME)).project


def project_above(directory: str) -> str | None:
    """The nearest directory with a manifest, from one upwards, if that is a project.

    A manifest of another user counts as none, because it could be put into a shared directory; that
    of the administrator counts.
    """
    while True:
        try:
            status = os.stat(os.path.join(directory, MANIFEST_NAME))
        except OSError:
            parent = os.path.dirname(directory)
            if parent == directory:
                return None
            directory = parent
            continue
        own = status.st_uid in (os.getuid(), 0)
        return directory if own and project_in(directory) is not None else None


def active_place(
    options: Options,
    variables: Mapping[str, str],
    managed_root: Callable[[], str],
    here: Callable[[], str] = os.getcwd,
) -> ActivePlace | None:
    """The environment of a call: ``-D``, ``-e``, ``SPACK_ENV``, else the project of a directory.

    A name is that of a managed environment, else of one in the active project, else of one in the
    project of the directory. None without any, and with ``-E``.

    Args:
        managed_root: where environments have names; asked for where one is given by name.
        here: the working directory.

    Raises:
        UsageError: there is no such environment.
    """
    if options.no_environment:
        return None
    active = variables.get("SPACK_ENV") or None
    if options.environment is None and active is None:
        above = _project_here(here)
        return None if above is None else place_in(above, options.member)
    if options.environment is not None and not options.directory and "/" not in options.environment:
        found = _named(options.environment, active, managed_root, here)
        if found is not None:
            return found
    directory = active_directory(options, variables, managed_root)
    assert directory is not None
    member = options.member
    if options.environment is None and member is None and project_in(directory) is not None:
        member = variables.get("SPACK_ENV_NAME") or None
    return place_in(directory, member)


def _project_here(here: Callable[[], str]) -> str | None:
    try:
        return project_above(here())
    except FileNotFoundError:  # The working directory is gone.
        return None


def _named(
    name: str, active: str | None, managed_root: Callable[[], str], here: Callable[[], str]
) -> ActivePlace | None:
    """The environment of that name in a project, unless a managed one or a directory has it."""
    if _has_manifest(os.path.join(managed_root(), name)) or _has_manifest(name):
        return None
    for directory in (active, _project_here(here)):
        project = project_in(directory) if directory is not None else None
        if directory is not None and project is not None and name in project.environments:
            return ActivePlace(directory, project, name)
    return None


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


def command_line_scopes(options: Options, state: str) -> list[Scope]:
    """The scopes of ``-C``, lowest first."""
    from spack.config.loading import command_line_scope

    return [command_line_scope(scope_directory(place, state), place) for place in options.scopes]


def shadowed_aliases(
    configuration: Configuration, commands: Collection[str]
) -> Iterator[tuple[Value, str]]:
    """Aliases that are never used because a command has their name, each with a warning."""
    aliases = configuration.section("config").at(["aliases"])
    for name, value in (aliases.data if aliases is not None else {}).items():
        if name in commands:
            yield (
                value,
                f"{value.origin}: the alias '{name}' for '{value.data}' is ignored:"
                " there is a command with that name",
            )


def scope_directory(place: str, state: str) -> str:
    """A ``-C`` value: a directory, or the name of an environment below the state of an instance."""
    managed = os.path.join(state, "var", "spack", "environments", place)
    if not os.path.isdir(place) and _has_manifest(managed):
        return managed
    return place


def _has_manifest(directory: str) -> bool:
    return os.path.isfile(os.path.join(directory, MANIFEST_NAME))
