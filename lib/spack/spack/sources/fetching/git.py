"""Sources in git repositories: the fetcher, and the history that git versions are ordered by.

The fetcher clones as little as the wanted reference needs and proves that the commit is the one
asked for. Must not know recipes, mirrors or stages beyond the place it writes to.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import shutil
import tempfile
from collections.abc import Sequence

from spack.errors import SpackError
from spack.sources.fetching import network, tools
from spack.sources.fetching.fetchers import (
    FetchContext,
    FetchError,
    NoFetcherError,
    Place,
    TreeFetcher,
)
from spack.sources.fetching.requests import NetworkSettings, shown
from spack.sources.fetching.retries import DownloadError
from spack.type_names import Union

_FULL_COMMIT = re.compile(r"[0-9a-f]{40}")

#: Submodules of a source: none, all, or those at the named paths.
Submodules = Union[bool, tuple[str, ...]]

#: Variables that would make git work on another repository than the one meant.
_FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")


class GitReferenceError(SpackError):
    """A repository does not have the asked branch, tag or commit, or a tag has moved."""


class Git:
    """The git program with the settings of this run; commands never ask for a password."""

    def __init__(
        self,
        settings: NetworkSettings = NetworkSettings(),
        *,
        needed_for: str = "fetch a git repository",
    ) -> None:
        self.settings = settings
        self.program = tools.find_tool("git", needed_for=needed_for)

    def _variables(self) -> dict[str, str]:
        variables = {"GIT_TERMINAL_PROMPT": "0", "GIT_ADVICE": "0"}
        if not self.settings.verify_ssl:
            variables["GIT_SSL_NO_VERIFY"] = "true"
        elif self.settings.ssl_certs:
            where = os.path.expanduser(self.settings.ssl_certs)
            variables["GIT_SSL_CAPATH" if os.path.isdir(where) else "GIT_SSL_CAINFO"] = where
        return variables

    def __call__(self, *words: str, cwd: str | None = None) -> str:
        """Run ``git WORDS`` and return its output. Raises ToolFailedError."""
        command: list[str] = []
        foreign = [name for name in _FOREIGN if name in os.environ]
        if foreign:
            command += ["/usr/bin/env"]
            for name in foreign:
                command += ["-u", name]
        command += [self.program, "-c", "advice.detachedHead=false", *words]
        return tools.run(command, cwd=cwd, env=self._variables())


def repository_address(url: str) -> str:
    """The address for git of an address in a recipe: ``git+https`` loses its prefix."""
    return url[4:] if url.startswith("git+") else url


class GitFetcher(TreeFetcher):
    """A checkout of one reference.

    Args:
        url: address of the repository.
        commit, tag, branch: what to check out; the commit wins, a tag or branch given beside it
            tells where the commit can be found. None of them means the default branch.
        reference: a tag, branch or short commit, when it is not known which.
        submodules: whether submodules are fetched, or the paths of those that are.
        submodules_delete: paths of submodules to take out again.
        full: fetch the whole history instead of one commit.
        sparse_paths: directories to check out, empty for all.
        cachable: false for sources that recipes mark ``no_cache``.
    """

    kind = "git"

    def __init__(
        self,
        url: str,
        *,
        commit: str | None = None,
        tag: str | None = None,
        branch: str | None = None,
        reference: str | None = None,
        submodules: Submodules = False,
        submodules_delete: Sequence[str] = (),
        full: bool = False,
        sparse_paths: Sequence[str] = (),
        cachable: bool = True,
    ) -> None:
        if tag and branch:
            raise NoFetcherError(f"{url} was given both the tag {tag} and the branch {branch}")
        super().__init__(repository_address(url), cachable=cachable)
        self.commit = commit
        self.tag = tag
        self.branch = branch
        self.reference = reference
        self.submodules = submodules
        self.submodules_delete = tuple(submodules_delete)
        self.full = full
        self.sparse_paths = tuple(sparse_paths)

    @property
    def address(self) -> str:
        words = [shown(self.url)]
        for name in ("commit", "tag", "branch", "reference"):
            value = getattr(self, name)
            if value:
                words.append(f"{name} {value}")
        return ", ".join(words)

    @property
    def identity(self) -> str | None:
        return self.commit

    @property
    def cache_path(self) -> str | None:
        if not self.commit or not self.cachable:
            return None
        words = [self.commit]
        if isinstance(self.submodules, tuple) and self.submodules:
            words.append(_short_digest("submodules", *self.submodules))
        elif self.submodules:
            words.append(_short_digest("submodules", "-", *self.submodules_delete))
        if self.sparse_paths:
            words.append(_short_digest("sparse", *self.sparse_paths))
        return self._cache_path_of("-".join(words))

    def fetch(self, place: Place, context: FetchContext) -> None:
        git = Git(context.network)
        self._begin(place, context)
        os.makedirs(place.source_path)
        try:
            self._check_out(git, place.source_path)
        except BaseException:
            shutil.rmtree(place.source_path, ignore_errors=True)
            raise

    def accepts_tree(self, tree: str, context: FetchContext) -> bool:
        """A stored tree must be at the commit, and hold the submodules if they are wanted."""
        if self.commit and os.path.isdir(os.path.join(tree, ".git")):
            try:
                head = Git(context.network)("rev-parse", "HEAD", cwd=tree).strip()
            except SpackError:
                head = self.commit
            if not head.startswith(self.commit):
                return False
        if self.submodules is not True:
            return True
        try:
            with open(os.path.join(tree, ".gitmodules"), encoding="utf-8") as stream:
                paths = re.findall(r"^\s*path\s*=\s*(.+?)\s*$", stream.read(), re.MULTILINE)
        except FileNotFoundError:
            return True
        wanted = [path for path in paths if path not in self.submodules_delete]
        return all(_has_entries(os.path.join(tree, path)) for path in wanted)

    def _check_out(self, git: Git, tree: str) -> None:
        git("init", "--quiet", tree)
        git("remote", "add", "origin", self.url, cwd=tree)
        if self.sparse_paths:
            git("config", "remote.origin.promisor", "true", cwd=tree)
            git("config", "remote.origin.partialclonefilter", "blob:none", cwd=tree)
            git("sparse-checkout", "set", "--no-cone", *self.sparse_paths, cwd=tree)
        revision = self._fetch_revision(git, tree)
        if self.branch:
            git("checkout", "--quiet", "-B", self.branch, revision, cwd=tree)
        else:
            git("checkout", "--quiet", "--detach", revision, cwd=tree)
        self._prove_commit(git, tree)
        if self.submodules:
            self._fetch_submodules(git, tree)
        for path in self.submodules_delete:
            git("rm", "--quiet", "-r", "-f", "--", path, cwd=tree)

    def _fetch_revision(self, git: Git, tree: str) -> str:
        """Fetch what is needed and return the name of the revision to check out."""
        if self.full:
            self._fetch_everything(git, tree)
            if self.commit:
                return self.commit
            if self.tag:
                return f"refs/tags/{self.tag}"
            if self.reference:
                return self._held(git, tree)
            return f"origin/{self.branch}" if self.branch else self._default_branch(git, tree)
        if self.reference and not self.commit:
            for kind, place in (("tags", "tags"), ("heads", "remotes/origin")):
                name = f"refs/{kind}/{self.reference}:refs/{place}/{self.reference}"
                if self._fetch_shallow(git, tree, [name]):
                    return "FETCH_HEAD"
            self._fetch_everything(git, tree)
            return self._held(git, tree)
        named = None
        if self.tag:
            named = f"refs/tags/{self.tag}:refs/tags/{self.tag}"
        elif self.branch:
            named = f"refs/heads/{self.branch}:refs/remotes/origin/{self.branch}"
        if self.commit and _FULL_COMMIT.fullmatch(self.commit):
            # Most servers hand out a commit by its name; the tag comes along for `git describe`.
            for wanted in ([self.commit, named], [self.commit]) if named else ([self.commit],):
                if self._fetch_shallow(git, tree, [w for w in wanted if w]):
                    return self.commit
        elif named and self._fetch_shallow(git, tree, [named]):
            return "FETCH_HEAD" if not self.commit else self._held(git, tree)
        elif not named and not self.commit and self._fetch_shallow(git, tree, ["HEAD"]):
            return "FETCH_HEAD"
        self._fetch_everything(git, tree)
        return self._held(git, tree)

    def _held(self, git: Git, tree: str) -> str:
        """The asked revision among what has been fetched; fetches the rest for a short commit."""
        candidates = []
        if self.commit:
            candidates.append(self.commit)
        elif self.tag:
            candidates.append(f"refs/tags/{self.tag}")
        elif self.branch:
            candidates.append(f"refs/remotes/origin/{self.branch}")
        elif self.reference:
            tag, branch = f"refs/tags/{self.reference}", f"refs/remotes/origin/{self.reference}"
            candidates += [tag, branch, self.reference]
        else:
            candidates.append(self._default_branch(git, tree))
        for round_number in (1, 2):
            for name in candidates:
                try:
                    asked = ("rev-parse", "--verify", "--quiet", name + "^{commit}")
                    return git(*asked, cwd=tree).strip()
                except tools.ToolFailedError:
                    continue
            if round_number == 1:
                self._fetch_everything(git, tree)
        raise GitReferenceError(
            f"{shown(self.url)} has no {self._wanted()}",
            hint=f"list its references with git ls-remote {shown(self.url)}",
        )

    def _wanted(self) -> str:
        if self.commit:
            return f"commit {self.commit}"
        if self.tag:
            return f"tag {self.tag}"
        if self.reference:
            return f"tag, branch or commit {self.reference}"
        return f"branch {self.branch}" if self.branch else "default branch"

    def _fetch_shallow(self, git: Git, tree: str, references: Sequence[str]) -> bool:
        try:
            git("fetch", "--quiet", "--depth", "1", "--no-tags", "origin", *references, cwd=tree)
        except tools.ToolFailedError:
            return False
        return True

    def _fetch_everything(self, git: Git, tree: str) -> None:
        shallow = os.path.exists(os.path.join(tree, ".git", "shallow"))
        words = ["fetch", "--quiet", "--tags"] + (["--unshallow"] if shallow else [])
        words += ["origin", "+refs/heads/*:refs/remotes/origin/*"]
        try:
            git(*words, cwd=tree)
        except tools.ToolFailedError as error:
            raise DownloadError(shown(self.url), error.reason) from error

    def _default_branch(self, git: Git, tree: str) -> str:
        git("remote", "set-head", "origin", "--auto", cwd=tree)
        return "origin/HEAD"

    def _prove_commit(self, git: Git, tree: str) -> None:
        if not self.commit:
            return
        head = git("rev-parse", "HEAD", cwd=tree).strip()
        if not head.startswith(self.commit):
            raise GitReferenceError(f"{self.address} returned commit {head}")
        if not self.tag:
            return
        try:
            tagged = git(
                "rev-parse", "--verify", "--quiet", f"refs/tags/{self.tag}^{{commit}}", cwd=tree
            ).strip()
        except tools.ToolFailedError:
            return
        if tagged != head:
            raise GitReferenceError(
                f"the tag {self.tag} of {shown(self.url)} has moved",
                details=f"    expected:  commit {self.commit}\n    got:       commit {tagged}",
                hint="ask upstream why, and fix the recipe",
            )

    def _fetch_submodules(self, git: Git, tree: str) -> None:
        words: list[str] = []
        if network.is_local_repository(self.url):
            # Submodules of a repository on this machine may be on this machine as well.
            words += ["-c", "protocol.file.allow=always"]
        words += ["submodule", "--quiet", "update", "--init", "--recursive"]
        paths = [] if self.submodules is True else list(self.submodules or ())
        try:
            git(*words, "--depth", "1", "--", *paths, cwd=tree)
        except tools.ToolFailedError:
            try:
                git(*words, "--", *paths, cwd=tree)
            except tools.ToolFailedError as error:
                raise FetchError(
                    f"cannot fetch the submodules of {self.address}: {error.reason}",
                    details=error.details,
                ) from error


def _has_entries(directory: str) -> bool:
    try:
        return bool(os.listdir(directory))
    except OSError:
        return False


def _short_digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]


def resolve_reference(
    url: str, reference: str, settings: NetworkSettings = NetworkSettings()
) -> str | None:
    """The commit that a branch or tag of a remote repository names now, None when it has none."""
    git = Git(settings)
    url = repository_address(url)
    try:
        output = git("ls-remote", url, reference, f"{reference}^{{}}")
    except tools.ToolFailedError as error:
        raise DownloadError(shown(url), error.reason) from error
    found: dict[str, str] = {}
    for line in output.splitlines():
        commit, _, name = line.partition("\t")
        if _FULL_COMMIT.fullmatch(commit):
            found[name] = commit
    for name in (
        f"refs/tags/{reference}^{{}}",
        f"refs/tags/{reference}",
        f"refs/heads/{reference}",
        reference,
    ):
        if name in found:
            return found[name]
    return None


class RepositoryHistory:
    """Commits and tags of one remote repository, kept as a bare clone in a cache directory.

    Answers what git versions ask (:class:`spack.sources.git_references.GitHistory`). The network
    is used only for references that the clone lacks, and for branches and tags, which move.

    Args:
        url: address of the repository.
        cache: directory that holds bare clones, made when needed.
    """

    def __init__(self, url: str, cache: str, settings: NetworkSettings = NetworkSettings()) -> None:
        self.url = repository_address(url)
        self.cache = cache
        self.settings = settings

    @property
    def directory(self) -> str:
        """The directory that keeps the bare clone of this repository."""
        name = re.sub(r"\.git$", "", posixpath.basename(self.url.rstrip("/"))) or "repository"
        return os.path.join(self.cache, f"{name}-{_short_digest(self.url)}.git")

    def _git(self) -> Git:
        return Git(self.settings, needed_for="order git versions")

    def fetch(self) -> None:
        """Make or update the bare clone. Raises DownloadError."""
        git = self._git()
        try:
            if os.path.isdir(self.directory):
                git(
                    "--git-dir", self.directory, "fetch", "--quiet", "--prune", "--tags", "--force",
                    "origin", "+refs/heads/*:refs/heads/*",
                )  # fmt: skip
                return
            os.makedirs(self.cache, exist_ok=True)
            temporary = tempfile.mkdtemp(dir=self.cache, prefix=".clone-")
            try:
                git("clone", "--quiet", "--bare", "--filter=blob:none", self.url, temporary)
                try:
                    os.rename(temporary, self.directory)
                except OSError:
                    if not os.path.isdir(self.directory):
                        raise
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        except tools.ToolFailedError as error:
            raise DownloadError(shown(self.url), error.reason) from error

    def commit(self, reference: str) -> str:
        """The full commit of a branch, tag or (short) commit. Raises GitReferenceError."""
        found = self._find(reference) if os.path.isdir(self.directory) else None
        moving = not re.fullmatch(r"[0-9a-f]{7,40}", reference)
        if found is None or moving:
            self.fetch()
            found = self._find(reference)
        if found is None:
            raise GitReferenceError(f"{shown(self.url)} has no branch, tag or commit {reference}")
        return found

    def _find(self, reference: str) -> str | None:
        git = self._git()
        for name in (f"refs/tags/{reference}", f"refs/heads/{reference}", reference):
            try:
                return git(
                    "--git-dir", self.directory, "rev-parse", "--verify", "--quiet",
                    name + "^{commit}",
                ).strip()  # fmt: skip
            except tools.ToolFailedError:
                continue
        return None

    def ancestor_tags(self, ref: str) -> list[tuple[str, int]]:
        """Tags that are ``ref`` or its ancestors, with the number of commits in between.

        Raises GitReferenceError for an unknown reference and DownloadError when the repository
        cannot be read.
        """
        commit = self.commit(ref)
        git = self._git()
        names = git("--git-dir", self.directory, "tag", "--merged", commit).split()
        distances: list[tuple[str, int]] = []
        for name in names:
            count = git(
                "--git-dir", self.directory, "rev-list", "--count", f"refs/tags/{name}..{commit}"
            )
            distances.append((name, int(count)))
        return distances

    def commit_count(self, ref: str) -> int:
        """The number of commits that lead to ``ref``. Raises as :meth:`ancestor_tags`."""
        commit = self.commit(ref)
        return int(self._git()("--git-dir", self.directory, "rev-list", "--count", commit))
