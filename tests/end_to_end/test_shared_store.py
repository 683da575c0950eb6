"""A store of another user: what is all there can be used, and nothing of it is written."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance


@pytest.fixture
def shared(instance: Instance) -> Iterator[Path]:
    """A store with asker that cannot be written while a test runs."""
    store = instance.state / "opt" / "spack"
    instance.ok("install", "asker")
    subprocess.check_call(["chmod", "-R", "a-w", str(store)])
    yield store
    subprocess.check_call(["chmod", "-R", "u+w", str(store)])


@pytest.mark.usefixtures("unprivileged", "shared")
def test_an_environment_of_what_is_installed(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker")
    assert "Nothing to do" in instance.ok("-e", "e", "install")
    view = instance.state / "var" / "spack" / "environments" / "e" / ".spack-env" / "view"
    assert (view / "bin" / "asker").exists()
    assert "SPACK_ENV" in instance.ok("env", "activate", "--sh", "e")
    shell = instance.shell("bash", "spacktivate e", "asker")
    assert "the answer is 42" in shell.stdout, shell.stderr
    assert "ASKER_HOME" in instance.ok("load", "--sh", "asker")
    assert "Nothing to do" in instance.ok("install", "answer")  # which stays a dependency
    assert "answer" in instance.ok("find", "-X")


@pytest.mark.usefixtures("unprivileged")
def test_what_is_missing_is_named_before_anything_is_built(
    instance: Instance, shared: Path
) -> None:
    refused = instance.fails("install", "asker", "answer@1.0")
    assert f"the store {shared} is not writable, and lacks answer" in refused
    assert f"upstreams:shared:install_tree:{shared}" in refused
    assert list(instance.stages.glob("*/spack-stage-*")) == []


@pytest.mark.usefixtures("unprivileged")
def test_changes_of_what_is_installed_are_refused(instance: Instance, shared: Path) -> None:
    for words in (
        ("deprecate", "-y", "asker", "answer"),
        ("reindex",),
        ("mark", "-i", "asker"),
        ("uninstall", "-y", "asker"),
    ):
        refused = instance.fails(*words)
        assert f"the store {shared} cannot be written by this user" in refused, words
    assert "asker" in instance.installed()


@pytest.mark.usefixtures("unprivileged", "shared")
def test_externals_of_ones_own_need_not_be_recorded(instance: Instance, tmp_path: Path) -> None:
    instance.ok(
        "config", "add", f"packages:picky:externals:[{{spec: picky@1.0, prefix: {tmp_path}}}]"
    )
    assert "Nothing to do" in instance.ok("install", "picky")
