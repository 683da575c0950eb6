"""Sources in Subversion, Mercurial, CVS and Go modules, fetched with their own programs.

Each fetcher writes a tree at the source path. Must not know recipes, mirrors or stages.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import urllib.parse

from spack.sources.fetching import network, tools
from spack.sources.fetching.fetchers import FetchContext, Fetcher, NoFetcherError, Place


class _TreeFetcher(Fetcher):
    """What the fetchers of this module share: an address and, maybe, a revision."""

    def __init__(self, url: str, revision: str | None = None, *, cachable: bool = True) -> None:
        self.url = url
        self.revision = str(revision) if revision is not None else None
        self.cachable = cachable

    @property
    def address(self) -> str:
        text = network.shown(self.url)
        return f"{text}, revision {self.revision}" if self.revision else text

    @property
    def identity(self) -> str | None:
        return self.revision

    @property
    def extension(self) -> str:
        return "tar.gz"

    @property
    def cache_path(self) -> str | None:
        if not self.revision or not self.cachable:
            return None
        path = urllib.parse.urlsplit(self.url).path if "://" in self.url else self.url
        tail = path.strip("/").replace(":", "/")
        return posixpath.normpath(posixpath.join(self.kind, tail, self.revision + ".tar.gz"))

    def _prepare(self, place: Place, context: FetchContext) -> str:
        purpose = f"fetch {context.label} from {self.address}"
        program = tools.find_tool(self.kind, needed_for=purpose)
        if context.network.offline and not network.is_local_repository(self.url):
            raise network.DownloadError(self.address, "network access is disabled")
        context.reporter.attempt(context.label, self.address)
        shutil.rmtree(place.source_path, ignore_errors=True)
        return program

    def _run(self, command: list[str], cwd: str) -> None:
        try:
            tools.run(command, cwd=cwd)
        except tools.ToolFailedError as error:
            raise network.DownloadError(self.address, error.reason) from error


class SvnFetcher(_TreeFetcher):
    """A Subversion working copy, at a revision or at the newest one."""

    kind = "svn"

    def fetch(self, place: Place, context: FetchContext) -> None:
        command = [self._prepare(place, context), "checkout", "--quiet", "--non-interactive"]
        if not context.network.verify_ssl:
            command.append("--trust-server-cert-failures=unknown-ca,cn-mismatch,expired")
        if self.revision:
            command += ["--revision", self.revision]
        self._run([*command, self.url, place.source_path], place.directory)


class HgFetcher(_TreeFetcher):
    """A Mercurial clone, at a revision or at the tip."""

    kind = "hg"

    def fetch(self, place: Place, context: FetchContext) -> None:
        command = [self._prepare(place, context), "clone", "--quiet"]
        if not context.network.verify_ssl:
            command.append("--insecure")
        if self.revision:
            command += ["--rev", self.revision, "--updaterev", self.revision]
        self._run([*command, "--", self.url, place.source_path], place.directory)


class CvsFetcher(_TreeFetcher):
    """A CVS checkout of ``ROOT%module=NAME``, at a branch or a date."""

    kind = "cvs"

    def __init__(
        self,
        url: str,
        *,
        branch: str | None = None,
        date: str | None = None,
        cachable: bool = True,
    ) -> None:
        root, separator, module = url.partition("%module=")
        if not separator or not root or not module:
            raise NoFetcherError(f"{url!r} is not a CVS source; write ROOT%module=NAME")
        revision = "-".join(word for word in (branch, date) if word)
        super().__init__(url, revision or None, cachable=cachable)
        self.root = root
        self.module = module
        self.branch = branch
        self.date = date

    def fetch(self, place: Place, context: FetchContext) -> None:
        command = [self._prepare(place, context), "-z9", "-Q", "-d", self.root, "checkout"]
        if self.branch:
            command += ["-r", self.branch]
        if self.date:
            command += ["-D", self.date]
        name = os.path.basename(place.source_path)
        self._run([*command, "-d", name, self.module], os.path.dirname(place.source_path))


class GoFetcher(_TreeFetcher):
    """The download of a Go package with all that it needs, as a GOPATH tree."""

    kind = "go"

    def fetch(self, place: Place, context: FetchContext) -> None:
        program = self._prepare(place, context)
        os.makedirs(place.source_path)
        try:
            tools.run(
                [program, "get", "-v", "-d", self.url],
                cwd=place.source_path,
                env={"GOPATH": place.source_path},
            )
        except tools.ToolFailedError as error:
            raise network.DownloadError(self.address, error.reason) from error
