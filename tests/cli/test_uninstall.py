"""Uninstalling what environments need: who is told, what stays, what their views show."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance


@pytest.fixture
def two(instance: Instance) -> Instance:
    """An instance whose environments ``one`` and ``two`` both have asker, with views."""
    for name in ("one", "two"):
        instance.ok("env", "create", name)
        instance.ok("-e", name, "add", "asker")
        instance.ok("-e", name, "install", "--fake")
    return instance


def directory(instance: Instance, name: str) -> Path:
    return instance.state / "var/spack/environments" / name


def dead_links(instance: Instance) -> list[Path]:
    places = [directory(instance, name) / ".spack-env" for name in ("one", "two")]
    return [
        path
        for place in places
        for path in (place / "view").rglob("*")
        if path.is_symlink() and not path.exists()
    ]


def test_what_environments_need_is_refused_and_they_are_named(two: Instance) -> None:
    for words in (("asker",), ("-R", "answer"), ("--all", "gcc-runtime", "-R")):
        error = two.fails("uninstall", "-y", *words)
        assert "is needed by environment one, environment two" in error
    assert "environment two" in two.fails("-e", "one", "uninstall", "-y", "asker")
    assert "asker" in two.installed()


def test_force_leaves_no_dead_link_in_any_view(two: Instance) -> None:
    two.ok("uninstall", "-y", "--force", "answer")
    assert (directory(two, "one") / ".spack-env/view/bin/asker").exists()
    assert not (directory(two, "one") / ".spack-env/view/bin/answer").is_symlink()
    assert dead_links(two) == []


def test_remove_takes_the_root_and_leaves_what_others_need(two: Instance) -> None:
    shown = two.ok("-e", "one", "uninstall", "-y", "--remove", "asker")
    assert "needed by environment two: it stays installed" in shown
    assert "asker" not in (directory(two, "one") / "spack.yaml").read_text().split("specs:")[1]
    assert '"asker"' not in (directory(two, "one") / "spack.lock").read_text()
    assert not (directory(two, "one") / ".spack-env/view/bin/asker").is_symlink()
    assert "asker" in two.installed()
    two.ok("-e", "two", "uninstall", "-y", "--remove", "asker")
    assert "asker" not in two.installed()


def test_a_root_of_a_matrix_is_told_before_anything_is_gone(instance: Instance) -> None:
    instance.ok("env", "create", "one")
    manifest = directory(instance, "one") / "spack.yaml"
    manifest.write_text("spack:\n  specs:\n  - matrix: [[asker], [~loud]]\n")
    instance.ok("-e", "one", "install", "--fake")
    assert "matrix" in instance.fails("-e", "one", "uninstall", "-y", "--remove", "asker")
    assert "asker" in instance.installed()


def test_removing_one_root_keeps_another_that_needs_it_locked(instance: Instance) -> None:
    instance.ok("env", "create", "one")
    instance.ok("-e", "one", "add", "asker", "answer")
    instance.ok("-e", "one", "concretize", "-q")
    instance.ok("-e", "one", "remove", "--force", "answer")
    assert '"spec":"asker"' in (directory(instance, "one") / "spack.lock").read_text()


def test_garbage_of_an_environment_leaves_no_dead_link(two: Instance) -> None:
    two.ok("mark", "-i", "--all")
    two.ok("gc", "-y")
    assert "asker" not in two.installed()
    assert dead_links(two) == []
    two.ok("gc", "-y", "--except-any-environment")


def test_a_lock_that_cannot_be_read_is_told(two: Instance) -> None:
    (directory(two, "two") / "spack.lock").write_text("{")
    assert "--force" in two.fails("uninstall", "-y", "asker")
    two.ok("uninstall", "-y", "--force", "asker")


def test_deprecated_and_overwritten_files_are_those_of_the_views(two: Instance) -> None:
    view = directory(two, "one") / ".spack-env/view"
    prefix = Path(two.ok("location", "-i", "asker").strip())
    (prefix / "bin" / "added").write_text("")
    two.ok("install", "--fake", "--overwrite", "asker")
    assert not (view / "bin" / "added").exists()
    two.ok("install", "--fake", "asker+loud")
    (Path(two.ok("location", "-i", "asker+loud").strip()) / "bin" / "louder").write_text("")
    two.ok("deprecate", "-y", "asker", "~loud", "asker", "+loud")
    assert (view / "bin" / "louder").exists()
    assert dead_links(two) == []
