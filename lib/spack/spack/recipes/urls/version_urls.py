"""URLs of versions: those a recipe names, and those found by putting another version into them.

The order is the one in which a version's archive is tried. Packages are objects with the attributes
``url``, ``urls``, ``list_url``, ``versions`` (version to keywords) and the methods ``url_version``
and ``url_for_version``; nothing is fetched here.
"""

from __future__ import annotations

from urllib.parse import urljoin

from spack.errors import SpackError
from spack.recipes.urls.url_patterns import find_version
from spack.type_names import Any, Callable


class NoURLError(SpackError):
    """A recipe names no URL from which a version could be had."""


def parse_version(url: str) -> str | None:
    """The text of the version in a URL; None if none is recognised."""
    found = find_version(url)
    return found.version if found else None


def substitute_version(url: str, version: Any) -> str:
    """The URL with every occurrence of its version replaced; unchanged if it has none."""
    found = find_version(url)
    return url.replace(found.version, str(version)) if found else url


def join_url(base: str, *parts: str, resolve_href: bool = False) -> str:
    """Parts joined with single slashes; the base keeps its scheme and host.

    With ``resolve_href`` every part is taken as a link on the page before it, as browsers do.
    """
    if resolve_href:
        for part in parts:
            base = urljoin(base, part)
        return base
    tail = "/".join(part.strip("/") for part in parts if part.strip("/"))
    return f"{base.rstrip('/')}/{tail}" if tail else base


def all_urls(package: Any) -> list[str]:
    """The URL of a package or package class, the first of several, and those of its versions."""
    found = [url for url in (_url(package), *_urls(package)[:1]) if url]
    found += [keywords["url"] for keywords in package.versions.values() if keywords.get("url")]
    return found


def nearest_url(package: Any, version: Any) -> str | None:
    """The URL of the closest version that names one.

    Closest is the version itself, else the highest lower one, else the lowest of all.
    """
    with_url = sorted(known for known, keywords in package.versions.items() if keywords.get("url"))
    if not with_url:
        return None
    lower = [known for known in with_url if known <= version]
    return str(package.versions[lower[-1] if lower else with_url[0]]["url"])


def all_urls_for_version(package: Any, version: Any) -> list[str]:
    """Every URL at which a version may be, the best first.

    Raises :class:`NoURLError`.
    """
    return _candidates(package, version, _own_method(package))


def default_url_for_version(package: Any, version: Any) -> str:
    """The best URL of a version without asking the recipe's own ``url_for_version``.

    Raises :class:`NoURLError`.
    """
    return _candidates(package, version, None)[0]


def _candidates(package: Any, version: Any, own: Callable[[Any], str | None] | None) -> list[str]:
    found: list[str] = []
    declared = package.versions.get(version, {}).get("url")
    if declared:
        found.append(str(declared))
    if own is not None:
        answer = own(version)
        if answer:
            found.append(str(answer))
    general = [url for url in (_url(package), *_urls(package), _url(package, "list_url")) if url]
    wanted = package.url_version(version)
    for url in general:
        if find_version(url):
            found.append(substitute_version(url, wanted))
    if not found:
        last_resort = _url(package) or next(iter(_urls(package)), None)
        last_resort = last_resort or nearest_url(package, version)
        if last_resort is None:
            raise NoURLError(
                f"{package.name}: the recipe names no URL for version {version}",
                hint="add 'url' to the recipe, or url= to the version",
            )
        found.append(substitute_version(last_resort, wanted))
    return list(dict.fromkeys(found))


def _own_method(package: Any) -> Callable[[Any], str | None] | None:
    """The method ``url_for_version`` of a recipe, None if it has only the inherited one."""
    for cls in type(package).__mro__:
        if "url_for_version" in vars(cls):
            if cls.__module__.startswith("spack.recipes."):
                return None
            method: Callable[[Any], str | None] = package.url_for_version
            return method
    return None


def _url(package: Any, attribute: str = "url") -> str | None:
    url = getattr(package, attribute, None)
    return url if isinstance(url, str) and url else None


def _urls(package: Any) -> list[str]:
    urls = getattr(package, "urls", None)
    return [str(url) for url in urls] if isinstance(urls, (list, tuple)) else []
