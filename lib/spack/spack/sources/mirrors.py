"""Mirrors: places that hold copies of sources and built packages, and the layout of sources there.

``<mirror>/_source-cache/<cache path>`` holds a source under what it is (its digest or commit) and
``<mirror>/<name>/<name>-<version>.<ext>`` is a link for people. Knows no network and no recipes.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping

from spack.config.settings.place_settings import Connection, Mirror
from spack.named_tuples import NamedTuple
from spack.sources.fetching.requests import RequestOptions

#: Directory of a source mirror that holds the sources by identity.
SOURCE_CACHE = "_source-cache"


def request_options(connection: Connection, variables: Mapping[str, str]) -> RequestOptions:
    """Credentials for a request, taken from the process variables that the entry names."""
    user = connection.id or variables.get(connection.id_variable or "", "")
    secret = variables.get(connection.secret_variable or "", "")
    token = variables.get(connection.access_token_variable or "", "")
    return RequestOptions(
        basic_auth=(user, secret) if user and secret else None, bearer_token=token or None
    )


class MirrorPaths(NamedTuple):
    """The paths of one source in a mirror.

    Attributes:
        cache_path: below ``_source-cache``; None when nothing fixes the content.
        readable: the name for people, below the mirror.
    """

    cache_path: str | None
    readable: str

    def in_cache(self, root: str) -> str | None:
        """The file of the source in a mirror or cache of this machine; None if nothing fixes it."""
        if self.cache_path is None:
            return None
        return os.path.join(root, SOURCE_CACHE, *self.cache_path.split("/"))

    def candidates(self) -> list[str]:
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
    target = paths.in_cache(mirror_root)
    if target is None:
        return
    link = os.path.join(mirror_root, *paths.readable.split("/"))
    os.makedirs(os.path.dirname(link), exist_ok=True)
    text = os.path.relpath(target, os.path.dirname(link))
    if os.path.islink(link) and os.readlink(link) == text:
        return
    temporary = f"{link}.{os.getpid()}.tmp"
    os.symlink(text, temporary)
    os.replace(temporary, link)


def source_mirrors(mirrors: tuple[Mirror, ...]) -> tuple[Mirror, ...]:
    """The mirrors that hold sources, in order."""
    return tuple(mirror for mirror in mirrors if mirror.source)
