"""The version in a URL: the table of patterns for it, tried in order.

Works on text only. The version is found in the last part of the path, after archive suffixes and
words such as ``-src`` or ``-linux64`` are gone; else in the query or in a directory.
"""

from __future__ import annotations

import re
from re import Pattern

from spack.named_tuples import NamedTuple

_ARCHIVE_SUFFIX = re.compile(
    r"\.(?:(?:tar|TAR)\.(?:gz|bz2|xz|Z)|tar|TAR|gz|bz2|xz|Z|zip|tgz|tbz2|tbz|txz|whl)$"
)

#: Words that may stand at the end of a file name after its version; each is removed at most once,
#: in this order.
_WORDS = (
    r"install all code [Ss]ources? file full single with[a-zA-Z_-]+ rock src(?:_0)? public bin "
    r"binary run universal jar complete dynamic oss gem tar sh release bin stable [Ff]inal rel "
    r"orig dist \+ gpl"
).split()
_ARCHITECTURES = (
    "ia32 intel amd64 linux64 x64 64bit x86[_-]64 i586_64 x86 i[36]86 ppc64(?:le)? "
    "armv?(?:7l|6l|64)?"
).split()
_SYSTEMS = (
    "cpp gtk incubating [Ll]inux(?:_64)? [Uu]nix [Ss]un[Oo][Ss] [Mm]ac_?[Oo][Ss][Xx]? "
    "[Oo][Ss][Xx] [Dd]arwin(?:64)? [Aa]pple [Ww]indows [Ww]in(?:32|64)? [Cc]yg[Ww]in(?:32|64)? "
    "mingw [Cc]ent[Oo][Ss]"
).split()
_WHEEL_TAGS = r"-(?:py|cp)[23].*"

_ENDINGS: list[Pattern[str]] = [
    re.compile(rf"[._-]?(?:{word})$")
    for word in (*_WORDS, *_ARCHITECTURES, *_SYSTEMS, *_ARCHITECTURES)
] + [re.compile(rf"{_WHEEL_TAGS}$")]

#: Patterns of a whole file name without its endings; the group is the version.
_NAME_PATTERNS: list[Pattern[str]] = [
    re.compile(pattern)
    for pattern in (
        # a name without digits, and digits
        r"^[a-zA-Z+._-]+[._-]v?(\d[\d._-]*)$",
        # digits only
        r"^v?(\d[\d._-]*)$",
        # no separator
        r"^[a-zA-Z+]*(\d[\da-zA-Z]*)$",
        # one kind of separator
        r"^[a-zA-Z+-]*(\d[\da-zA-Z-]*)$",
        r"^[a-zA-Z+_]*(\d[\da-zA-Z_]*)$",
        r"^[a-zA-Z+.]*(\d[\da-zA-Z.]*)$",
        # two kinds of separators; the name may have digits, the version letters
        r"^[a-zA-Z\d+-]+-v?(\d[\da-zA-Z.]*)$",
        r"^[a-zA-Z\d+-]+-v?(\d[\da-zA-Z_]*)$",
        r"^[a-zA-Z\d+_]+_v?(\d[\da-zA-Z.]*)$",
        r"^[a-zA-Z\d+_]+\.v?(\d[\da-zA-Z.]*)$",
        r"^[a-zA-Z\d+]+_r?(\d[\da-zA-Z-]*)$",
        r"^(?:[a-zA-Z\d+-]+-)?v?(\d[\da-zA-Z.-]*)$",
        r"^[a-zA-Z+]+v?(\d[\da-zA-Z.-]*)$",
        # three kinds of separators
        r"^[a-zA-Z\d+_]+-v?(\d[\da-zA-Z.]*)$",
        r"^[a-zA-Z\d+.]+_v?(\d[\da-zA-Z.-]*)$",
        r"^[a-zA-Z\d+-]+-v?(\d[\da-zA-Z._]*)$",
        r"^[a-zA-Z\d+._]+-v?(\d[\da-zA-Z.]*)$",
        r"^[a-zA-Z+-]+(\d[\da-zA-Z._]*)$",
        r"^[a-zA-Z\d+_-]+-v?(\d[\da-zA-Z.]*)$",
        # Bazaar
        r"bzr(\d[\da-zA-Z._-]*)$",
    )
]

#: Patterns of the whole URL, for file names without a version.
_URL_PATTERNS: list[Pattern[str]] = [
    re.compile(pattern)
    for pattern in (
        r"[?&](?:sha|ref|version)=[a-zA-Z\d+-]*[_-]?v?(\d[\da-zA-Z._-]*)$",
        r"[?&](?:filename|f|get)=[a-zA-Z\d+/-]+[_-]v?(\d[\da-zA-Z.]*)",
        r"github\.com/[^/]+/[^/]+/releases/download/[a-zA-Z+._-]*v?(\d[\da-zA-Z._-]*)/",
        r"/-/releases/[a-zA-Z+._-]*v?(\d[\da-zA-Z._-]*)/downloads/",
        r"[^/]/[a-zA-Z+._-]*?v?(\d[\da-zA-Z._-]*)/[^/]+$",
    )
]


class VersionInUrl(NamedTuple):
    """The version text of a URL, and where it starts."""

    version: str
    start: int


def find_version(url: str) -> VersionInUrl | None:
    """The version in a URL, or None if no pattern recognises one."""
    stem = _stem(url)
    for pattern in _NAME_PATTERNS:
        match = pattern.search(stem)
        if match:
            return VersionInUrl(match.group(1), url.rfind(stem) + match.start(1))
    whole = _ARCHIVE_SUFFIX.sub("", url)
    for pattern in _URL_PATTERNS:
        match = pattern.search(whole)
        if match:
            return VersionInUrl(match.group(1), match.start(1))
    return None


def _stem(url: str) -> str:
    """The last part of the path without query, archive suffix and words after the version."""
    path = re.sub(r"[?#].*$", "", url)
    if "sourceforge.net" in path or "sf.net" in path:
        path = re.sub(r"/download$", "", path)
    name = path.rsplit("/", 1)[-1]
    name = _ARCHIVE_SUFFIX.sub("", name)
    for ending in _ENDINGS:
        name = ending.sub("", name)
    return name
