"""Archives that web pages link to: for finding versions, and sources whose address moved.

Knows pages and links; which link is which version is said by
:mod:`spack.recipes.urls.version_urls`.
"""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Sequence
from html.parser import HTMLParser

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.recipes.urls import version_urls as recipe_urls
from spack.sources.fetching import network
from spack.sources.fetching.fetchers import archive_extension
from spack.sources.fetching.parallel import in_parallel
from spack.sources.fetching.requests import NetworkSettings

#: Pages read at once.
_PARALLEL = 8
#: Pages read in one search; a recipe's pages are few, a loop of links is not.
_MOST_PAGES = 200


class PageLinks(NamedTuple):
    """Absolute addresses in a page, in order, without fragments.

    Attributes:
        address: where the page came from in the end.
        links: what the page links to.
        parts: pages that are shown as part of this one, and those that continue it.
    """

    address: str
    links: tuple[str, ...]
    parts: tuple[str, ...]


class _Links(HTMLParser):
    """Collects the targets of links, and the pages that belong to one."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.base = url
        self.links: dict[str, None] = {}
        self.parts: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        if tag == "base" and "href" in values:
            self.base = urllib.parse.urljoin(self.url, values["href"])
        elif tag in ("a", "link") and "href" in values:
            self._add_link(values["href"], values.get("rel", "").split(), tag)
        elif tag in ("iframe", "frame", "include-fragment") and "src" in values:
            target = self._absolute(values["src"])
            self.links[target] = None
            self.parts[target] = None

    def _add_link(self, link: str, relations: Sequence[str], tag: str) -> None:
        target = self._absolute(link)
        if tag == "a":
            self.links[target] = None
        if "next" in relations or self._continues(target):
            self.parts[target] = None

    def _absolute(self, link: str) -> str:
        try:
            return urllib.parse.urldefrag(urllib.parse.urljoin(self.base, link.strip()))[0]
        except ValueError:
            # Not every text in a page is an address.
            return self.base

    def _continues(self, target: str) -> bool:
        """Whether it is the same list, later: pages of tags say so with their query."""
        place, _, query = target.partition("?")
        if place != self.url.partition("?")[0]:
            return False
        return any(word.partition("=")[0] in _NEXT_WORDS for word in query.split("&"))


#: Keys of a query that say which part of a list is shown.
_NEXT_WORDS = ("after", "page", "page_token")


def links_of_page(url: str, text: str) -> PageLinks:
    """The addresses in a page that came from ``url``."""
    parser = _Links(url)
    parser.feed(text)
    return PageLinks(url, tuple(parser.links), tuple(parser.parts))


def _read_page(url: str, settings: NetworkSettings) -> PageLinks:
    path = network.local_path(url)
    if path is not None and os.path.isdir(path):
        base = network.address_of(path).rstrip("/") + "/"
        names = sorted(os.listdir(path))
        links = tuple(base + urllib.parse.quote(name) for name in names)
        return PageLinks(base, links, ())
    text, final = network.read_text(url, settings)
    return links_of_page(final, text)


def find_links(
    pages: Sequence[str], depth: int = 0, settings: NetworkSettings = NetworkSettings()
) -> list[str]:
    """Addresses that pages link to, following links below the pages ``depth`` times.

    What a page includes, and the pages that continue it, count as the page itself. Pages that
    cannot be read are skipped, unless none can: then DownloadError is raised.
    """
    seen: set[str] = set()
    found: dict[str, None] = {}
    below: list[str] = []
    wave = [network.address_of(page) for page in pages]
    roots = [_folder_of(page) for page in wave]
    problem: SpackError | None = None
    read = 0
    level = 0
    while wave:
        wave = [page for page in dict.fromkeys(wave) if page not in seen][: _MOST_PAGES - len(seen)]
        seen.update(wave)
        parts: list[str] = []
        following: list[str] = []
        for links in in_parallel(lambda page: _read_page(page, settings), wave, _PARALLEL):
            if isinstance(links, SpackError):
                problem = problem or links
                continue
            read += 1
            if not level:
                # A mirror may have answered.
                roots.append(_folder_of(links.address))
            found.update(dict.fromkeys(links.links))
            parts += links.parts
            following += [link for link in links.links if _worth_reading(link, roots)]
        below += following
        wave = [page for page in parts if page not in seen]
        if not wave and level < depth:
            wave, below, level = below, [], level + 1
    if problem is not None and not read:
        raise problem
    return list(found)


def _folder_of(page: str) -> str:
    return page if page.endswith("/") else page.rpartition("/")[0] + "/"


def _worth_reading(link: str, roots: Sequence[str]) -> bool:
    # A query sorts the same list in another order.
    if archive_extension(link) or "?" in link:
        return False
    return any(link.startswith(root) and link != root for root in roots)


def archives_by_version(
    pages: Sequence[str], depth: int = 0, settings: NetworkSettings = NetworkSettings()
) -> dict[str, list[str]]:
    """Version text to the archives that pages link to. Raises DownloadError."""
    found: dict[str, list[str]] = {}
    for link in find_links(pages, depth, settings):
        if not archive_extension(link):
            continue
        version = recipe_urls.parse_version(link)
        if version is not None:
            found.setdefault(str(version), []).append(link)
    return found


def archives_of_version(
    page: str, version: str, depth: int = 0, settings: NetworkSettings = NetworkSettings()
) -> list[str]:
    """The archives of one version that a page and those below it link to."""
    return archives_by_version([page], depth, settings).get(version, [])
