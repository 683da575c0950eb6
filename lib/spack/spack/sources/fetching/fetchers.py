"""Fetchers: one object for each way a source can be had, and how each brings it into a stage.

A fetcher is an immutable description. It writes into the two places it is told, an archive file
in the stage directory or a tree at the source path, and knows neither mirrors nor caches; those
are tried by :mod:`spack.sources.stage` before the fetcher is.
"""

from __future__ import annotations

import abc
import os
import posixpath
import re
import shutil
import urllib.parse

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.sources.fetching import checksums, network
from spack.sources.fetching.checksums import Checksum
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.fetching.requests import NetworkSettings, RequestOptions, shown
from spack.sources.fetching.retries import DownloadError
from spack.system.terminal.output import harmless

_ARCHIVE_SUFFIX = re.compile(
    r"\.((?:tar|TAR)(?:\.(?:gz|bz2|xz|zst|Z))?|tgz|tbz2?|txz|gz|bz2|xz|zst|Z|zip|whl|7z)$"
)


#: How a web page begins, after a mark of its encoding, blanks and comments.
_WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head)\b",
    re.IGNORECASE | re.DOTALL,
)
_MISMATCH = "checksum mismatch"


class FetchError(SpackError):
    """A source could not be had; the message or the details say what was tried."""


class NoFetcherError(SpackError):
    """The keywords of a version or resource describe no source, or more than one."""


class Place(NamedTuple):
    """The place that a fetcher writes to: the stage directory, and the tree inside it."""

    directory: str
    source_path: str


class FetchContext(NamedTuple):
    """Resources that every fetcher may use."""

    network: NetworkSettings = NetworkSettings()
    reporter: FetchReporter = SILENT
    label: str = "source"


class Fetcher(abc.ABC):
    """One way to get one source.

    Attributes:
        kind: keyword of the recipe language (``url``, ``git`` …), ``bundle`` for no source.
        expand: whether a fetched archive is unpacked.
        cache_path: path below ``_source-cache`` under which the source is kept for ever, or None
            when its content may change.
        checksum: what proves that a file is the right one, or None.
    """

    kind: str = ""
    expand: bool = True
    checksum: Checksum | None = None

    @property
    def cache_path(self) -> str | None:
        """Not cachable unless a fetcher says so."""
        return None

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """The address that the source comes from, for messages."""

    @property
    def identity(self) -> str | None:
        """The digest or commit that fixes the content, or None when nothing does."""
        return self.checksum.digest if self.checksum else None

    @property
    def file_name(self) -> str | None:
        """Name of the fetched file in the stage, None for fetchers that make a tree."""
        return None

    @property
    def extension(self) -> str:
        """Archive extension without a dot, "" when there is none."""
        return ""

    def accepts_tree(self, tree: str, context: FetchContext) -> bool:
        """Whether a tree from a mirror or cache is what this fetcher would have made."""
        return True


class BundleFetcher(Fetcher):
    """For packages without code: there is nothing to fetch."""

    kind = "bundle"
    expand = False

    @property
    def address(self) -> str:
        return "(no source)"

    @property
    def identity(self) -> str | None:
        return ""

    def fetch(self, place: Place, context: FetchContext) -> None:
        os.makedirs(place.source_path, exist_ok=True)


class TreeFetcher(Fetcher):
    """A fetcher whose program writes a tree; caches and mirrors hold it packed."""

    def __init__(self, url: str, *, cachable: bool = True) -> None:
        self.url = url
        self.cachable = cachable

    @property
    def extension(self) -> str:
        return "tar.gz"

    @abc.abstractmethod
    def fetch(self, place: Place, context: FetchContext) -> None:
        """Bring the source to ``place``. Raises FetchError or another SpackError."""

    def _cache_path_of(self, revision: str) -> str:
        path = urllib.parse.urlsplit(self.url).path if "://" in self.url else self.url
        tail = path.strip("/").replace(":", "/")
        return posixpath.normpath(posixpath.join(self.kind, tail, revision + ".tar.gz"))

    def _begin(self, place: Place, context: FetchContext) -> None:
        """Say what is fetched, and remove an older tree. Raises DownloadError if it must not be."""
        if context.network.offline and not network.is_local_repository(self.url):
            raise DownloadError(shown(self.url), "network access is disabled")
        context.reporter.attempt(context.label, self.address)
        shutil.rmtree(place.source_path, ignore_errors=True)


def archive_extension(url: str) -> str:
    """The archive extension of a URL or path, "" when it has none: ``tar.gz``, ``zip`` …"""
    parts = urllib.parse.urlsplit(url)
    path = re.sub(r"/download$", "", parts.path)
    for text in (path, parts.query, parts.fragment):
        match = _ARCHIVE_SUFFIX.search(text)
        if match:
            return match.group(1)
    return ""


def download_name(url: str) -> str:
    """The file name that a download of this URL gets."""
    path = urllib.parse.urlsplit(url).path if "://" in url else url
    path = re.sub(r"/download$", "", path.rstrip("/"))
    name = urllib.parse.unquote(posixpath.basename(path))
    return re.sub(r"[^A-Za-z0-9._+~=@,-]", "_", name) or "download"


class UrlFetcher(Fetcher):
    """A file or archive behind one of several addresses.

    Args:
        urls: addresses in the order of preference, at least one.
        checksum: digest of the file, or None (then nothing is verified nor cached).
        expand: unpack the file.
        extension: overrides the one that the first address shows.
        options: time-out, cookie and credentials of the requests.
        cachable: false for sources that recipes mark ``no_cache``.
    """

    kind = "url"

    def __init__(
        self,
        urls: tuple[str, ...],
        checksum: Checksum | None = None,
        *,
        expand: bool = True,
        extension: str | None = None,
        options: RequestOptions = RequestOptions(),
        cachable: bool = True,
    ) -> None:
        if not urls:
            raise NoFetcherError("a URL source needs at least one URL")
        self.urls = tuple(dict.fromkeys(urls))
        self.checksum = checksum
        self.expand = expand
        self.options = options
        self.cachable = cachable
        self._extension = extension

    @property
    def address(self) -> str:
        return shown(self.urls[0])

    @property
    def extension(self) -> str:
        return self._extension or archive_extension(self.urls[0])

    @property
    def file_name(self) -> str | None:
        name = download_name(self.urls[0])
        if self._extension and not name.endswith("." + self._extension):
            name += "." + self._extension
        return name

    @property
    def cache_path(self) -> str | None:
        if self.checksum is None or not self.cachable:
            return None
        digest = self.checksum.digest
        suffix = f".{self.extension}" if self.extension else ""
        return posixpath.join("archive", digest[:2], digest + suffix)

    def unchecked(self) -> UrlFetcher:
        """The same source, taken as it comes."""
        return UrlFetcher(
            self.urls,
            expand=self.expand,
            extension=self._extension,
            options=self.options,
            cachable=False,
        )

    def fetch_from(self, url: str, place: Place, context: FetchContext) -> str:
        """Download from one address and verify; the path of the file.

        Raises DownloadError or ChecksumError; nothing is left behind then.
        """
        target = os.path.join(place.directory, self.file_name or "download")
        context.reporter.attempt(context.label, shown(url))
        joined = self._download(url, target, context, may_resume=True)
        try:
            self._verify(target, url)
        except checksums.ChecksumError:
            if not joined:
                raise
            # The server may have sent other bytes than it said.
            self._download(url, target, context, may_resume=False)
            self._verify(target, url)
        return target

    def _download(self, url: str, target: str, context: FetchContext, *, may_resume: bool) -> bool:
        """Fetch the file; whether it is joined from parts. Raises DownloadError."""
        return network.download(
            url,
            target,
            context.network,
            options=self.options,
            reporter=context.reporter,
            may_resume=may_resume,
        )

    def _verify(self, target: str, url: str) -> None:
        if self.expand:
            refuse_web_page(target, url)
        if self.checksum is not None:
            checksums.verify(target, self.checksum, url=shown(url))


def refuse_web_page(path: str, url: str) -> None:
    """Log-in and error pages come with status 200: say so instead of failing to unpack.

    Raises DownloadError; the file is removed then.
    """
    with open(path, "rb") as stream:
        start = stream.read(4096)
    if _WEB_PAGE.match(start):
        os.unlink(path)
        raise DownloadError(shown(url), "the server sent a web page instead of an archive")


def reason_of(error: SpackError) -> str:
    """A few words about an error of one attempt."""
    if isinstance(error, checksums.ChecksumError):
        return f"{_MISMATCH} (expected {error.expected}, got {error.got})"
    reason = getattr(error, "reason", None)
    return harmless(" ".join(str(reason or error.message).split()))


def tried_error(label: str, attempts: list[tuple[str, str]]) -> FetchError:
    """The one error for a source that could be had nowhere: every address and its reason."""
    if not attempts:
        return FetchError(f"cannot fetch {label}: there is no URL to fetch it from")
    width = max(len(address) for address, _ in attempts)
    lines = [f"    {address:<{min(width, 72)}}  {reason}" for address, reason in attempts]
    hint = "check the network, or add a mirror that holds the source: spack mirror add NAME URL"
    if any(reason.startswith(_MISMATCH) for _, reason in attempts):
        hint = (
            "the source may have been replaced: compare it with what its authors publish, or add a"
            " mirror that holds the old one: spack mirror add NAME URL"
        )
    return FetchError(
        f"cannot fetch {label}: {len(attempts)} address{'es' if len(attempts) > 1 else ''} tried",
        details="\n".join(lines),
        hint=hint,
    )
