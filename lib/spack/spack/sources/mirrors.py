"""Mirrors: places that hold copies of sources and built packages, and the layout of sources there.

``<mirror>/_source-cache/<cache path>`` holds a source under what it is (its digest or commit) and
``<mirror>/<name>/<name>-<version>.<ext>`` is a link for people. Knows no network and no recipes.
"""

from __future__ import annotations

import os
import posixpath
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

from spack.errors import Origin, SpackError
from spack.sources.fetching import network
from spack.sources.fetching.network import RequestOptions

#: Directory of a source mirror that holds the sources by identity.
SOURCE_CACHE = "_source-cache"


class MirrorConfigError(SpackError):
    """A mirror entry of the configuration makes no sense."""


class Endpoint(NamedTuple):
    """One direction of a mirror: the address, and what is needed to be let in.

    ``username`` and ``password`` are for basic access (``id``/``secret`` of object stores),
    ``token`` is a bearer token. Secrets named by variables are read when a request is made.
    """

    url: str
    username: Optional[str] = None
    username_variable: Optional[str] = None
    password_variable: Optional[str] = None
    token_variable: Optional[str] = None
    profile: Optional[str] = None
    endpoint_url: Optional[str] = None
    view: Optional[str] = None

    def request_options(self, variables: Mapping[str, str]) -> RequestOptions:
        """Credentials for a request, taken from the process variables that the entry names."""
        user = self.username or variables.get(self.username_variable or "", "")
        secret = variables.get(self.password_variable or "", "")
        token = variables.get(self.token_variable or "", "")
        return RequestOptions(
            basic_auth=(user, secret) if user and secret else None,
            bearer_token=token or None,
        )


class Mirror(NamedTuple):
    """A mirror as configured; ``source`` and ``binary`` say what is looked for in it."""

    name: str
    fetch: Endpoint
    push: Endpoint
    source: bool = True
    binary: bool = True
    signed: Optional[bool] = None
    autopush: bool = False
    origin: Optional[Origin] = None

    @classmethod
    def at(cls, url: str, name: str = "mirror") -> "Mirror":
        """A mirror for both directions and both kinds at a URL or directory."""
        endpoint = Endpoint(network.address_of(url))
        return cls(name, endpoint, endpoint)

    @classmethod
    def from_config(cls, name: str, value: Any, origin: Optional[Origin] = None) -> "Mirror":
        """The mirror of one entry of the ``mirrors`` section. Raises MirrorConfigError."""
        if isinstance(value, str):
            return cls.at(value, name)._replace(origin=origin)
        if not isinstance(value, Mapping):
            raise MirrorConfigError(
                f"the mirror {name} must be a URL or a map with a url", origin=origin
            )
        fetch = _endpoint(name, value, "fetch", origin)
        push = _endpoint(name, value, "push", origin)
        signed = value.get("signed")
        return cls(
            name=name,
            fetch=fetch,
            push=push,
            source=bool(value.get("source", True)),
            binary=bool(value.get("binary", True)),
            signed=None if signed is None else bool(signed),
            autopush=bool(value.get("autopush", False)),
            origin=origin,
        )


def _endpoint(
    name: str, entry: Mapping[str, Any], direction: str, origin: Optional[Origin]
) -> Endpoint:
    """The endpoint of a direction: its own keys, then those of the whole entry."""
    own = entry.get(direction)
    merged = {key: value for key, value in entry.items() if key not in ("fetch", "push")}
    if isinstance(own, str):
        merged["url"] = own
    elif isinstance(own, Mapping):
        merged.update(own)
    if not merged.get("url"):
        other = entry.get("push" if direction == "fetch" else "fetch")
        merged["url"] = other.get("url") if isinstance(other, Mapping) else other
    if not merged.get("url"):
        raise MirrorConfigError(f"the mirror {name} has no url", origin=origin)
    pair = merged.get("access_pair")
    username = username_variable = password_variable = None
    if isinstance(pair, Mapping):
        username = _text(pair.get("id"))
        username_variable = _text(pair.get("id_variable"))
        password_variable = _text(pair.get("secret_variable"))
    return Endpoint(
        url=network.address_of(str(merged["url"])),
        username=username,
        username_variable=username_variable,
        password_variable=password_variable,
        token_variable=_text(merged.get("access_token_variable")),
        profile=_text(merged.get("profile")),
        endpoint_url=_text(merged.get("endpoint_url")),
        view=_text(merged.get("view")),
    )


def _text(value: Any) -> Optional[str]:
    return None if value is None else str(value)


class MirrorPaths(NamedTuple):
    """Where one source lies in a mirror.

    Attributes:
        cache_path: below ``_source-cache``; None when nothing fixes the content.
        readable: the name for people, below the mirror.
    """

    cache_path: Optional[str]
    readable: str

    def candidates(self) -> List[str]:
        """Paths below the mirror where the source may be, best first."""
        found = [] if self.cache_path is None else [posixpath.join(SOURCE_CACHE, self.cache_path)]
        return [*found, self.readable]


def readable_path(name: str, version: str, extension: str) -> str:
    """``name/name-version.ext``, the link for people."""
    return posixpath.join(name, _with_extension(f"{name}-{version}", extension))


def readable_resource_path(package: str, resource: str, version: str, extension: str) -> str:
    """Link for people to a resource: its name with the version of the package."""
    return posixpath.join(package, _with_extension(f"{resource}-{version}", extension))


def readable_patch_path(package: str, url_name: str, digest: str) -> str:
    """Link for people to a patch: the file name with the start of its digest."""
    return posixpath.join(package, f"{url_name}-{digest[:7]}")


def _with_extension(stem: str, extension: str) -> str:
    return f"{stem}.{extension}" if extension else stem


def link_readable(mirror_root: str, paths: MirrorPaths) -> None:
    """Make the relative link for people in a mirror of this machine; replaces an older link."""
    if paths.cache_path is None:
        return
    link = os.path.join(mirror_root, *paths.readable.split("/"))
    target = os.path.join(mirror_root, SOURCE_CACHE, *paths.cache_path.split("/"))
    os.makedirs(os.path.dirname(link), exist_ok=True)
    text = os.path.relpath(target, os.path.dirname(link))
    if os.path.islink(link) and os.readlink(link) == text:
        return
    temporary = f"{link}.{os.getpid()}.tmp"
    os.symlink(text, temporary)
    os.replace(temporary, link)


def source_mirrors(mirrors: Tuple[Mirror, ...]) -> Tuple[Mirror, ...]:
    """The mirrors that hold sources, in order."""
    return tuple(mirror for mirror in mirrors if mirror.source)
