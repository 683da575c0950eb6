"""Typed settings of ``mirrors``, ``repos`` and ``upstreams``: where things come from."""

from __future__ import annotations

import os
from collections.abc import Mapping

from spack.config.settings.program_settings import texts
from spack.config.values.path_variables import PathVariables
from spack.config.values.values import Value
from spack.errors import Origin
from spack.named_tuples import NamedTuple
from spack.type_names import Any


class Connection(NamedTuple):
    """The access to one direction of a mirror; ``*_variable`` name process variables."""

    url: str
    view: str | None = None
    id: str | None = None
    id_variable: str | None = None
    secret_variable: str | None = None
    access_token_variable: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None


class Mirror(NamedTuple):
    """A place that has sources, binaries or both; local ones have an absolute path as URL."""

    name: str
    fetch: Connection
    push: Connection
    source: bool = True
    binary: bool = True
    signed: bool = True
    autopush: bool = False
    origin: Origin | None = None


class RepositoryPlace(NamedTuple):
    """A recipe repository: a local directory (``path``) or a git repository."""

    name: str
    path: str | None
    git: str | None
    branch: str | None
    commit: str | None
    tag: str | None
    destination: str | None
    paths: tuple[str, ...]
    origin: Origin


class Upstream(NamedTuple):
    """The store of another instance, only read.

    ``modules`` are the roots of its module files: ``tcl`` or ``lmod`` -> directory.
    """

    name: str
    install_tree: str
    modules: Mapping[str, str] = {}


def mirror_settings(section: Value, paths: PathVariables) -> dict[str, Mirror]:
    """The section ``mirrors``, the first to be asked first."""
    result = {}
    for name, value in section.data.items():
        data = value.plain()
        if isinstance(data, str):
            data = {"url": data}
        # A mirror that names neither kind has both.
        source, binary = data.get("source", True), data.get("binary", True)
        result[name] = Mirror(
            name,
            _connection(data, "fetch", value, paths),
            _connection(data, "push", value, paths),
            source,
            binary,
            data.get("signed", True),
            data.get("autopush", False),
            value.origin,
        )
    return result


def _connection(data: Any, direction: str, value: Value, paths: PathVariables) -> Connection:
    own = data.get(direction, {})
    if isinstance(own, str):
        own = {"url": own}
    merged = {**data, **own}
    other = data.get("fetch" if direction == "push" else "push", "")
    fallback = other if isinstance(other, str) else other.get("url", "")
    known = {**merged.get("access_pair", {}), **merged}
    known["url"] = _url(known.get("url", fallback), value, paths)
    return Connection(**{key: known[key] for key in Connection._fields if key in known})


def _url(written: str, value: Value, paths: PathVariables) -> str:
    """A URL as it is, a path absolute; relative paths count from the file they stand in."""
    text = paths.substitute(written)
    if not text or "://" in text:
        return text
    return paths.path(text, _directory(value))


def _directory(value: Value) -> str:
    return os.path.dirname(value.file) if os.path.isabs(value.file) else ""


def repository_settings(section: Value, paths: PathVariables) -> dict[str, RepositoryPlace]:
    """The section ``repos``, the one that wins first."""
    result = {}
    for name, value in section.data.items():
        data = value.plain()
        path = None
        if isinstance(data, str):
            path, data = paths.path(data, _directory(value)), {}
        destination = data.get("destination")
        result[name] = RepositoryPlace(
            name,
            path,
            data.get("git"),
            data.get("branch"),
            data.get("commit"),
            data.get("tag"),
            None if destination is None else paths.path(destination, _directory(value)),
            texts(data.get("paths")),
            value.origin,
        )
    return result


def upstream_settings(section: Value, paths: PathVariables) -> dict[str, Upstream]:
    """The section ``upstreams``, the first to be asked first."""
    result = {}
    for name, value in section.data.items():
        data = value.plain()
        root = paths.path(data["install_tree"], _directory(value))
        modules = {
            kind: paths.path(place, _directory(value))
            for kind, place in data.get("modules", {}).items()
        }
        result[name] = Upstream(name, root, modules)
    return result
