"""The name of the software in a URL: the part that stands before the version.

Works on text only.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from spack.recipes.urls.url_patterns import find_version

#: Parts of paths that say how something is handed out, not what it is.
_NOT_NAMES = frozenset(
    "archive archives refs tags releases release download downloads files file source sources src "
    "pub dist stable latest project projects software v get repository tar gz zip".split()
)
_HOSTING = ("github.com", "gitlab.", "bitbucket.org", "codeberg.org")


def find_name(url: str) -> str | None:
    """The name of the software that a URL hands out, as a package name; None if there is none."""
    found = find_version(url)
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if not parts:
        return None
    host = urlsplit(url).netloc
    last = parts[-1]
    if found is not None:
        last = last.partition(found.version)[0]
    else:
        last = re.sub(r"\.(tar(\.\w+)?|t[gbx]z2?|zip|git|whl|gem|jar)$", "", last)
    own = _package_name(last)
    if own and own not in _NOT_NAMES:
        return own
    if any(word in host for word in _HOSTING) and len(parts) > 1:
        return _package_name(re.sub(r"\.git$", "", parts[1]))
    for part in reversed(parts[:-1]):
        if found is not None and found.version in part:
            part = part.partition(found.version)[0]
        name = _package_name(part)
        if name and name not in _NOT_NAMES:
            return name
    return None


def _package_name(text: str) -> str:
    """Text as a package name: lower case, words joined by dashes; empty if nothing is left."""
    text = re.sub(r"[-_.](v|src|source|release|rel)?$", "", text.strip("-_. "), flags=re.IGNORECASE)
    text = re.sub(r"\+\+|\+", "pp", text)
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") if text.lower() != "v" else ""
