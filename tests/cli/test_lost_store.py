"""Stores that lost a prefix or their database: what is said, and what brings them back."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance


@pytest.fixture
def stored(instance: Instance) -> Instance:
    instance.ok("install", "--fake", "asker")
    return instance


def prefix(instance: Instance, spec: str) -> Path:
    return Path(instance.ok("location", "-i", spec).strip())


def test_a_prefix_that_vanished_is_installed_again(stored: Instance) -> None:
    below = prefix(stored, "answer")
    assert "answer" not in stored.ok("find", "--only-missing", "--format", "{name}")
    for spec in ("asker", "answer"):
        shutil.rmtree(below)
        assert "answer" in stored.ok("find", "--only-missing", "--format", "{name}")
        result = stored("install", "--fake", spec)
        assert result.returncode == 0
        assert f"{below} is gone: answer@2.0/" in result.stderr
        assert (below / "bin" / "answer").exists()
    assert "is gone" not in stored("install", "--fake", "asker").stderr


def test_a_prefix_that_vanished_is_not_offered_to_users(stored: Instance) -> None:
    below = prefix(stored, "answer")
    shutil.rmtree(below)
    for words in (("load", "--sh"), ("location", "-i")):
        error = stored.fails(*words, "answer")
        assert f"answer@2.0/{below.name[-32:][:7]} was installed in {below}, which is gone" in error
        assert "spack install /" in error


def test_a_view_shows_nothing_of_a_prefix_that_vanished(stored: Instance) -> None:
    stored.ok("env", "create", "e")
    stored.ok("-e", "e", "add", "asker")
    stored.ok("-e", "e", "install", "--fake")
    shutil.rmtree(prefix(stored, "answer"))
    stored.ok("-e", "e", "env", "view", "regenerate")
    view = stored.state / "var/spack/environments/e/.spack-env/view"
    assert (view / "bin/asker").exists() and not (view / "bin/answer").is_symlink()


def test_no_view_is_made_of_a_prefix_that_vanished(stored: Instance, tmp_path: Path) -> None:
    below = prefix(stored, "answer")
    shutil.rmtree(below)
    for verb in ("symlink", "copy"):
        for spec in ("answer", "asker"):
            error = stored.fails("view", verb, str(tmp_path / "view"), spec)
            assert f"was installed in {below}, which is gone" in error
            assert not (tmp_path / "view").exists()
    stored.ok("view", "--dependencies", "no", "symlink", str(tmp_path / "view"), "asker")
    assert (tmp_path / "view/bin/asker").exists()


def test_a_prefix_that_vanished_is_marked_as_missing(stored: Instance) -> None:
    shutil.rmtree(prefix(stored, "answer"))
    shown = stored.ok("find", "-I", "-d", "asker")
    assert "[+]  asker@1.0" in shown and "[-]      ^answer@2.0" in shown
    assert "[-]  answer@2.0" in stored.ok("find", "-I", "answer")
    assert "[-]      ^answer@2.0" in stored.ok("spec", "asker")
    assert "answer" in stored.ok("find", "--format", "{name}")


@pytest.mark.parametrize("broken", ["gone", "directory"])
def test_a_store_without_an_index_names_reindex(broken: str, stored: Instance) -> None:
    database = stored.state / "opt" / "spack" / ".spack-db"
    shutil.rmtree(database)
    if broken == "directory":
        (database / "index.json").mkdir(parents=True)
    for words in (("find",), ("install", "--fake", "asker"), ("uninstall", "-y", "asker")):
        error = stored.fails(*words)
        assert "spack reindex" in error
        assert ("is a directory" if broken == "directory" else "its database is gone") in error
    stored.ok("reindex")
    assert stored.installed() == ["answer", "asker", "compiler-wrapper", "gcc-runtime"]


@pytest.mark.parametrize("kind", ["pipe", "record"])
def test_what_is_not_an_index_is_replaced(kind: str, stored: Instance) -> None:
    index = stored.state / "opt" / "spack" / ".spack-db" / "index.json"
    if kind == "pipe":
        index.unlink(missing_ok=True)
        os.mkfifo(index)
    else:
        database = {"version": "8", "installs": {"a" * 32: {"installed": True}}}
        index.write_text(json.dumps({"database": database}))
    assert "spack reindex" in stored.fails("find")
    stored.ok("reindex")
    assert stored.installed() == ["answer", "asker", "compiler-wrapper", "gcc-runtime"]


def test_a_new_store_says_nothing(instance: Instance) -> None:
    (instance.state / "opt" / "spack" / "linux" / "of-somebody").mkdir(parents=True)
    assert "0 installed packages" in instance.ok("find")


def test_libraries_of_a_prefix_that_vanished_are_not_called_right(stored: Instance) -> None:
    below = prefix(stored, "answer")
    assert stored.ok("verify", "libraries", "--all") == "==> No problems found\n"
    shutil.rmtree(below)
    result = stored("verify", "libraries", "--all")
    assert result.returncode == 1
    assert f"    {below}: the prefix is missing\n" in result.stdout
