"""``spack buildcache`` and installing from binary caches, through the launcher."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.small_instance import Instance


def test_push_and_install_again(instance: Instance, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    instance.ok("install", "--fake", "asker")
    shown = instance.ok("buildcache", "push", "--unsigned", "--update-index", str(cache), "asker")
    assert "Pushed" in shown and "0 failed" in shown
    assert "0 pushed" in instance.ok("buildcache", "push", "--unsigned", str(cache), "asker")
    instance.ok("mirror", "add", "--unsigned", "--type", "binary", "here", str(cache))
    assert "No problems" in instance.ok("buildcache", "check-index", "here", "--verify", "all")
    listed = instance.ok("buildcache", "list", "-l", "asker")
    assert "asker@1.0" in listed and "1 cached package" in listed
    instance.ok("uninstall", "-y", "--all")
    shown = instance.ok("install", "--cache-only", "asker")
    assert "from build caches" in shown and "Building" not in shown
    prefix = Path(instance.ok("location", "-i", "asker").strip())
    origin = json.loads((prefix / ".spack/cache_origin.json").read_text())
    assert origin["cache"] == "here" and origin["old_paths_in"] == []
    instance.ok("verify", "manifest", "--all")
    instance.ok("uninstall", "-y", "--all")
    assert "Building" in instance.ok("install", "--fake", "--no-cache", "answer")
    instance.ok("buildcache", "install", "asker")
    assert "asker" in instance.installed()


def test_check_download_prune_and_sync(instance: Instance, tmp_path: Path) -> None:
    cache, other = tmp_path / "cache", tmp_path / "other"
    instance.ok("install", "--fake", "answer")
    instance.ok("buildcache", "push", "--unsigned", "--update-index", str(cache), "answer")
    instance.ok("mirror", "add", "--unsigned", "--type", "binary", "here", str(cache))
    instance.ok("buildcache", "check", "answer")
    report = tmp_path / "report"
    missing = instance("buildcache", "check", "-m", str(cache), "-o", str(report), "answer@1.0")
    assert missing.returncode == 1 and json.loads(report.read_text())[str(cache)]
    instance.ok("buildcache", "download", "-s", "answer", "-p", str(tmp_path / "got"))
    assert list((tmp_path / "got").glob("v3/manifests/spec/answer/*"))
    assert "Copied" in instance.ok("buildcache", "sync", "here", str(other))
    instance.ok("buildcache", "update-index", str(other))
    keep = tmp_path / "keep"
    keep.write_text("")
    assert "To be removed" in instance.ok(
        "buildcache", "prune", "-k", str(keep), "--dry-run", "here"
    )
    instance.ok("buildcache", "prune", "-k", str(keep), "here")
    assert "0 cached packages" in instance.ok("buildcache", "list")
    assert "there is no mirror" in instance.fails("buildcache", "prune", "nowhere")
    folder = tmp_path / "specs"
    instance.ok(
        "buildcache", "save-specfile", "--root-spec", "asker", "-s", "answer asker",
        "--specfile-dir", str(folder),
    )  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == ["answer.json", "asker.json"]


def test_builds_are_pushed_to_mirrors_that_ask_for_it(instance: Instance, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    instance.ok("mirror", "add", "--unsigned", "--autopush", "here", str(cache))
    instance.ok("install", "--fake", "answer")
    assert list(cache.glob("v3/manifests/spec/answer/*"))


def test_solves_reuse_what_caches_have(instance: Instance, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    instance.ok("install", "--fake", "asker ^answer@1.0")
    instance.ok("buildcache", "push", "--unsigned", "--update-index", str(cache), "asker")
    instance.ok("uninstall", "-y", "--all")
    assert "answer@2.0" in instance.ok("spec", "asker")
    instance.ok("mirror", "add", "--unsigned", "--type", "binary", "here", str(cache))
    assert "answer@1.0" in instance.ok("spec", "asker")
    assert "answer@2.0" in instance.ok("spec", "--fresh", "asker")
    keep = tmp_path / "keep"
    keep.write_text("")
    instance.ok("-c", "config:binary_index_ttl:0", "buildcache", "prune", "-k", str(keep), "here")
    assert "answer@1.0" in instance.ok("spec", "asker")
    assert "answer@2.0" in instance.ok("-c", "config:binary_index_ttl:0", "spec", "asker")


def test_a_damaged_copy_is_built_from_source_instead(instance: Instance, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    instance.ok("install", "--fake", "asker")
    instance.ok("buildcache", "push", "--unsigned", "--update-index", str(cache), "asker")
    instance.ok("mirror", "add", "--unsigned", "--type", "binary", "here", str(cache))
    instance.ok("uninstall", "-y", "--all")
    (manifest,) = cache.glob("v3/manifests/spec/answer/*")
    archive = json.loads(manifest.read_text())["data"][0]["checksum"]
    (cache / f"blobs/sha256/{archive[:2]}/{archive}").write_bytes(b"damaged")
    shown = instance.fails("install", "--cache-only", "asker")
    assert "is not what its manifest says" in shown
    done = instance("install", "asker")
    assert done.returncode == 0 and "Building answer" in done.stdout
    assert "building it from source" in done.stdout + done.stderr
    assert {"answer", "asker"} <= set(instance.installed())


def test_a_cache_of_layout_2_without_packages(instance: Instance, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    shown = instance.ok("buildcache", "migrate", "-u", "-d", "-y", str(tmp_path / "old"))
    assert "Migrated 0 packages" in shown
