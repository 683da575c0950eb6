"""Recipe repositories that are configured by their git address: clone, pin, update.

An entry of ``repos`` with ``git`` is cloned the first time it is needed: into ``destination``, or
into the user's cache below a name made from the address. What it holds is named by ``paths`` in the
entry, else by ``spack-repo-index.yaml`` at the top of the clone, else it is the clone itself. After
that the clone stays as it is until ``spack repo update``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile

from spack.config.settings.place_settings import RepositoryPlace
from spack.errors import Origin, SpackError
from spack.named_tuples import NamedTuple
from spack.sources.fetching.git import Git, GitReferenceError
from spack.sources.fetching.requests import NetworkSettings, shown
from spack.sources.fetching.tools import ToolFailedError
from spack.system.files.writing import mkdirp
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings

INDEX_NAME = "spack-repo-index.yaml"

#: Reference of the commit that was last taken from the server.
_FETCHED = "refs/spack/fetched"


class CloneError(SpackError):
    """A git repository of recipes cannot be had, or holds no recipes."""


class LocalChangesError(SpackError):
    """A clone has changes of its own that an update would lose."""


class Pin(NamedTuple):
    """The branch, tag or commit that a clone is at; none of them: the default branch."""

    branch: str | None = None
    tag: str | None = None
    commit: str | None = None

    def __str__(self) -> str:
        for kind, value in zip(self._fields, self):
            if value:
                return f"{kind} {value}"
        return "the default branch"


class RepositoryUpdate(NamedTuple):
    """Result of updating a repository: the commits before and after."""

    name: str
    before: str
    after: str
    pin: Pin


def network_settings(settings: Settings) -> NetworkSettings:
    """The settings for asking servers, from the configuration."""
    config = settings.config
    return NetworkSettings(
        config.url_fetch_method, float(config.connect_timeout), config.verify_ssl, config.ssl_certs
    )


def pin_of(place: RepositoryPlace) -> Pin:
    """The configured pin of a repository; a commit wins over a tag, that over a branch."""
    if place.commit:
        return Pin(commit=place.commit)
    return Pin(tag=place.tag) if place.tag else Pin(branch=place.branch)


def clone_directory(place: RepositoryPlace, user_cache: str) -> str:
    """The directory of the clone of a repository, whether or not it is there."""
    if place.destination:
        return place.destination
    code = hashlib.sha256((place.git or "").encode()).hexdigest()[:7]
    return os.path.join(user_cache, "git_repos", code)


def roots(place: RepositoryPlace, directory: str) -> list[str]:
    """The folders of a clone that hold a ``repo.yaml``, the one that wins first.

    Raises:
        CloneError: the clone holds none, or a named one leads out of it.
    """
    origin = place.origin
    paths: list[str] = list(place.paths)
    index = os.path.join(directory, INDEX_NAME)
    if not paths and os.path.isfile(index):
        origin = Origin(index)
        paths = _index_paths(index)
    elif not paths and os.path.isfile(os.path.join(directory, "repo.yaml")):
        return [directory]
    if not paths:
        raise CloneError(
            f"the repository '{place.name}' in {directory} has no {INDEX_NAME} with the"
            " location of its recipes",
            origin=origin,
            hint=f"name the directories with repo.yaml: spack repo set --path DIR {place.name}",
        )
    found = []
    for path in paths:
        root = os.path.normpath(os.path.join(directory, path))
        if os.path.isabs(path) or not (root + os.sep).startswith(directory + os.sep):
            raise CloneError(f"the path {path} is outside {directory}", origin=origin)
        found.append(root)
    return found


def _index_paths(index: str) -> list[str]:
    from spack.system.files.yaml_files import load, plain

    data = plain(load(index))
    section = data.get("repo_index") if isinstance(data, dict) else None
    paths = section.get("paths") if isinstance(section, dict) else None
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise CloneError(
            "the file does not list the directories of its repositories",
            origin=Origin(index),
            hint="it should read: repo_index: {paths: [DIR, …]}",
        )
    return paths


def ensure_clone(
    place: RepositoryPlace,
    user_cache: str,
    network: NetworkSettings,
    say: Callable[[str], None] = lambda text: None,
) -> str:
    """The directory of a repository's clone, which is made if it is not there.

    Raises:
        CloneError, GitReferenceError, ToolMissingError.
    """
    directory = clone_directory(place, user_cache)
    if os.path.isdir(directory) and os.listdir(directory):
        return directory
    address = place.git or ""
    say(f"cloning recipes from {shown(address)}, {pin_of(place)}")
    git = Git(network, needed_for=f"clone the recipe repository '{place.name}'")
    parent = os.path.dirname(directory)
    mkdirp(parent)
    made = tempfile.mkdtemp(prefix=".clone-", dir=parent)
    try:
        git("init", "--quiet", made)
        git("remote", "add", "origin", address, cwd=made)
        _check_out(git, made, place.name, pin_of(place))
        os.chmod(made, 0o755)
        try:
            os.rename(made, directory)
        except OSError:
            # Another process was faster; an empty directory is replaced by rename.
            if not os.path.isdir(directory):
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return directory


def update_clone(
    place: RepositoryPlace,
    user_cache: str,
    network: NetworkSettings,
    pin: Pin,
    remote: str = "origin",
) -> RepositoryUpdate:
    """Bring a clone to what its server has now.

    Raises:
        LocalChangesError: files of the clone were changed.
        CloneError, GitReferenceError, ToolMissingError.
    """
    directory = ensure_clone(place, user_cache, network)
    git = Git(network, needed_for=f"update the recipe repository '{place.name}'")
    if not os.path.exists(os.path.join(directory, ".git")):
        raise CloneError(f"{directory} is not a git clone", origin=place.origin)
    changed = git("status", "--porcelain", "--untracked-files=no", cwd=directory).strip()
    if changed:
        raise LocalChangesError(
            f"the repository '{place.name}' has uncommitted changes in {directory}",
            details=changed,
            hint="commit them to your own branch or discard them, then update",
        )
    before = _head(git, directory)
    own = _own_commits(git, directory)
    if own:
        raise LocalChangesError(
            f"the repository '{place.name}' in {directory} has {own} local commits",
            hint="rebase them with git, or move them to another branch",
        )
    _check_out(git, directory, place.name, pin, remote)
    return RepositoryUpdate(place.name, before, _head(git, directory), pin)


def _own_commits(git: Git, directory: str) -> int:
    """The number of commits of the checkout that neither the server nor an update brought."""
    known = ["--remotes", "--tags"]
    try:
        known.append(git("rev-parse", "--verify", "--quiet", _FETCHED, cwd=directory).strip())
    except ToolFailedError:
        if os.path.exists(os.path.join(directory, ".git", "shallow")):
            return 0
    return int(git("rev-list", "--count", "HEAD", "--not", *known, cwd=directory))


def _head(git: Git, directory: str) -> str:
    return git("rev-parse", "HEAD", cwd=directory).strip()


def _check_out(git: Git, directory: str, name: str, pin: Pin, remote: str = "origin") -> None:
    """Fetch one commit, as little of the history as possible, and check it out."""
    wanted = "HEAD"
    if pin.commit:
        wanted = pin.commit
    elif pin.tag:
        wanted = f"refs/tags/{pin.tag}"
    elif pin.branch:
        wanted = f"refs/heads/{pin.branch}:refs/remotes/{remote}/{pin.branch}"
    revision = "FETCH_HEAD"
    try:
        git("fetch", "--quiet", "--depth", "1", remote, f"+{wanted}", cwd=directory)
    except ToolFailedError as error:
        # Not every server hands out a commit by its name, and none does by half a name.
        revision = _by_whole_history(git, directory, name, pin, remote, error)
    if pin.branch:
        git("checkout", "--quiet", "-B", pin.branch, revision, cwd=directory)
    else:
        git("checkout", "--quiet", "--detach", revision, cwd=directory)
    git("update-ref", _FETCHED, "HEAD", cwd=directory)


def _by_whole_history(
    git: Git, directory: str, name: str, pin: Pin, remote: str, error: ToolFailedError
) -> str:
    if pin.commit:
        shallow = os.path.exists(os.path.join(directory, ".git", "shallow"))
        more = ("--unshallow",) if shallow else ()
        heads = f"+refs/heads/*:refs/remotes/{remote}/*"
        try:
            git("fetch", "--quiet", "--tags", *more, remote, heads, cwd=directory)
            asked = f"{pin.commit}^{{commit}}"
            return git("rev-parse", "--verify", "--quiet", asked, cwd=directory).strip()
        except ToolFailedError as second:
            error = second
    raise GitReferenceError(
        f"cannot get the recipe repository '{name}' at {pin}: {error.reason}",
        details=error.details,
        hint="check the address and the pin with spack config get repos",
    ) from error
