"""Changes of the configuration that commands make: repositories, mirrors, compilers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Sequence

from spack.config import editing
from spack.errors import SpackError, UsageError
from spack.recipes.repositories import read_description
from spack.system.filesystem import atomic_write, mkdirp

if TYPE_CHECKING:
    from spack.session.session import Session


class UnknownRepositoryError(SpackError):
    """No configured repository has the name, namespace or path."""


class UnknownMirrorError(SpackError):
    """No configured mirror has the name."""


class MirrorExistsError(SpackError):
    """There is a mirror of that name already."""


class RepositoryRow(NamedTuple):
    """A repository for display; ``status`` marks what cannot be read."""

    status: str
    name: str
    namespace: str
    api: str
    path: str


def repository_rows(session: Session) -> List[RepositoryRow]:
    """The configured repositories, the one that wins first."""
    rows = []
    for name, place in session.settings.repos.items():
        path = place.path or place.destination or place.git or ""
        try:
            description = read_description(path)
        except SpackError as error:
            rows.append(RepositoryRow("[-]", name, "", "", f"{path} ({error.message})"))
            continue
        api = "v" + ".".join(map(str, description.api))
        rows.append(RepositoryRow("[+]", name, description.namespace, api, path))
    return rows


def add_repository(session: Session, path: str, name: Optional[str], scope: Optional[str]) -> str:
    """Put a local repository before the others; its name in the configuration.

    A repository of that name in a lower scope, such as the embedded one, is replaced by it.
    """
    place = os.path.abspath(path)
    description = read_description(place)
    chosen = name or description.namespace
    known = session.settings.repos.get(chosen)
    target = session.configuration.write_target(scope)
    if known is not None and known.origin.file == target.file_of("repos"):
        raise UsageError(
            f"there is a repository '{chosen}' already: {known.path or known.git}",
            hint="give another name with --name, or spack repo remove it first",
        )
    _put_first(session, "repos", chosen, place, scope)
    return chosen


def remove_repository(session: Session, wanted: str, scope: Optional[str]) -> str:
    """Drop the repository of a name, namespace or path."""
    for row in repository_rows(session):
        if wanted in (row.name, row.namespace) or os.path.abspath(wanted) == row.path:
            editing.remove(session.configuration, ["repos", row.name], scope=scope)
            return row.name
    raise UnknownRepositoryError(
        f"no repository is called '{wanted}'", hint="spack repo list shows them"
    )


def create_repository(directory: str, namespace: str) -> str:
    """Make an empty repository below a directory; its path."""
    path = os.path.join(os.path.abspath(directory), "spack_repo", *namespace.split("."))
    if os.path.exists(os.path.join(path, "repo.yaml")):
        raise UsageError(f"{path} holds a repository already")
    mkdirp(os.path.join(path, "packages"))
    text = f"repo:\n  namespace: '{namespace}'\n  api: v2.2\n"
    atomic_write(os.path.join(path, "repo.yaml"), text)
    return path


def add_mirror(
    session: Session,
    name: str,
    url: str,
    *,
    types: Optional[Sequence[str]],
    autopush: bool,
    signed: Optional[bool],
    scope: Optional[str],
) -> None:
    """Put a mirror before the others. ``types`` of None means sources and binaries."""
    if name in session.settings.mirrors:
        raise MirrorExistsError(
            f"there is a mirror '{name}' already: {session.settings.mirrors[name].fetch.url}",
            hint=f"spack mirror remove {name} first",
        )
    place = url if "://" in url else os.path.abspath(url)
    entry: Dict[str, object] = {"url": place}
    if types:
        entry["source"] = "source" in types
        entry["binary"] = "binary" in types
    if autopush:
        entry["autopush"] = True
    if signed is not None:
        entry["signed"] = signed
    value: object = place if len(entry) == 1 else entry
    _put_first(session, "mirrors", name, value, scope)


def remove_mirror(session: Session, name: str, scope: Optional[str]) -> None:
    """Drop a mirror."""
    if name not in session.settings.mirrors:
        raise UnknownMirrorError(
            f"no mirror is called '{name}'", hint="spack mirror list shows them"
        )
    editing.remove(session.configuration, ["mirrors", name], scope=scope)


def _put_first(
    session: Session, section: str, name: str, value: object, scope: Optional[str]
) -> None:
    """Set an entry of an ordered mapping so that it stands before the others of its scope."""
    editing.put_first(session.configuration, section, name, value, scope)
