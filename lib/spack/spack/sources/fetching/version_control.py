"""Sources in Subversion, Mercurial, CVS and Go modules, fetched with their own programs.

Each fetcher writes a tree at the source path. Must not know recipes, mirrors or stages.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from spack.sources.fetching import tools
from spack.sources.fetching.fetchers import FetchContext, NoFetcherError, Place, TreeFetcher
from spack.sources.fetching.requests import shown
from spack.sources.fetching.retries import DownloadError


class _RevisionFetcher(TreeFetcher):
    """Common part of the fetchers of this module: an address and, maybe, a revision."""

    def __init__(self, url: str, revision: str | None = None, *, cachable: bool = True) -> None:
        super().__init__(url, cachable=cachable)
        self.revision = str(revision) if revision is not None else None

    @property
    def address(self) -> str:
        text = shown(self.url)
        return f"{text}, revision {self.revision}" if self.revision else text

    @property
    def identity(self) -> str | None:
        return self.revision

    @property
    def cache_path(self) -> str | None:
        return self._cache_path_of(self.revision) if self.revision and self.cachable else None

    def _prepare(self, place: Place, context: FetchContext) -> str:
        purpose = f"fetch {context.label} from {self.address}"
        program = tools.find_tool(self.kind, needed_for=purpose)
        self._begin(place, context)
        return program

    def _run(self, command: list[str], cwd: str, env: Mapping[str, str] | None = None) -> None:
        try:
            tools.run(command, cwd=cwd, env=env)
        except tools.ToolFailedError as error:
            raise DownloadError(self.address, error.reason) from error


class SvnFetcher(_RevisionFetcher):
    """A Subversion working copy, at a revision or at the newest one."""

    kind = "svn"

    def fetch(self, place: Place, context: FetchContext) -> None:
        command = [self._prepare(place, context), "checkout", "--quiet", "--non-interactive"]
        if not context.network.verify_ssl:
            command.append("--trust-server-cert-failures=unknown-ca,cn-mismatch,expired")
        if self.revision:
            command += ["--revision", self.revision]
        self._run([*command, self.url, place.source_path], place.directory)


class HgFetcher(_RevisionFetcher):
    """A Mercurial clone, at a revision or at the tip."""

    kind = "hg"

    def fetch(self, place: Place, context: FetchContext) -> None:
        command = [self._prepare(place, context), "clone", "--quiet"]
        if not context.network.verify_ssl:
            command.append("--insecure")
        if self.revision:
            command += ["--rev", self.revision, "--updaterev", self.revision]
        self._run([*command, "--", self.url, place.source_path], place.directory)


class CvsFetcher(_RevisionFetcher):
    """A CVS checkout of ``ROOT%module=NAME``, at a branch or a date."""

    kind = "cvs"

    def __init__(
        self, url: str, *, branch: str | None = None, date: str | None = None, cachable: bool = True
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


class GoFetcher(_RevisionFetcher):
    """The download of a Go package with all that it needs, as a GOPATH tree."""

    kind = "go"

    def fetch(self, place: Place, context: FetchContext) -> None:
        program = self._prepare(place, context)
        os.makedirs(place.source_path)
        command = [program, "get", "-v", "-d", self.url]
        self._run(command, place.source_path, {"GOPATH": place.source_path})
