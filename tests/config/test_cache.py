"""The cache of parsed files: used when nothing changed, missed when anything did."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spack.config import configuration
from spack.config.scopes import reading
from spack.config.scopes.reading import FileReader

from .conftest import MiniInstance


def age(mini: MiniInstance, seconds: int = 60) -> None:
    """Make every file look as if it had not been changed just now."""
    for file in mini.top.rglob("*.yaml"):
        stamp = file.stat().st_mtime_ns - seconds * 1_000_000_000
        os.utime(file, ns=(stamp, stamp))


def cache_file(mini: MiniInstance) -> Path:
    (found,) = (mini.home / ".spack" / "cache").glob("configuration-*.marshal")
    return found


def test_a_second_start_loads_neither_yaml_nor_jsonschema(mini: MiniInstance, root: Path) -> None:
    age(mini)
    program = (
        "import sys\n"
        "from spack.config.loading import instance, load\n"
        "from spack.config.settings.settings import Settings\n"
        f"c = load(instance({str(mini.root)!r}, {mini.variables!r}))\n"
        "assert Settings(c, '/').config.build_jobs and Settings(c, '/').packages\n"
        "slow = ('ruamel.yaml', 'jsonschema', 'dataclasses', 'ast')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    variables = {"PYTHONPATH": str(root / "lib" / "spack"), "PATH": os.environ["PATH"]}
    found = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=variables,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert "ruamel.yaml" in found[0]
    assert found[1] == "[]"


@pytest.mark.parametrize("text", ["config: {build_jobs: 7}", "config: {build_jobs: 12}"])
def test_a_changed_file_is_read_again(mini: MiniInstance, text: str) -> None:
    mini.write("home/.spack/config.yaml", "config: {build_jobs: 3}")
    age(mini)
    assert mini.load().get("config:build_jobs") == 3
    mini.write("home/.spack/config.yaml", text)
    assert str(mini.load().get("config:build_jobs")) in text


def test_a_new_and_a_removed_file_are_seen(mini: MiniInstance) -> None:
    age(mini)
    assert mini.load().get("config:build_jobs") == 16
    file = mini.write("clone/etc/spack/config.yaml", "config: {build_jobs: 4}")
    assert mini.load().get("config:build_jobs") == 4
    file.unlink()
    assert mini.load().get("config:build_jobs") == 16


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x00" * 64])
def test_a_broken_cache_is_ignored_and_replaced(mini: MiniInstance, content: bytes) -> None:
    age(mini)
    mini.load().section("config")
    good = cache_file(mini).read_bytes()
    cache_file(mini).write_bytes(content)
    assert mini.load().get("config:build_jobs") == 16
    assert cache_file(mini).read_bytes() != content
    assert len(good) > len(content)


def test_a_cache_that_cannot_be_written_is_no_error(mini: MiniInstance) -> None:
    age(mini)
    mini.write("blocked", "a file where the cache's directory should be")
    mini.variables["SPACK_USER_CACHE_PATH"] = str(mini.top / "blocked")
    assert mini.load().get("config:build_jobs") == 16


def test_places_and_warnings_survive_the_cache(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config:\n  install_tree: /store\n")
    age(mini)
    first = mini.load().at("config:install_tree:root")
    second = mini.load().at("config:install_tree:root")
    assert first is not None and second is not None
    assert first.origin == second.origin
    assert [str(note) for note in mini.notes[:1]] == [str(note) for note in mini.notes[1:]]


def test_a_file_changed_just_now_is_not_cached(mini: MiniInstance, tmp_path: Path) -> None:
    file = mini.write("a.yaml", "config: {build_jobs: 1}")
    whole_second = time.time_ns() // 1_000_000_000 * 1_000_000_000
    os.utime(file, ns=(whole_second, whole_second))
    FileReader(str(tmp_path / "cache"), "x").read(str(file))
    assert not (tmp_path / "cache").exists()


def test_touching_another_file_reads_nothing_again(
    mini: MiniInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(mini)
    mini.load("config:build_jobs:3").section("config")
    mini.write("home/unrelated.yaml", "config: {}")
    with monkeypatch.context() as patch:
        patch.setattr(reading, "parse_file", lambda path: 1 / 0)
        patch.setattr(configuration, "validate", lambda section, value: 1 / 0)
        assert mini.load("config:build_jobs:3").get("config:build_jobs") == 3
        mini.write("home/.spack/config.yaml", "config: {build_jobs: 4}")
        with pytest.raises(ZeroDivisionError):
            mini.load().section("config")
        with pytest.raises(ZeroDivisionError):
            mini.load("config:build_jobs:5")
