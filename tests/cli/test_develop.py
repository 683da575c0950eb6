"""Packages under development: which version, what is built again, and what is said of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

from spack.sources.develop_stage import newer_file


@pytest.fixture
def environment(instance: Instance) -> Path:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker", "^answer@2.0")
    instance.ok("-e", "e", "concretize", "-q")
    return instance.state / "var/spack/environments/e"


def answer(environment: Path) -> bytes:
    return subprocess.check_output([str(environment / ".spack-env/view/bin/asker")])


def test_changed_sources_are_built_anew_with_their_dependents(
    instance: Instance, environment: Path
) -> None:
    shown = instance.ok("-e", "e", "develop", "answer@2.0")
    assert "answer@=2.0 is built from" in shown
    assert "The next install rebuilds it, and with it asker" in shown
    instance.ok("-e", "e", "install")
    assert answer(environment) == b"the answer is 42\n"
    source = environment / "answer" / "answer.c"
    source.write_text(source.read_text().replace("NUMBER", "43"))
    later = (environment / "spack.lock").stat().st_mtime + 1000
    os.utime(source, (later, later))
    shown = instance.ok("-e", "e", "install")
    assert f"is built again: {environment}/answer" in shown
    assert "asker@1.0/" in shown and "is built again: answer changes" in shown
    assert answer(environment) == b"the answer is 43\n"
    os.utime(source, (0, 0))
    assert "is built again" not in instance.ok("-e", "e", "install")


def test_sources_that_are_gone(instance: Instance, environment: Path) -> None:
    instance.ok("-e", "e", "develop", "answer@2.0")
    instance.ok("-e", "e", "install", "--fake")
    (environment / "answer").rename(environment / "moved")
    done = instance("-e", "e", "install", "--fake")
    assert done.returncode == 0 and "Nothing to do" in done.stdout
    assert f"the source directory {environment}/answer of answer@2.0/" in done.stderr
    assert "does not exist" in done.stderr and "spack undevelop answer" in done.stderr
    (environment / "moved").rename(environment / "answer")
    assert "does not exist" not in instance("-e", "e", "install", "--fake").stderr


def test_a_version_is_taken_as_that_version(instance: Instance, environment: Path) -> None:
    (environment / "answer").mkdir()
    shown = instance.ok("-e", "e", "develop", "--no-clone", "answer@1.0")
    assert "answer@=1.0 is built from" in shown and "No locked spec changes" in shown
    assert "spec: answer@=1.0" in (environment / "spack.yaml").read_text()
    shown = instance.ok(
        "-e", "e", "develop", "--no-clone", "--no-modify-concrete-specs", "answer@2"
    )
    assert "answer@=2.0 is built from" in shown and "stay as they are" in shown
    assert "no exact version" in instance.fails("-e", "e", "develop", "answer@:1.9")
    instance.ok("-e", "e", "develop", "--no-clone", "answer@2.0")
    again = instance.ok("-e", "e", "develop", "--no-clone", "answer@2.0")
    assert "if the sources have changed" in again


def test_sources_are_where_the_message_says(instance: Instance, environment: Path) -> None:
    """An entry that had a path loses it with the next ``develop`` that gives none."""
    elsewhere = environment.parent / "elsewhere"
    for place in (elsewhere, environment / "answer"):
        place.mkdir()
        path = ("--path", str(place)) if place == elsewhere else ()
        shown = instance.ok("-e", "e", "develop", "--no-clone", *path, "answer@2.0")
        assert f"answer@=2.0 is built from {place}\n" in shown
        assert str(place) in instance.ok("-e", "e", "develop", "--list")


def test_what_counts_as_a_change(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").touch()
    (tmp_path / "link").symlink_to("/nowhere")
    for path in (tmp_path, tmp_path / "deep", tmp_path / "deep" / "file", tmp_path / "link"):
        os.utime(path, (100, 100), follow_symlinks=False)
    assert newer_file(str(tmp_path), 100) is None
    assert newer_file(str(tmp_path), 99) == str(tmp_path)
    os.utime(tmp_path / "deep" / "file", (200, 200))
    assert newer_file(str(tmp_path), 100) == str(tmp_path / "deep" / "file")
