"""The web pages that list archives like a given one: the folder it lies in, or its host's list.

Works on text only; nobody is asked.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from spack.named_tuples import NamedTuple
from spack.recipes.urls.url_patterns import find_version

#: Folders below a page that is searched for versions of a folder each, at most.
_DEEPEST = 3

_SOURCEFORGE_FILES = re.compile(r"/projects?/([^/]+)(?:/files)?/(.*)")


class ListingPage(NamedTuple):
    """A page with links, and how many levels of the pages below it have some too."""

    address: str
    depth: int


def listing_pages(url: str) -> list[ListingPage]:
    """Pages that probably link to other versions of the archive at an address."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    site = f"{parts.scheme}://{parts.netloc}"
    if host == "github.com":
        return _github(site, parts.path)
    if "gitlab" in host or "/-/" in parts.path or parts.path.startswith("/api/v4/projects/"):
        return _gitlab(site, parts.path)
    if host == "sourceforge.net" or host.endswith(".sourceforge.net"):
        return _sourceforge(parts.scheme, host, parts.path)
    return _folders(url)


def _github(site: str, path: str) -> list[ListingPage]:
    words = path.split("/")
    project = f"{site}/{'/'.join(words[1:3])}".replace(".git", "")
    pages = [ListingPage(f"{project}/tags", 0)]
    if "/releases/" in path:
        pages.insert(0, ListingPage(f"{project}/releases", 0))
    return pages


def _gitlab(site: str, path: str) -> list[ListingPage]:
    if path.startswith("/api/v4/projects/"):
        project = unquote(path.split("/")[4])
    elif "/-/" in path:
        project = path.partition("/-/")[0].strip("/")
    else:
        project = "/".join(path.split("/")[1:3]).replace(".git", "")
    pages = [ListingPage(f"{site}/{project}/-/tags", 0)]
    if "/-/releases/" in path:
        pages.insert(0, ListingPage(f"{site}/{project}/-/releases", 0))
    return pages


def _sourceforge(scheme: str, host: str, path: str) -> list[ListingPage]:
    """Downloads come from many hosts, one lists them."""
    path = re.sub(r"/download$", "", path)
    match = _SOURCEFORGE_FILES.match(path)
    if match is None:
        # Short addresses have the project and the file only.
        match = re.match(r"/(?:sourceforge/)?([^/]+)/(.*)", path)
    if match is None:
        return []
    folder = f"{scheme}://sourceforge.net/projects/{match.group(1)}/files/"
    if "/" not in match.group(2):
        return [ListingPage(folder, 2)]
    return _folders(folder + match.group(2))


def _folders(url: str) -> list[ListingPage]:
    """The folder of a file, and the one that has a folder for each version."""
    folder = url.partition("?")[0].rpartition("/")[0] + "/"
    pages = [ListingPage(folder, 0)]
    found = find_version(url)
    start = folder.find("/", folder.find("://") + 3)
    words = folder[start:].strip("/").split("/")
    for index, word in enumerate(words):
        if found is not None and _names_version(word, found.version):
            above = "/".join(words[:index])
            address = folder[: start + 1] + (above + "/" if above else "")
            pages.append(ListingPage(address, min(len(words) - index, _DEEPEST)))
            break
    return pages


def _names_version(folder: str, version: str) -> bool:
    """Whether a folder is one of a version, such as 1.2.3, v1.2 or tool-1.2 for 1.2.3."""
    match = re.search(r"\d+(?:[._]\d+)*$", folder)
    if match is None:
        return False
    numbers = re.sub("_", ".", match.group(0))
    whole = re.sub("_", ".", version)
    return "." in numbers and (whole + ".").startswith(numbers + ".")
