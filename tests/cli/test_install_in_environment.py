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
