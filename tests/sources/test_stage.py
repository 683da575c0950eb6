"""Stages: where they are, the order in which a source is looked for, and what becomes the tree."""

from __future__ import annotations

import errno
import os
import stat
from typing import Any

import pytest

from spack.sources.cache import copy_whole
from spack.sources.develop_stage import DevelopStage
from spack.sources.expansion import ExpansionError, expand
from spack.sources.fetching.checksums import Checksum, ChecksumError
from spack.sources.fetching.fetchers import BundleFetcher, FetchError, UrlFetcher
from spack.sources.fetching.git import GitFetcher
from spack.sources.fetching.reporting import FetchReporter
from spack.sources.fetching.requests import NetworkSettings
from spack.sources.fetching.retries import DownloadError
from spack.sources.mirrors import MirrorPaths
from spack.sources.stage import (
    Stage,
    StageError,
    StageRootError,
    StageSettings,
    choose_stage_root,
    remove_all_stages,
)
from spack.system.files.archives import ArchiveError

from .conftest import mirror_at, sha256


class Log(FetchReporter):
    """Remembers attempts and failures."""

    def __init__(self) -> None:
        self.attempts: list[str] = []
        self.failures: list[tuple[str, str]] = []

    def attempt(self, what: str, address: str) -> None:
        self.attempts.append(address)

    def failed(self, what: str, address: str, reason: str) -> None:
        self.failures.append((address, reason))


@pytest.fixture
def settings(tmp_path: Any) -> StageSettings:
    return StageSettings(str(tmp_path / "stages"))


def tree(root: str) -> dict[str, str]:
    found = {}
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            with open(path) as stream:
                found[os.path.relpath(path, root)] = stream.read()
    return found


def url_stage(
    settings: StageSettings, url: str, digest: str, name: str = "s", **keywords: Any
) -> Stage:
    fetcher = UrlFetcher((url,), Checksum("sha256", digest), **keywords)
    paths = MirrorPaths(fetcher.cache_path, "foo/foo-1.0." + fetcher.extension)
    return Stage(name, fetcher, settings, mirror_paths=paths, reporter=Log(), label="foo@1.0")


# Roots


def test_first_root_that_is_there_is_private_and_has_the_user_name(
    tmp_path: Any, monkeypatch: Any
) -> None:
    makedirs = os.makedirs

    def refusing(path: str, **keywords: Any) -> None:
        if path.startswith("/absent-disk"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        makedirs(path, **keywords)

    monkeypatch.setattr(os, "makedirs", refusing)
    found = choose_stage_root(["/absent-disk/x", str(tmp_path / "good")], user="me")
    assert found == str(tmp_path / "good" / "me")
    assert stat.S_IMODE(os.stat(found).st_mode) == 0o700


@pytest.mark.parametrize("place", ["file", "file/below", "file/me/stage"])
def test_a_root_that_cannot_be_used_is_not_passed_over(tmp_path: Any, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StageRootError) as caught:
        choose_stage_root([str(tmp_path / place), str(tmp_path / "good")], user="me")
    assert str(tmp_path / place) in caught.value.message
    assert not (tmp_path / "good").exists()


def test_user_name_is_not_doubled_and_loose_modes_are_tightened(tmp_path: Any) -> None:
    root = tmp_path / "me" / "stage"
    root.mkdir(parents=True)
    root.chmod(0o777)
    assert choose_stage_root([str(root)], user="me") == str(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_no_usable_root_is_an_error_with_reasons(tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StageRootError) as caught:
        choose_stage_root([str(tmp_path / "file")], user="me")
    assert str(tmp_path / "file") in str(caught.value) and "build_stage" in str(caught.value)


# Fetching


def test_a_source_that_cannot_be_kept_is_used_and_told(
    tmp_path: Any, settings: StageSettings, make_archive: Any
) -> None:
    (tmp_path / "taken").write_text("")
    archive = make_archive("foo-1.0.tar.gz", {"foo-1.0/a.txt": "a"})
    cache = str(tmp_path / "taken" / "sources")
    stage = url_stage(settings._replace(cache=cache), archive, sha256(archive))
    said: list[str] = []
    stage.reporter.warning = said.append  # type: ignore[method-assign]
    stage.fetch()
    stage.expand_archive()
    assert tree(stage.source_path) == {"a.txt": "a"}
    assert len(said) == 1 and cache in said[0] and "Not a directory" in said[0]


def test_fetch_expand_restage_destroy(settings: StageSettings, make_archive: Any) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo-1.0/a.txt": "a", "foo-1.0/sub/b.txt": "b"})
    stage = url_stage(settings, archive, sha256(archive))
    assert not stage.created and not stage.expanded and stage.archive_file is None
    stage.fetch()
    assert stat.S_IMODE(os.stat(stage.path).st_mode) == 0o700
    assert stage.archive_file == os.path.join(stage.path, "foo-1.0.tar.gz")
    stage.expand_archive()
    assert stage.source_path == os.path.join(stage.path, "spack-src")
    assert tree(stage.source_path) == {"a.txt": "a", "sub/b.txt": "b"}
    assert stage.top_directory == "foo-1.0"
    with open(os.path.join(stage.source_path, "a.txt"), "w") as stream:
        stream.write("edited")
    stage.restage()
    assert tree(stage.source_path)["a.txt"] == "a"
    stage.destroy()
    assert not stage.created
    stage.destroy()


def test_fetching_again_asks_nobody(settings: StageSettings, make_archive: Any) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    digest = sha256(archive)
    url_stage(settings, archive, digest).fetch()
    again = url_stage(settings, archive, digest)
    again.fetch()
    assert again.reporter.attempts == []  # type: ignore[attr-defined]


def test_half_fetched_file_is_fetched_again(settings: StageSettings, make_archive: Any) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    stage = url_stage(settings, archive, sha256(archive))
    stage.create()
    with open(os.path.join(stage.path, "foo-1.0.tar.gz"), "w") as stream:
        stream.write("half")
    stage.fetch()
    stage.expand_archive()
    assert tree(stage.source_path) == {"a": "a"}


def test_order_is_cache_mirrors_upstream(
    tmp_path: Any, settings: StageSettings, make_archive: Any, web: Any
) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    digest = sha256(archive)
    first = mirror_at(web.url + "/first", "first")
    second = mirror_at(str(tmp_path / "second"), "second")
    (tmp_path / "second").mkdir()
    settings = settings._replace(mirrors=(first, second), cache=str(tmp_path / "cache"))
    stage = url_stage(settings, f"file://{archive}", digest)
    stage.fetch()
    below = f"_source-cache/archive/{digest[:2]}/{digest}.tar.gz"
    log = stage.reporter
    assert log.attempts == [  # type: ignore[attr-defined]
        f"{web.url}/first/{below}",
        f"{web.url}/first/foo/foo-1.0.tar.gz",
        f"file://{tmp_path}/second/{below}",
        f"file://{archive}",
    ]
    cached = str(tmp_path / "cache" / below)
    stage.destroy()
    again = url_stage(settings, f"file://{archive}", digest)
    again.fetch()
    assert again.reporter.attempts == [cached]  # type: ignore[attr-defined]
    assert os.path.islink(again.archive_file or "")


def test_mirror_is_used_and_upstream_is_not_asked(
    tmp_path: Any, settings: StageSettings, make_archive: Any
) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    digest = sha256(archive)
    below = f"_source-cache/archive/{digest[:2]}/{digest}.tar.gz"
    copy_whole(archive, str(tmp_path / "m" / below))
    settings = settings._replace(mirrors=(mirror_at(str(tmp_path / "m")),))
    stage = url_stage(settings, "https://example.invalid/foo-1.0.tar.gz", digest)
    stage.fetch()
    stage.expand_archive()
    assert tree(stage.source_path) == {"a": "a"}


def test_mirror_for_binaries_only_is_not_asked(
    tmp_path: Any, settings: StageSettings, make_archive: Any
) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    mirror = mirror_at(str(tmp_path))._replace(source=False)
    stage = url_stage(settings._replace(mirrors=(mirror,)), archive, sha256(archive))
    stage.fetch()
    assert stage.reporter.attempts == [archive]  # type: ignore[attr-defined]


def test_wrong_checksum_in_a_mirror_goes_on_to_the_next(
    tmp_path: Any, settings: StageSettings, make_archive: Any
) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    digest = sha256(archive)
    bad = tmp_path / "m" / "_source-cache" / "archive" / digest[:2]
    bad.mkdir(parents=True)
    (bad / f"{digest}.tar.gz").write_text("evil")
    stage = url_stage(settings._replace(mirrors=(mirror_at(str(tmp_path / "m")),)), archive, digest)
    stage.fetch()
    assert "checksum" in stage.reporter.failures[0][1]  # type: ignore[attr-defined]
    assert (bad / f"{digest}.tar.gz").exists()


def test_damaged_cache_entry_is_dropped(
    tmp_path: Any, settings: StageSettings, make_archive: Any
) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    digest = sha256(archive)
    path = str(tmp_path / f"cache/_source-cache/archive/{digest[:2]}/{digest}.tar.gz")
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as stream:
        stream.write("evil")
    url_stage(settings._replace(cache=str(tmp_path / "cache")), archive, digest).fetch()
    assert sha256(path) == digest


def test_one_error_lists_everything_that_was_tried(
    tmp_path: Any, settings: StageSettings, web: Any
) -> None:
    settings = settings._replace(mirrors=(mirror_at(str(tmp_path / "none")),))
    urls = (web.url + "/a.tar.gz", web.url + "/b.tar.gz")
    fetcher = UrlFetcher(urls, Checksum("sha256", "0" * 64))
    stage = Stage(
        "s",
        fetcher,
        settings,
        mirror_paths=MirrorPaths(fetcher.cache_path, "foo/foo-1.tar.gz"),
        more_addresses=lambda: [web.url + "/c.tar.gz", web.url + "/a.tar.gz"],
        label="foo@1.0",
    )
    with pytest.raises(FetchError) as caught:
        stage.fetch()
    text = str(caught.value)
    assert "foo@1.0" in text and "mirror add" in text
    for part in ("/a.tar.gz", "/b.tar.gz", "/c.tar.gz", "none/_source-cache", "404"):
        assert part in text
    assert web.paths == ["/a.tar.gz", "/b.tar.gz", "/c.tar.gz"]


def test_wrong_checksum_upstream_is_the_error(settings: StageSettings, make_archive: Any) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    stage = url_stage(settings, archive, "0" * 64)
    with pytest.raises(ChecksumError):
        stage.fetch()
    assert stage.archive_file is None


def test_source_without_checksum_is_refused_unless_allowed(
    tmp_path: Any, settings: StageSettings, web: Any
) -> None:
    (tmp_path / "web" / "f.txt").write_text("x")
    fetcher = UrlFetcher((web.url + "/f.txt",), expand=False)
    with pytest.raises(FetchError, match="no checksum"):
        Stage("s", fetcher, settings).fetch()
    Stage("s", fetcher, settings._replace(require_checksum=False)).fetch()


def test_web_page_instead_of_an_archive(tmp_path: Any, settings: StageSettings, web: Any) -> None:
    (tmp_path / "web" / "foo.tar.gz").write_text("<!DOCTYPE html><title>log in</title>")
    fetcher = UrlFetcher((web.url + "/foo.tar.gz",))
    with pytest.raises(DownloadError, match="web page"):
        Stage("s", fetcher, settings._replace(require_checksum=False)).fetch()


def test_mirrors_only_never_goes_upstream(settings: StageSettings, make_archive: Any) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    stage = url_stage(settings._replace(mirrors_only=True), archive, sha256(archive))
    with pytest.raises(FetchError):
        stage.fetch()


def test_expanding_what_was_not_fetched_is_an_error(settings: StageSettings) -> None:
    with pytest.raises(StageError, match="fetch"):
        url_stage(settings, "/none.tar.gz", "0" * 64).expand_archive()


# Expanding


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_archive_formats(settings: StageSettings, make_archive: Any, suffix: str) -> None:
    archive = make_archive("foo." + suffix, {"foo/a": "a"})
    stage = url_stage(settings, archive, sha256(archive))
    stage.fetch()
    stage.expand_archive()
    assert tree(stage.source_path) == {"a": "a"}


@pytest.mark.parametrize(
    "members, expected, beside",
    [
        (["top/a", "top/b/c"], ["a", "b/c"], []),
        (["a", "top/b"], ["a", "top/b"], []),
        (["only.txt"], ["only.txt"], []),
        (["top/a", ".hidden/x", ".file"], ["a"], [".file", ".hidden/x"]),
        ([".hidden"], [".hidden"], []),
    ],
)
def test_what_becomes_the_tree(
    tmp_path: Any, make_archive: Any, members: list[str], expected: list[str], beside: list[str]
) -> None:
    archive = make_archive("x.tar.gz", {name: name for name in members})
    stage = tmp_path / "stage"
    stage.mkdir()
    expand(archive, str(stage / "spack-src"))
    assert sorted(tree(str(stage / "spack-src"))) == expected
    others = {n for n in tree(str(stage)) if not n.startswith("spack-src")}
    assert sorted(others) == beside


def test_damaged_archive_leaves_no_tree(tmp_path: Any) -> None:
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(b"\x1f\x8b\x08\x00 broken")
    with pytest.raises((ExpansionError, ArchiveError)):
        expand(str(archive), str(tmp_path / "spack-src"))
    assert os.listdir(tmp_path) == ["x.tar.gz"]


def test_single_file_moves_into_the_tree_and_back(tmp_path: Any, settings: StageSettings) -> None:
    script = tmp_path / "tool.sh"
    script.write_text("echo hello")
    settings = settings._replace(cache=str(tmp_path / "cache"))
    for _ in range(2):  # the second time from the cache, which must not be moved away
        stage = url_stage(settings, str(script), sha256(script), expand=False)
        stage.fetch()
        stage.expand_archive()
        assert stage.archive_file == os.path.join(stage.source_path, "tool.sh")
        assert tree(stage.source_path) == {"tool.sh": "echo hello"}
        assert not os.path.islink(stage.archive_file)
        stage.restage()
        assert tree(stage.source_path) == {"tool.sh": "echo hello"}
        stage.destroy()
    assert os.path.exists(stage.mirror_paths.in_cache(str(tmp_path / "cache")))  # type: ignore


def test_read_only_leftovers_are_destroyed(settings: StageSettings) -> None:
    stage = Stage("a", BundleFetcher(), settings)
    stage.fetch()
    inner = os.path.join(stage.path, "ro")
    os.makedirs(os.path.join(inner, "deep"))
    os.chmod(inner, 0o500)
    stage.destroy()
    assert not os.path.exists(stage.path)


def test_removing_all_stages(settings: StageSettings) -> None:
    for name in ("spack-stage-a", "resource-b", "other"):
        os.makedirs(os.path.join(settings.root, name))
    assert remove_all_stages(settings.root).removed == ("resource-b", "spack-stage-a")
    assert sorted(os.listdir(settings.root)) == [".in-use", "other"]
    assert remove_all_stages(os.path.join(settings.root, "none")).removed == ()


# Other kinds


def test_git_source_goes_through_the_cache(
    tmp_path: Any, settings: StageSettings, make_repository: Any
) -> None:
    repository = make_repository("project")
    commit = repository.commit("a.txt", "a")
    settings = settings._replace(cache=str(tmp_path / "cache"))
    fetcher = GitFetcher(repository.url, commit=commit)
    paths = MirrorPaths(fetcher.cache_path, "foo/foo-1.tar.gz")
    first = Stage("first", fetcher, settings, mirror_paths=paths)
    first.fetch()
    assert os.path.exists(os.path.join(first.source_path, ".git"))
    offline = settings._replace(network=NetworkSettings(offline=True), mirrors_only=True)
    second = Stage("second", fetcher, offline, mirror_paths=paths)
    second.fetch()
    second.expand_archive()
    with open(os.path.join(second.source_path, "a.txt")) as stream:
        assert stream.read() == "a"
    second.restage()
    assert second.expanded


def test_stored_checkout_of_another_commit_is_not_used(
    tmp_path: Any, settings: StageSettings, make_repository: Any
) -> None:
    repository = make_repository("project")
    one = repository.commit("a.txt", "one")
    two = repository.commit("a.txt", "two")
    settings = settings._replace(cache=str(tmp_path / "cache"))
    right, wrong = GitFetcher(repository.url, commit=one), GitFetcher(repository.url, commit=two)
    liar = MirrorPaths(right.cache_path, "foo/foo-1.tar.gz")
    Stage("first", wrong, settings, mirror_paths=liar).fetch()
    stage = Stage("second", right, settings, mirror_paths=liar)
    stage.fetch()
    with open(os.path.join(stage.source_path, "a.txt")) as stream:
        assert stream.read() == "one"


def test_develop_source_is_never_touched(tmp_path: Any, settings: StageSettings) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "a").write_text("a")
    stage = DevelopStage("dev", str(source), settings, link="build-link")
    stage.fetch()
    assert stage.source_path == str(source) and stage.expanded and stage.created
    assert os.readlink(source / "build-link") == stage.path
    with pytest.raises(StageError):
        stage.restage()
    stage.destroy()
    assert sorted(os.listdir(source)) == ["a"] and not stage.created
    with pytest.raises(StageError, match="undevelop"):
        DevelopStage("dev", str(tmp_path / "none"), settings).fetch()


def test_a_mirror_that_gave_no_answer_is_not_asked_again(
    settings: StageSettings, make_archive: Any, web: Any
) -> None:
    """Each package is built by another process: the next stage knows it from the disk."""
    archive = make_archive("foo-1.0.tar.gz", {"foo-1.0/a.txt": "a"})
    web.server.shutdown()
    web.server.server_close()
    settings = settings._replace(mirrors=(mirror_at(web.url),))
    reasons = []
    for name in ("one", "two"):
        stage = url_stage(settings, archive, sha256(archive), name=name)
        stage.fetch()
        reasons.append(stage.reporter.failures)  # type: ignore[attr-defined]
    ((address, _),), (second,) = reasons
    assert address.startswith(web.url)
    assert second == (web.url, "the mirror gave no answer a moment ago")


def test_a_mirror_that_answers_is_asked_for_every_package(
    settings: StageSettings, make_archive: Any, web: Any
) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo-1.0/a.txt": "a"})
    settings = settings._replace(mirrors=(mirror_at(web.url),))
    for name in ("one", "two"):
        url_stage(settings, archive, sha256(archive), name=name).fetch()
    assert len(web.paths) == 4


def test_a_web_page_in_place_of_an_archive_is_named(
    settings: StageSettings, tmp_path: Any, web: Any
) -> None:
    (tmp_path / "web" / "foo-1.0.tar.gz").write_text("<!DOCTYPE html><html>please log in</html>")
    stage = url_stage(settings, f"{web.url}/foo-1.0.tar.gz", "a" * 64)
    with pytest.raises(DownloadError, match="a web page instead of an archive"):
        stage.fetch()
