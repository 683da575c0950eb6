"""Git sources with real repositories: references, submodules, proofs, histories."""

from __future__ import annotations

import os
from typing import Any

import pytest

from spack.language.versions import GitVersion, Version
from spack.sources.fetching.fetchers import FetchContext, NoFetcherError, Place
from spack.sources.fetching.git import (
    GitFetcher,
    GitReferenceError,
    RepositoryHistory,
    resolve_reference,
)
from spack.sources.fetching.requests import NetworkSettings
from spack.sources.fetching.retries import DownloadError
from spack.sources.fetching.tools import ToolMissingError
from spack.sources.git_references import resolve_git_version


@pytest.fixture
def place(tmp_path: Any) -> Place:
    stage = tmp_path / "stage"
    stage.mkdir()
    return Place(str(stage), str(stage / "spack-src"))


@pytest.fixture
def history(make_repository: Any) -> Any:
    """main: one (v1.0.0), two, three; side branch ``fix`` from one."""
    repository = make_repository("project")
    repository.one = repository.commit("a.txt", "one")
    repository("tag", "v1.0.0")
    repository("branch", "fix")
    repository.two = repository.commit("a.txt", "two")
    repository.three = repository.commit("a.txt", "three")
    repository("checkout", "--quiet", "fix")
    repository.fix = repository.commit("sub/b.txt", "fix")
    repository("tag", "-a", "-m", "annotated", "v1.0.1")
    repository("checkout", "--quiet", "main")
    return repository


def content(place: Place, name: str = "a.txt") -> str | None:
    path = os.path.join(place.source_path, name)
    if not os.path.exists(path):
        return None
    with open(path) as stream:
        return stream.read()


def test_default_branch(history: Any, place: Place) -> None:
    GitFetcher(history.url).fetch(place, FetchContext())
    assert content(place) == "three"
    assert os.path.exists(os.path.join(place.source_path, ".git", "shallow"))


@pytest.mark.parametrize("full", [False, True])
def test_branch_tag_and_commit(history: Any, place: Place, full: bool) -> None:
    for words, expected in (
        ({"branch": "fix"}, "one"),
        ({"tag": "v1.0.0"}, "one"),
        ({"tag": "v1.0.1"}, "one"),
        ({"commit": history.two}, "two"),
        ({"commit": history.two[:10]}, "two"),
        ({"commit": history.one, "tag": "v1.0.0"}, "one"),
        ({"commit": history.two, "branch": "main"}, "two"),
        ({"reference": "fix"}, "one"),
        ({"reference": "v1.0.0"}, "one"),
        ({"reference": history.two[:8]}, "two"),
    ):
        GitFetcher(history.url, full=full, **words).fetch(place, FetchContext())
        assert content(place) == expected, words


def test_full_clone_has_history_and_tags(history: Any, place: Place) -> None:
    GitFetcher(history.url, branch="main", full=True).fetch(place, FetchContext())
    history.path = place.source_path
    assert history("rev-list", "--count", "HEAD") == "3"
    assert history("tag").split() == ["v1.0.0", "v1.0.1"]
    assert history("rev-parse", "--abbrev-ref", "HEAD") == "main"


def test_moved_tag_is_an_error_that_names_both_commits(history: Any, place: Place) -> None:
    fetcher = GitFetcher(history.url, tag="v1.0.0", commit=history.two)
    with pytest.raises(GitReferenceError) as caught:
        fetcher.fetch(place, FetchContext())
    assert history.one in str(caught.value) and history.two in str(caught.value)
    assert not os.path.exists(place.source_path)


@pytest.mark.parametrize(
    "words", [{"branch": "none"}, {"tag": "none"}, {"commit": "0" * 40}, {"reference": "none"}]
)
def test_missing_reference(history: Any, place: Place, words: Any) -> None:
    with pytest.raises(GitReferenceError) as caught:
        GitFetcher(history.url, **words).fetch(place, FetchContext())
    assert next(iter(words.values())) in str(caught.value)
    assert not os.path.exists(place.source_path)


def test_missing_repository(tmp_path: Any, place: Place) -> None:
    with pytest.raises(DownloadError):
        GitFetcher(f"file://{tmp_path}/none", branch="main").fetch(place, FetchContext())


def test_tag_and_branch_together_are_refused() -> None:
    with pytest.raises(NoFetcherError):
        GitFetcher("file:///x", tag="a", branch="b")


def test_git_is_missing(place: Place, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="git"):
        GitFetcher("https://example.org/x.git").fetch(place, FetchContext())


def test_offline_refuses_servers(place: Place) -> None:
    context = FetchContext(NetworkSettings(offline=True))
    with pytest.raises(DownloadError, match="disabled"):
        GitFetcher("https://example.org/x.git").fetch(place, context)


@pytest.fixture
def with_submodules(make_repository: Any) -> Any:
    inner = make_repository("inner")
    inner.commit("inner.txt", "inner")
    other = make_repository("other")
    other.commit("other.txt", "other")
    outer = make_repository("outer")
    outer.commit("a.txt", "outer")
    for name, repository in (("deps/inner", inner), ("deps/other", other)):
        outer("-c", "protocol.file.allow=always", "submodule", "add", repository.url, name)
    outer("commit", "--quiet", "-m", "submodules")
    outer.head = outer("rev-parse", "HEAD")
    return outer


def test_submodules_all_named_none_and_deleted(with_submodules: Any, place: Place) -> None:
    inner, other = "deps/inner/inner.txt", "deps/other/other.txt"
    for submodules, deleted, found in (
        (False, (), (None, None)),
        (True, (), ("inner", "other")),
        (("deps/other",), (), (None, "other")),
        (True, ("deps/inner",), (None, "other")),
    ):
        GitFetcher(
            with_submodules.url, branch="main", submodules=submodules, submodules_delete=deleted
        ).fetch(place, FetchContext())
        assert (content(place, inner), content(place, other)) == found


def test_stored_tree_must_have_the_commit_and_the_submodules(
    with_submodules: Any, place: Place
) -> None:
    head = with_submodules.head
    context = FetchContext()
    GitFetcher(with_submodules.url, commit=head).fetch(place, context)
    assert GitFetcher(with_submodules.url, commit=head).accepts_tree(place.source_path, context)
    wants = GitFetcher(with_submodules.url, commit=head, submodules=True)
    assert not wants.accepts_tree(place.source_path, context)
    other = GitFetcher(with_submodules.url, commit="1" * 40)
    assert not other.accepts_tree(place.source_path, context)


def test_sparse_paths(history: Any, place: Place) -> None:
    history.commit("docs/x.txt", "docs")
    history.commit("src/y.txt", "src")
    GitFetcher(history.url, branch="main", sparse_paths=["src"]).fetch(place, FetchContext())
    assert content(place, "src/y.txt") == "src"
    assert content(place, "docs/x.txt") is None


def test_cache_path_is_that_of_spack_mirrors() -> None:
    commit = "1160fb7e71a6b2d4acdaf1fed5dddb232eadbb31"
    fetcher = GitFetcher("https://example.org/group/x.git", commit=commit)
    assert fetcher.cache_path == f"git/group/x.git/{commit}.tar.gz"
    assert GitFetcher("https://example.org/x.git", branch="main").cache_path is None
    assert GitFetcher("https://example.org/x.git", commit=commit, cachable=False).cache_path is None


def test_resolving_references_without_a_clone(history: Any) -> None:
    assert resolve_reference(history.url, "fix") == history.fix
    assert resolve_reference(history.url, "v1.0.0") == history.one
    assert resolve_reference(history.url, "v1.0.1") == history.fix
    assert resolve_reference(history.url, "none") is None
    with pytest.raises(DownloadError):
        resolve_reference(history.url + "-none", "x")


def test_history_orders_git_versions(history: Any, tmp_path: Any) -> None:
    known = RepositoryHistory(history.url, str(tmp_path / "cache"))
    assert dict(known.ancestor_tags(history.three)) == {"v1.0.0": 2}
    assert dict(known.ancestor_tags("fix")) == {"v1.0.0": 1, "v1.0.1": 0}
    version = resolve_git_version(GitVersion(f"git.{history.three}"), known)
    assert Version("1.0.0") < version < Version("1.0.1")


def test_history_follows_branches_that_move(history: Any, tmp_path: Any) -> None:
    known = RepositoryHistory(history.url, str(tmp_path / "cache"))
    assert known.commit("main") == history.three
    four = history.commit("a.txt", "four")
    assert known.commit("main") == four


def test_history_of_unknown_reference(history: Any, tmp_path: Any) -> None:
    with pytest.raises(GitReferenceError, match="nowhere"):
        RepositoryHistory(history.url, str(tmp_path / "cache")).commit("nowhere")


def test_foreign_git_variables_do_no_harm(history: Any, place: Place, monkeypatch: Any) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    GitFetcher(history.url, branch="main").fetch(place, FetchContext())
    assert content(place) == "three"


def test_trees_with_and_without_submodules_are_kept_apart() -> None:
    def path(**keywords: Any) -> str | None:
        return GitFetcher("https://example.org/x.git", commit="a" * 40, **keywords).cache_path

    kinds = [
        path(),
        path(submodules=True),
        path(submodules=("one",)),
        path(submodules=("one", "two")),
        path(submodules=True, submodules_delete=("two",)),
    ]
    assert len(set(kinds)) == len(kinds)
    assert path(submodules=False) == path()
