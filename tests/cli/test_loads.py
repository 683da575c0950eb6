"""``spack env loads``: scripts that work without this program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

BARE = {"PATH": "/usr/bin:/bin"}


def _bash(text: str) -> str:
    done = subprocess.run(
        ["bash", "--norc", "-c", text], env=BARE, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def place(instance: Instance) -> Path:
    """The environment ``e`` with asker, installed; ``other`` is empty."""
    instance.ok("env", "create", "other")
    instance.ok("-e", "other", "concretize")
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker")
    instance.ok("-e", "e", "concretize")
    assert "asker@1.0" in instance.fails("-e", "e", "env", "loads")
    instance.ok("-e", "e", "install")
    return instance.state / "var/spack/environments/e"


def test_loads_in_a_bare_shell(instance: Instance, place: Path) -> None:
    """Copied elsewhere too, while another environment is active, and twice."""
    assert f". {place}/loads" in instance.ok("-e", "e", "env", "loads")
    script = (place / "loads").read_text()
    assert "python" not in script and "bin/spack" not in script
    (place / "loads").rename(place / "renamed")
    other = place.parent / "other" / ".spack-env" / "activate.sh"
    shown = _bash(f". {other}; . {place}/renamed; . {place}/renamed; asker; echo $PATH")
    assert shown.splitlines()[0] == "the answer is 42"
    path = shown.splitlines()[1].split(":")
    assert len(path) == len(set(path))
    names = ("SPACK_LOADED_HASHES", "ASKER_HOME")
    loaded = {name: _bash(f". {place}/renamed; printf %s ${name}") for name in names}
    assert "unset ASKER_HOME" in instance.ok("unload", "--sh", variables=loaded)


def test_exclusion_and_dependencies(instance: Instance, place: Path) -> None:
    def loaded() -> tuple[str, int]:
        shown = _bash(f". {place}/loads; echo $CMAKE_PREFIX_PATH; echo $SPACK_LOADED_HASHES")
        prefixes, hashes = shown.splitlines()
        return prefixes, len(hashes.split(":"))

    instance.ok("-e", "e", "env", "loads")
    assert "/asker-" in loaded()[0] and loaded()[1] == 1
    instance.ok("-e", "e", "env", "loads", "-r")
    assert "/answer-" in loaded()[0] and loaded()[1] > 2
    every = loaded()[1]
    instance.ok("-e", "e", "env", "loads", "-r", "-x", "answer")
    assert "/asker-" in loaded()[0] and "/answer-" not in loaded()[0]
    assert loaded()[1] == every - 1


def test_included_roots_are_loaded(instance: Instance, place: Path) -> None:
    instance.ok("env", "create", "above", "--include-concrete", "e")
    instance.ok("-e", "above", "concretize")
    instance.ok("-e", "above", "env", "loads")
    assert _bash(f". {place.parent}/above/loads; asker") == "the answer is 42\n"


def test_commands_for_module_files(instance: Instance, place: Path) -> None:
    words = ("-e", "e", "env", "loads", "-m", "tcl")
    assert "asker@1.0" in instance.fails(*words)
    root = instance.state / "share" / "spack" / "modules"
    root.mkdir(parents=True)
    index = root / "module-index.yaml"
    index.write_text("module_index: {}\n")
    assert "asker@1.0" in instance.fails(*words)
    code = instance.ok("find", "--format", "{hash}", "asker").strip()
    index.write_text(f"module_index:\n  {code}:\n    path: {index}\n    use_name: asker/1.0-abc\n")
    instance.ok(*words)
    line = f"if [ -e {index} ]; then module load asker/1.0-abc; fi\n"
    assert (place / "loads").read_text().endswith(line)
    instance.ok("-e", "e", "env", "loads", "--input-only", "-p", "site/", "-n", "default")
    assert (place / "loads").read_text() == "site/asker/1.0-abc\n"
    assert "no set 'other'" in instance.fails(*words, "-n", "other")
    index.write_text("module_index: [1]\n")
    assert "not an index" in instance.fails(*words)
