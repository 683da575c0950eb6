"""Mirror entries of the configuration, and making mirrors."""

from __future__ import annotations

import os
from typing import Any, Callable

import pytest

from spack.config.settings.place_settings import Connection
from spack.errors import SpackError
from spack.sources import mirror_creation
from spack.sources.composite import CompositeStage
from spack.sources.develop_stage import DevelopStage
from spack.sources.fetching.checksums import Checksum
from spack.sources.fetching.fetchers import BundleFetcher, UrlFetcher
from spack.sources.fetching.git import GitFetcher
from spack.sources.mirror_creation import MirrorCreationError
from spack.sources.mirrors import (
    MirrorPaths,
    readable_patch_path,
    readable_path,
    readable_resource_path,
    request_options,
)
from spack.sources.stage import Stage, StageSettings

from .conftest import mirror_at, sha256


def test_credentials_of_a_connection() -> None:
    token = Connection("https://a", access_token_variable="TOKEN")
    assert request_options(token, {"TOKEN": "t"}).bearer_token == "t"
    pair = Connection("https://b", id_variable="ID", secret_variable="SECRET")
    assert request_options(pair, {"ID": "me", "SECRET": "s"}).basic_auth == ("me", "s")
    named = Connection("https://c", id="me", secret_variable="S")
    assert request_options(named, {"S": "x"}).basic_auth == ("me", "x")
    assert request_options(named, {}).basic_auth is None


def test_names_for_people_are_those_of_spack() -> None:
    assert readable_path("foo", "1.0", "tar.gz") == "foo/foo-1.0.tar.gz"
    assert readable_path("foo", "1.0", "") == "foo/foo-1.0"
    assert readable_resource_path("foo", "res", "1.0", "") == "foo/res-1.0"
    assert readable_patch_path("foo", "fix.patch", "90504fcc") == "foo/fix.patch-90504fc"


@pytest.fixture
def settings(tmp_path: Any) -> StageSettings:
    return StageSettings(str(tmp_path / "stages"))


def archive_stage(settings: StageSettings, archive: str, digest: str) -> Stage:
    fetcher = UrlFetcher((archive,), Checksum("sha256", digest))
    paths = MirrorPaths(fetcher.cache_path, "foo/foo-1.0.tar.gz")
    return Stage("foo", fetcher, settings, mirror_paths=paths, label="foo@1.0")


def test_created_mirror_has_the_layout_and_serves(
    tmp_path: Any, settings: StageSettings, make_archive: Any, make_repository: Any
) -> None:
    """The contents of a mirror are enough without any network."""
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    digest = sha256(archive)
    repository = make_repository("project")
    commit = repository.commit("g.txt", "g")
    git = GitFetcher(repository.url, commit=commit)
    git_stage = Stage(
        "bar",
        git,
        settings,
        mirror_paths=MirrorPaths(git.cache_path, "bar/bar-1.tar.gz"),
        label="bar@1",
    )
    where = tmp_path / "m"
    broken = archive_stage(settings, "/none.tar.gz", "1" * 64)

    def wrong() -> CompositeStage:
        raise SpackError("the recipe is wrong")

    def odd() -> CompositeStage:
        raise KeyError("what it does not have")

    def all_of() -> Any:
        made: dict[str, Callable[[], CompositeStage]] = {
            "wrong": wrong,
            "odd": odd,
            "foo": lambda: CompositeStage([archive_stage(settings, archive, digest)]),
            "bar": lambda: CompositeStage([git_stage]),
            "broken": lambda: CompositeStage([broken]),
            "b": lambda: CompositeStage([Stage("b", BundleFetcher(), settings)]),
            "d": lambda: CompositeStage([DevelopStage("d", str(tmp_path), settings)]),
        }
        return made.items()

    done = mirror_creation.create(str(where), all_of())
    assert done.added == ("foo@1.0", "bar@1") and done.present == ()
    assert [name for name, _ in done.failed][:2] == ["wrong", "odd"] and len(done.failed) == 3
    stored = where / "_source-cache" / "archive" / digest[:2] / f"{digest}.tar.gz"
    link = where / "foo" / "foo-1.0.tar.gz"
    assert sha256(stored) == sha256(link) == digest
    assert os.readlink(link) == f"../_source-cache/archive/{digest[:2]}/{digest}.tar.gz"
    assert os.listdir(settings.root) == [".in-use"]
    again = mirror_creation.create(str(where), all_of())
    assert again.present == ("foo@1.0", "bar@1") and again.added == ()

    offline = settings._replace(mirrors=(mirror_at(str(where)),), mirrors_only=True)
    stage = archive_stage(offline, "https://example.invalid/foo-1.0.tar.gz", digest)
    stage.fetch()
    again_git = Stage("bar", git, offline, mirror_paths=git_stage.mirror_paths)
    again_git.fetch()
    with open(os.path.join(again_git.source_path, "g.txt")) as stream:
        assert stream.read() == "g"


def test_source_that_nothing_fixes_lies_under_its_name(
    tmp_path: Any, settings: StageSettings, make_archive: Any
) -> None:
    archive = make_archive("foo-1.0.tar.gz", {"foo/a": "a"})
    stage = Stage(
        "foo",
        UrlFetcher((archive,)),
        settings,
        mirror_paths=MirrorPaths(None, "foo/foo-1.0.tar.gz"),
    )
    assert mirror_creation.add_stage(str(tmp_path / "m"), stage)
    assert not os.path.islink(tmp_path / "m" / "foo" / "foo-1.0.tar.gz")


def test_mirror_elsewhere_or_unwritable(tmp_path: Any) -> None:
    with pytest.raises(MirrorCreationError, match="not a directory"):
        mirror_creation.create("https://example.org/m", [])
    (tmp_path / "file").write_text("")
    with pytest.raises(MirrorCreationError, match="cannot write"):
        mirror_creation.create(str(tmp_path / "file"), [])
