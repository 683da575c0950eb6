"""Archives that web pages link to: for finding versions, and sources whose address moved.

Knows pages and links; which link is which version is asked of :mod:`spack.recipes.urls`.
"""

from __future__ import annotations

import concurrent.futures
import os
import urllib.parse
from html.parser import HTMLParser
from typing import Dict, List, Sequence, Set, Tuple

from spack.recipes import urls as recipe_urls
from spack.sources import network
from spack.sources.fetchers import archive_extension
from spack.sources.network import DownloadError, NetworkSettings

#: Pages read at once.
_PARALLEL = 8
#: Pages read in one search; a recipe's pages are few, a loop of links is not.
_MOST_PAGES = 200


class _Links(HTMLParser):
    """Collects the targets of links and frames."""

    def __init__(self) -> None:
        super().__init__()
        self.found: List[str] = []

    def handle_starttag(self, tag: str, attrs: "List[Tuple[str, str | None]]") -> None:
        wanted = {"a": "href", "iframe": "src", "frame": "src"}.get(tag)
        for name, value in attrs:
            if name == wanted and value:
                self.found.append(value)


def links_of_page(url: str, text: str) -> List[str]:
    """Absolute addresses of the links of a page, in order, without fragments."""
    parser = _Links()
    parser.feed(text)
    absolute = (urllib.parse.urldefrag(urllib.parse.urljoin(url, link))[0] for link in parser.found)
    return list(dict.fromkeys(absolute))


def _read_page(url: str, settings: NetworkSettings) -> List[str]:
    path = network.local_path(url)
    if path is not None and os.path.isdir(path):
        base = network.address_of(path).rstrip("/") + "/"
        return [base + urllib.parse.quote(name) for name in sorted(os.listdir(path))]
    text, final = network.read_text(url, settings)
    return links_of_page(final, text)


def find_links(
    pages: Sequence[str], depth: int = 0, settings: NetworkSettings = NetworkSettings()
) -> List[str]:
    """Addresses that pages link to, following links below the pages ``depth`` times.

    Pages that cannot be read are skipped, unless none can: then DownloadError is raised.
    """
    seen: Set[str] = set()
    found: Dict[str, None] = {}
    wave = [network.address_of(page) for page in pages]
    roots = [page if page.endswith("/") else page.rpartition("/")[0] + "/" for page in wave]
    problem = None
    read = 0
    for level in range(depth + 1):
        wave = [page for page in dict.fromkeys(wave) if page not in seen][: _MOST_PAGES - len(seen)]
        seen.update(wave)
        following: List[str] = []
        with concurrent.futures.ThreadPoolExecutor(_PARALLEL) as pool:
            tasks = [pool.submit(_read_page, page, settings) for page in wave]
            for task in tasks:
                try:
                    links = task.result()
                except DownloadError as error:
                    problem = problem or error
                    continue
                read += 1
                found.update(dict.fromkeys(links))
                if level < depth:
                    following += [link for link in links if _worth_reading(link, roots)]
        wave = following
    if problem is not None and not read:
        raise problem
    return list(found)


def _worth_reading(link: str, roots: Sequence[str]) -> bool:
    return not archive_extension(link) and any(link.startswith(root) for root in roots)


def archives_by_version(
    pages: Sequence[str], depth: int = 0, settings: NetworkSettings = NetworkSettings()
) -> Dict[str, List[str]]:
    """Version text to the archives that pages link to. Raises DownloadError."""
    found: Dict[str, List[str]] = {}
    for link in find_links(pages, depth, settings):
        if not archive_extension(link):
            continue
        version = recipe_urls.parse_version(link)
        if version is not None:
            found.setdefault(str(version), []).append(link)
    return found


def archives_of_version(
    page: str, version: str, depth: int = 0, settings: NetworkSettings = NetworkSettings()
) -> List[str]:
    """The archives of one version that a page and those below it link to."""
    return archives_by_version([page], depth, settings).get(version, [])
