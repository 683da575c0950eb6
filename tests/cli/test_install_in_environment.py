"""Installing specs in an environment: what fails changes nothing, what runs at once agrees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

MANIFEST = b"spack:\r\n  specs:\r\n  # mine\r\n  - answer@2.0\r\n  # shown\r\n  view: true\r\n"


@pytest.fixture
def environment(instance: Instance) -> Path:
    """An environment ``e`` with one root that is installed."""
    instance.ok("env", "create", "e")
    directory = instance.state / "var/spack/environments/e"
    (directory / "spack.yaml").write_bytes(MANIFEST)
    instance.ok("-e", "e", "install", "--fake")
    return directory


def test_what_fails_leaves_manifest_and_lock_as_they_were(
    instance: Instance, environment: Path
) -> None:
    lock = json.loads((environment / "spack.lock").read_bytes())
    for words in (["answer@1.0", "mode=slow"], ["broken"], ["--add", "broken"], ["nosuch"]):
        instance.fails("-e", "e", "install", *words)
        assert (environment / "spack.yaml").read_bytes() == MANIFEST
        assert json.loads((environment / "spack.lock").read_bytes()) == lock


def test_an_error_names_the_command_line_where_the_root_was_written(
    instance: Instance, environment: Path
) -> None:
    for words in (["answer@9"], ["asker", "^answer@9"], ["answer@1.0", "mode=slow"]):
        shown = instance.fails("-e", "e", "install", *words)
        assert "command line" in shown and "spack.yaml" not in shown, shown
    assert (environment / "spack.yaml").read_bytes() == MANIFEST
    instance.ok("-e", "e", "add", "answer@9")
    assert "spack.yaml:5" in instance.fails("-e", "e", "install")


def test_a_lock_whose_root_is_another_package(instance: Instance, environment: Path) -> None:
    file = environment / "spack.lock"
    lock = json.loads(file.read_bytes())
    for text in ("asker", "oracle"):
        lock["roots"][0]["spec"] = text
        file.write_text(json.dumps(lock))
        done = instance("-e", "e", "find")
        if text == "oracle":  # a virtual that answer provides
            assert done.returncode == 0, done.stderr
        else:
            assert done.returncode == 1
            assert f"{file}: the root asker is locked as answer@2.0/" in done.stderr
            assert "concretize again" in done.stderr


def test_of_several_specs_those_that_are_installed_stay(
    instance: Instance, environment: Path
) -> None:
    instance.ok("install", "--fake", "picky")
    instance.fails("-e", "e", "install", "picky", "broken")
    changed = MANIFEST.replace(b"  # shown", b"  - picky\r\n  # shown")
    assert (environment / "spack.yaml").read_bytes() == changed
    assert "broken" not in (environment / "spack.lock").read_text()


def test_comments_of_the_manifest_stay_with_their_entries(
    instance: Instance, environment: Path
) -> None:
    instance.ok("-e", "e", "add", "asker", "+loud")
    changed = MANIFEST.replace(b"  # shown", b"  - asker +loud\r\n  # shown")
    assert (environment / "spack.yaml").read_bytes() == changed
    instance.ok("-e", "e", "remove", "answer")
    changed = changed.replace(b"  # mine\r\n  - answer@2.0\r\n", b"")
    assert (environment / "spack.yaml").read_bytes() == changed
    marked = b"\xef\xbb\xbf" + changed
    (environment / "spack.yaml").write_bytes(marked)
    instance.ok("-e", "e", "remove", "asker")
    assert (environment / "spack.yaml").read_bytes() == marked.replace(
        b"  specs:\r\n  - asker +loud\r\n", b"  specs: []\r\n"
    )
