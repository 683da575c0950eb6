"""Changes of the configuration that commands make: repositories, mirrors, compilers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from keyword import iskeyword

from spack.config import editing
from spack.config.settings.place_settings import Mirror, RepositoryPlace
from spack.errors import ExistsError, NotFoundError, Origin, SpackError, UsageError
from spack.named_tuples import NamedTuple
from spack.recipes.finding.repository_description import read_description
from spack.sources import repository_clones as clones
from spack.system.files.writing import atomic_write, mkdirp
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.config.loading import Instance
    from spack.config.settings.settings import Settings
    from spack.session.parts import RepositoryParts


class RepositoryRow(NamedTuple):
    """A repository for display; ``status`` marks what cannot be read."""

    status: str
    name: str
    namespace: str
    api: str
    path: str


def repository_rows(settings: Settings, user_cache: str) -> list[RepositoryRow]:
    """The configured repositories, the one that wins first; nothing is cloned."""
    rows = []
    for name, place in settings.repos.items():
        try:
            for path in _present_roots(user_cache, place):
                description = read_description(path)
                api = "v" + ".".join(map(str, description.api))
                rows.append(RepositoryRow("[+]", name, description.namespace, api, path))
        except SpackError as error:
            where = place.path or place.git or ""
            rows.append(RepositoryRow("[-]", name, "", "", f"{where} ({error.message})"))
    return rows


def _present_roots(user_cache: str, place: RepositoryPlace) -> list[str]:
    if place.git:
        directory = clones.clone_directory(place, user_cache)
        if not os.path.isdir(directory):
            raise clones.CloneError(
                "not cloned yet", origin=place.origin, hint="clone it with spack repo update"
            )
        return clones.roots(place, directory)
    return [place.path or ""]


def add_repository(
    parts: RepositoryParts,
    path: str,
    name: str | None,
    scope: str | None,
    *,
    destination: str | None = None,
    paths: Sequence[str] = (),
) -> str:
    """Put a repository before the others; its name in the configuration.

    ``path`` is a directory, or the address of a git repository, which is cloned now.
    """
    if not path:
        raise UsageError(
            "'' is not a repository", hint="pass a directory or the URL of a git repository"
        )
    if is_git_address(path):
        return _add_clone(parts, path, name, scope, destination, paths)
    place = os.path.abspath(path)
    description = read_description(place)
    chosen = name or description.namespace
    _refuse_taken(parts.settings, parts.instance, chosen)
    editing.put_first(parts.configuration, "repos", chosen, place, scope)
    return chosen


def is_git_address(text: str) -> bool:
    """Whether a word is the address of a git repository rather than a directory of recipes."""
    return "://" in text or text.endswith(".git") or bool(re.match(r"[\w.-]+@[\w.-]+:", text))


def _add_clone(
    parts: RepositoryParts,
    address: str,
    name: str | None,
    scope: str | None,
    destination: str | None,
    paths: Sequence[str],
) -> str:
    if name is not None:
        _refuse_taken(parts.settings, parts.instance, name)
    directory = None if destination is None else os.path.abspath(destination)
    origin = Origin("command line")
    place = RepositoryPlace(
        name or address, None, address, None, None, None, directory, tuple(paths), origin
    )
    network = clones.network_settings(parts.settings)
    clone = clones.ensure_clone(place, parts.user_cache, network, parts.reporter.information)
    chosen = name or read_description(clones.roots(place, clone)[0]).namespace
    _refuse_taken(parts.settings, parts.instance, chosen)
    entry: dict[str, object] = {"git": address}
    if directory is not None:
        entry["destination"] = directory
    if paths:
        entry["paths"] = list(paths)
    editing.put_first(parts.configuration, "repos", chosen, entry, scope)
    return chosen


def _refuse_taken(settings: Settings, instance: Instance, name: str) -> None:
    """Refuse a name in use; the repository of this program gives way to another of its name."""
    taken = settings.repos.get(name)
    defaults = os.path.join(instance.root, "etc", "spack", "defaults") + os.sep
    if taken is not None and not (taken.origin.file or "").startswith(defaults):
        raise UsageError(
            f"there is already a repository '{name}': {taken.path or taken.git}",
            hint="choose another name with --name, or remove it first with spack repo remove",
        )


def repository_place(settings: Settings, user_cache: str, wanted: str) -> RepositoryPlace:
    """The entry of a repository by its name, namespace or path."""
    places = settings.repos
    if wanted in places:
        return places[wanted]
    for row in repository_rows(settings, user_cache):
        if wanted == row.namespace or os.path.abspath(wanted) == row.path:
            return places[row.name]
    raise NotFoundError(f"there is no repository '{wanted}'", hint="list them with spack repo list")


def remove_repository(
    parts: RepositoryParts, wanted: str, scope: str | None, *, everywhere: bool = False
) -> str:
    """Drop the repository of a name, namespace or path; ``everywhere``: from every scope."""
    name = repository_place(parts.settings, parts.user_cache, wanted).name
    _remove_entry(parts.configuration, "repos", name, scope, everywhere)
    return name


def _remove_entry(
    configuration: Configuration, section: str, name: str, scope: str | None, everywhere: bool
) -> None:
    """Remove a key from a scope: by default from the highest that has it and can be written."""
    having: list[str | None] = []
    for place in reversed(configuration.scopes):
        own = configuration.in_scope(place, section) if place.is_writable() else None
        if own is not None and own.child(name) is not None:
            having.append(place.name)
    chosen = [scope] if scope is not None or not having else having if everywhere else having[:1]
    for one in chosen:
        editing.remove(configuration, [section, name], scope=one)


def set_repository(
    parts: RepositoryParts,
    wanted: str,
    *,
    destination: str | None,
    paths: Sequence[str],
    scope: str | None,
) -> str:
    """Change where the clone of a git repository is, or what of it is used; its name."""
    place = _git_place(parts.settings, parts.user_cache, wanted)
    if destination is None and not paths:
        raise UsageError("nothing to set", hint="use --destination or --path")
    if destination is not None:
        place = place._replace(destination=os.path.abspath(destination))
    if paths:
        place = place._replace(paths=tuple(paths))
    _write_place(parts.configuration, place, scope)
    return place.name


def update_repositories(
    parts: RepositoryParts,
    names: Sequence[str],
    *,
    branch: str | None,
    tag: str | None,
    commit: str | None,
    remote: str,
    scope: str | None,
) -> list[clones.RepositoryUpdate]:
    """Bring git repositories, without names all of them, to what their servers have now.

    A branch, tag or commit is first written to the configuration of the one named repository.
    """
    pin = clones.Pin(branch, tag, commit)
    if names:
        places = [_git_place(parts.settings, parts.user_cache, name) for name in names]
    else:
        places = [place for place in parts.settings.repos.values() if place.git]
    network = clones.network_settings(parts.settings)
    updates = []
    for place in places:
        wanted = pin if any(pin) else clones.pin_of(place)
        updates.append(clones.update_clone(place, parts.user_cache, network, wanted, remote))
        if any(pin):
            _write_place(parts.configuration, place._replace(**pin._asdict()), scope)
    return updates


def _git_place(settings: Settings, user_cache: str, wanted: str) -> RepositoryPlace:
    place = repository_place(settings, user_cache, wanted)
    if not place.git:
        raise UsageError(
            f"the repository '{place.name}' is a directory on this machine, not a git repository",
            hint="list the paths of repositories with spack repo list",
        )
    return place


def _write_place(configuration: Configuration, place: RepositoryPlace, scope: str | None) -> None:
    entry: dict[str, object] = {}
    for key in ("git", "branch", "tag", "commit", "destination"):
        value = getattr(place, key)
        if value:
            entry[key] = value
    if place.paths:
        entry["paths"] = list(place.paths)
    editing.set_value(configuration, ["repos", place.name], entry, scope)


def create_repository(directory: str, namespace: str, subdirectory: str = "packages") -> str:
    """Make an empty repository below a directory; its path. Raises UsageError."""
    if not all(word.isidentifier() and not iskeyword(word) for word in namespace.split(".")):
        raise UsageError(
            f"'{namespace}' is not a valid namespace",
            hint="use words of letters, digits and _, joined by dots, as in lab.tools",
        )
    if os.path.isabs(subdirectory) or ".." in subdirectory.split("/"):
        raise UsageError(f"'{subdirectory}' is not a valid directory for the packages")
    path = os.path.join(os.path.abspath(directory), "spack_repo", *namespace.split("."))
    if os.path.exists(os.path.join(path, "repo.yaml")):
        raise UsageError(f"{path} already contains a repository")
    mkdirp(os.path.join(path, subdirectory))
    text = f"repo:\n  namespace: '{namespace}'\n  api: v2.2\n"
    if subdirectory != "packages":
        text += f"  subdirectory: '{subdirectory}'\n"
    atomic_write(os.path.join(path, "repo.yaml"), text)
    return path


def add_mirror(
    configuration: Configuration,
    mirrors: Mapping[str, Mirror],
    name: str,
    url: str,
    *,
    types: Sequence[str] | None,
    autopush: bool,
    signed: bool | None,
    access: Mapping[str, str],
    scope: str | None,
) -> None:
    """Put a mirror before the others. ``types`` of None means sources and binaries.

    ``access`` says how it is entered: values by key of the entry, ``access_pair:id`` and others.
    """
    if name in mirrors:
        raise ExistsError(
            f"there is already a mirror '{name}': {mirrors[name].fetch.url}",
            hint=f"remove it first with spack mirror remove {name}",
        )
    place = url if "://" in url else os.path.abspath(url)
    entry = {"url": place, **_mirror_facts(types, autopush or None, signed)}
    _set_access(entry, access)
    value: object = place if len(entry) == 1 else entry
    editing.put_first(configuration, "mirrors", name, value, scope)


def remove_mirror(
    configuration: Configuration,
    mirrors: Mapping[str, Mirror],
    name: str,
    scope: str | None,
    *,
    everywhere: bool = False,
) -> None:
    """Drop a mirror; ``everywhere``: from every scope."""
    mirror_entry(mirrors, name)
    _remove_entry(configuration, "mirrors", name, scope, everywhere)


def mirror_entry(mirrors: Mapping[str, Mirror], name: str) -> Mirror:
    """The mirror of a name. Raises NotFoundError."""
    found = mirrors.get(name)
    if found is None:
        raise NotFoundError(f"there is no mirror '{name}'", hint="list them with spack mirror list")
    return found


def change_mirror(
    configuration: Configuration,
    mirrors: Mapping[str, Mirror],
    name: str,
    *,
    url: str | None,
    direction: str | None,
    types: Sequence[str] | None,
    autopush: bool | None,
    signed: bool | None,
    access: Mapping[str, str],
    scope: str | None,
) -> None:
    """Change what is given of a mirror, None leaves it. ``direction`` is push, fetch or both."""
    mirror_entry(mirrors, name)
    section = configuration.section("mirrors").child(name)
    present = section.plain() if section is not None else None
    entry: dict[str, object] = dict(present) if isinstance(present, dict) else {"url": present}
    if url is not None:
        place = url if "://" in url else os.path.abspath(url)
        if direction is None:
            entry["url"] = place
            entry.pop("push", None)
            entry.pop("fetch", None)
        else:
            entry[direction] = place
    if access and direction is not None:
        own = entry.get(direction, {})
        part: dict[str, object] = dict(own) if isinstance(own, dict) else {"url": own}
        _set_access(part, access)
        entry[direction] = part
    else:
        _set_access(entry, access)
    entry.update(_mirror_facts(types, autopush, signed))
    editing.set_value(configuration, ["mirrors", name], entry, scope)


def _set_access(entry: dict[str, object], access: Mapping[str, str]) -> None:
    """Say in an entry how a mirror is entered; a login that is given replaces the former one."""
    pair = {k.partition(":")[2]: v for k, v in access.items() if k.startswith("access_pair:")}
    entry.update({key: value for key, value in access.items() if ":" not in key})
    if pair:
        entry["access_pair"] = pair


def _mirror_facts(
    types: Sequence[str] | None, autopush: bool | None, signed: bool | None
) -> dict[str, object]:
    """The facts about a mirror in its entry, beside its addresses."""
    facts: dict[str, object] = {}
    if types:
        facts.update(source="source" in types, binary="binary" in types)
    facts.update(autopush=autopush, signed=signed)
    return {key: value for key, value in facts.items() if value is not None}
