"""Installs and additions in one environment at once: whoever wins, it is consistent."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.end_to_end.small_instance import Instance, make_repository

#: Commands, and whether they can succeed at all.
COMMANDS = {
    ("install", "--fake", "answer@1.0"): True,
    ("install", "--fake", "answer@2.0", "~shared"): True,
    ("install", "--fake", "asker"): True,
    ("install", "--fake", "picky"): True,
    ("install", "--fake", "answer@1.0", "mode=slow"): False,
    ("install", "broken"): False,
    ("add", "asker+loud"): True,
}

#: Of the environments, one an example.
NUMBERS = itertools.count()

sets = st.lists(st.sampled_from(list(COMMANDS)), min_size=3, max_size=5, unique=True)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    folder = tmp_path_factory.mktemp("at-once")
    instance = Instance(folder / "i", folder / "cache", make_repository(folder))
    instance.ok("install", "--fake", "asker", "picky")
    return instance


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(sets)
def test_all_succeed_or_say_truly_why(shared: Instance, commands: list[tuple[str, ...]]) -> None:
    name = f"e{next(NUMBERS)}"
    directory = shared.state / "var/spack/environments" / name
    shared.ok("env", "create", name)
    running = [(words, shared.start("-e", name, *words)) for words in commands]
    for words, process in running:
        output, _ = process.communicate()
        assert (process.returncode == 0) == COMMANDS[words], output
        assert "matches nothing" not in output and "Traceback" not in output
    able = [words for words in commands if COMMANDS[words]]
    texts = [" ".join(word for word in words[1:] if word != "--fake") for words in able]
    manifest = (directory / "spack.yaml").read_text()
    assert sorted(_roots(manifest)) == sorted(texts)
    if (directory / "spack.lock").exists():
        lock = json.loads((directory / "spack.lock").read_text())
        assert {root["spec"] for root in lock["roots"]} <= set(texts)
    view = directory / ".spack-env/view"
    assert not [path for path in view.rglob("*") if path.is_symlink() and not path.exists()]
    shared.ok("-e", name, "install", "--fake")


def _roots(manifest: str) -> list[str]:
    entries = [line.strip() for line in manifest.splitlines()]
    return [entry[2:].strip("'") for entry in entries if entry.startswith("- ")]
