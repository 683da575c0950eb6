"""Patches with the real ``patch`` program: order, marks, failures, URLs, compression."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from typing import Any

import pytest

from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.versions import parse_version
from spack.recipes.records.package_records import PatchRecord
from spack.sources import patches as p
from spack.sources.composite import CompositeStage
from spack.sources.develop_stage import DevelopStage
from spack.sources.fetching.checksums import ChecksumError
from spack.sources.fetching.fetchers import UrlFetcher
from spack.sources.patches import PatchError, PatchStage
from spack.sources.stage import Stage, StageSettings

from .conftest import sha256


def diff(old: str, new: str, path: str = "a.txt", level: int = 1) -> str:
    names = (f"a/{path}", f"b/{path}") if level else (path, path)
    return f"--- {names[0]}\n+++ {names[1]}\n@@ -1 +1 @@\n-{old}\n+{new}\n"


def concrete(*digests: str) -> ConcreteSpec:
    return ConcreteSpec(
        "foo",
        parse_version("1.0"),
        Architecture("linux", "debian12", "x86_64"),
        patches=digests,
    )


@pytest.fixture
def settings(tmp_path: Any) -> StageSettings:
    return StageSettings(str(tmp_path / "stages"))


@pytest.fixture
def stage(tmp_path: Any, settings: StageSettings) -> Stage:
    """An expanded stage whose ``a.txt`` says one."""
    origin = tmp_path / "origin"
    (origin / "sub").mkdir(parents=True)
    (origin / "a.txt").write_text("one\n")
    (origin / "sub" / "b.txt").write_text("one\n")
    with tarfile.open(tmp_path / "origin.tar", "w") as archive:
        archive.add(origin, "origin")
    stage = Stage("s", UrlFetcher((str(tmp_path / "origin.tar"),)), settings)
    stage.fetch()
    stage.expand_archive()
    return stage


def file_patch(tmp_path: Any, text: str, name: str = "x.patch", **fields: Any) -> PatchRecord:
    path = tmp_path / name
    path.write_text(text)
    return PatchRecord(sha256(path), path=str(path), **fields)


def text(stage: Stage, name: str = "a.txt") -> str:
    with open(os.path.join(stage.source_path, name)) as stream:
        return stream.read()


def marks(stage: Any) -> tuple[str, ...]:
    names = (p.PATCHED, p.NO_PATCHES, p.PATCH_FAILED)
    return tuple(n for n in names if os.path.exists(os.path.join(stage.source_path, n)))


def ready(*patches: PatchRecord) -> Any:
    return p.ready_patches(patches, ())


def test_patches_are_applied_once_and_in_order(tmp_path: Any, stage: Stage) -> None:
    one = file_patch(tmp_path, diff("one", "two"), "1.patch")
    two = file_patch(tmp_path, diff("two", "three"), "2.patch")
    assert p.apply(stage, ready(one, two))
    assert text(stage) == "three\n" and marks(stage) == (p.PATCHED,)
    assert not p.apply(stage, ready(one, two))
    assert text(stage) == "three\n"


def test_level_working_directory_and_reverse(tmp_path: Any, stage: Stage) -> None:
    zero = file_patch(tmp_path, diff("one", "two", level=0), "0.patch", level=0)
    inner = file_patch(tmp_path, diff("one", "two", "b.txt"), "i.patch", working_dir="sub")
    back = file_patch(tmp_path, diff("new", "two"), "r.patch", reverse=True)
    p.apply(stage, ready(zero, inner, back))
    assert text(stage) == "new\n" and text(stage, "sub/b.txt") == "two\n"


def test_method_of_the_recipe_runs_in_the_source_after_the_files(
    tmp_path: Any, stage: Stage
) -> None:
    seen = []

    def patch() -> None:
        seen.append((os.getcwd(), text(stage)))

    before = os.getcwd()
    assert p.apply(stage, ready(file_patch(tmp_path, diff("one", "two"))), patch_method=patch)
    assert seen == [(os.path.realpath(stage.source_path), "two\n")]
    assert os.getcwd() == before and marks(stage) == (p.PATCHED,)


def test_nothing_to_apply_is_marked_too(stage: Stage) -> None:
    assert not p.apply(stage, [])
    assert marks(stage) == (p.NO_PATCHES,)


def test_failing_patch_is_marked_and_the_tree_is_made_anew(tmp_path: Any, stage: Stage) -> None:
    good = file_patch(tmp_path, diff("one", "two"), "good.patch")
    bad = file_patch(tmp_path, diff("absent", "x"), "bad.patch")
    with pytest.raises(PatchError) as caught:
        p.apply(stage, ready(good, bad))
    assert "bad.patch" in str(caught.value) and stage.source_path in str(caught.value)
    assert marks(stage) == (p.PATCH_FAILED,)
    p.apply(stage, ready(good))
    assert text(stage) == "two\n" and marks(stage) == (p.PATCHED,)


def test_failing_method_is_marked(stage: Stage) -> None:
    def patch() -> None:
        raise ValueError("recipe is wrong")

    with pytest.raises(ValueError):
        p.apply(stage, [], patch_method=patch)
    assert marks(stage) == (p.PATCH_FAILED,)


def test_failure_in_a_develop_source_goes_on(tmp_path: Any, settings: StageSettings) -> None:
    source = tmp_path / "dev"
    source.mkdir()
    (source / "a.txt").write_text("mine\n")
    stage = DevelopStage("d", str(source), settings)
    bad = file_patch(tmp_path, diff("absent", "x"))
    assert not p.apply(stage, ready(bad))
    assert marks(stage) == (p.PATCH_FAILED,)
    assert not p.apply(CompositeStage([stage]), ready(bad))


def test_changed_or_missing_file_is_an_error(tmp_path: Any) -> None:
    patch = file_patch(tmp_path, diff("one", "two"))
    with open(str(patch.path), "a") as stream:
        stream.write("\n")
    with pytest.raises(PatchError, match="has changed"):
        ready(patch)
    os.unlink(str(patch.path))
    with pytest.raises(PatchError, match="does not exist"):
        ready(patch)


def test_patch_from_a_server(tmp_path: Any, web: Any, stage: Stage, settings: Any) -> None:
    file = tmp_path / "web" / "fix.patch"
    file.write_text(diff("one", "two"))
    patch = PatchRecord(sha256(file), url=web.url + "/fix.patch")
    spec = concrete(patch.sha256)
    stages = p.patch_stages(spec, [patch], settings)
    with pytest.raises(PatchError):
        p.ready_patches([patch], stages)
    whole = CompositeStage([stage, *stages])
    whole.fetch()
    whole.expand_archive()
    assert stages[0].name == f"spack-stage-{spec.dag_hash()[:7]}-patch-{patch.sha256}"
    assert stages[0].mirror_paths is not None
    assert stages[0].mirror_paths.readable == f"foo/fix.patch-{patch.sha256[:7]}"
    p.apply(whole, p.ready_patches([patch], whole))
    assert text(stage) == "two\n"


def compressed(web_root: Any, content: str) -> tuple[str, str]:
    with gzip.GzipFile(str(web_root / "fix.patch.gz"), "wb", mtime=0) as stream:
        stream.write(content.encode())
    return sha256(web_root / "fix.patch.gz"), hashlib.sha256(content.encode()).hexdigest()


def test_compressed_patch_is_checked_twice(
    tmp_path: Any, web: Any, stage: Stage, settings: Any
) -> None:
    packed, plain = compressed(tmp_path / "web", diff("one", "two"))
    patch = PatchRecord(plain, url=web.url + "/fix.patch.gz", archive_sha256=packed)
    stages = p.patch_stages(concrete(plain), [patch], settings)
    for each in stages:
        each.fetch()
        each.expand_archive()
    p.apply(stage, p.ready_patches([patch], stages))
    assert text(stage) == "two\n"


def test_compressed_patch_with_other_content_is_refused(
    tmp_path: Any, web: Any, settings: Any
) -> None:
    packed, _ = compressed(tmp_path / "web", "evil")
    patch = PatchRecord("0" * 64, url=web.url + "/fix.patch.gz", archive_sha256=packed)
    (stage,) = p.patch_stages(concrete("0" * 64), [patch], settings)
    with pytest.raises(PatchError, match="not been fetched"):
        stage.expand_archive()
    stage.fetch()
    with pytest.raises(ChecksumError):
        stage.expand_archive()
    assert not stage.expanded


def test_archive_with_two_patches_is_refused(
    tmp_path: Any, web: Any, settings: Any, make_archive: Any
) -> None:
    archive = make_archive("p.tar.gz", {"p/1": "1", "p/2": "2"})
    patch = PatchRecord("0" * 64, url=f"file://{archive}", archive_sha256=sha256(archive))
    stage = PatchStage(patch, "foo", "abcdefg", settings)
    stage.fetch()
    with pytest.raises(PatchError, match="2 files"):
        stage.expand_archive()


def test_patch_program_is_missing(tmp_path: Any, stage: Stage, monkeypatch: Any) -> None:
    patches = ready(file_patch(tmp_path, diff("one", "two")))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Exception, match="patch is not installed"):
        p.apply(stage, patches)
