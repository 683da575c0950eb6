"""``spack bootstrap``, and what is said of commands that have no meaning here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.cli.conftest import Run


def test_status_shows_every_dependency(spack: Run, root: Path) -> None:
    shown = spack("bootstrap", "status", "--optional", "--dev")
    assert shown.returncode == 0, shown.stderr
    text = (root / "pyproject.toml").read_text()
    for name in re.findall(r'^  "([\w.]+)>=', text.partition("[project.optional")[0], re.M):
        assert re.search(rf"^\[\+\] {re.escape(name)} [\d.]+, for ", shown.stdout, re.M)
    assert re.search(r"^\[.\] .*git", shown.stdout, re.M)
    assert "tests" in shown.stdout.splitlines()[-1]
    assert "git" not in spack("bootstrap", "status").stdout
    assert spack("bootstrap", "now").stdout == spack("bootstrap", "status").stdout


@pytest.mark.parametrize(
    "words, expected",
    [
        (("list",), "no bootstrap sources"),
        (("list", "--scope", "site"), "no bootstrap sources"),
        (("enable",), "no bootstrap sources"),
        (("disable", "github-actions"), "no bootstrap sources"),
        (("add", "--trust", "mine", "/somewhere"), "no bootstrap sources"),
        (("remove", "mine"), "no bootstrap sources"),
        (("mirror", "--binary-packages", "/somewhere"), "pip download"),
        (("reset", "-y"), "no bootstrap store"),
    ],
)
def test_what_has_no_meaning_says_so_and_ends_well(
    spack: Run, words: tuple[str, ...], expected: str
) -> None:
    result = spack("bootstrap", *words)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("==> Nothing to do: ") and expected in result.stdout


def test_the_directory_of_the_private_python(spack: Run, tmp_path: Path) -> None:
    place = f"{tmp_path}/state/var/spack/python\n"
    assert spack("bootstrap", "root").stdout == place
    moved = spack("bootstrap", "root", "/elsewhere")
    assert (moved.returncode, moved.stdout) == (0, place)
    assert "SPACK_STATE_DIR" in moved.stderr


@pytest.mark.parametrize("name", ["ci", "license", "make-installer", "style", "tutorial"])
def test_commands_of_others_say_what_to_do_instead(spack: Run, name: str) -> None:
    result = spack(name, "verify")
    assert result.returncode == 2
    assert f"has no command '{name}'" in result.stderr and "did you mean" not in result.stderr
    assert "\nTry: " in result.stderr


def test_the_documentation_of_a_name(spack: Run) -> None:
    shown = spack("pydoc", "spack.scripting.interface.Spack.find")
    assert shown.returncode == 0, shown.stderr
    assert "Installed specs that satisfy one of the constraints" in shown.stdout


def test_there_is_nothing_of_a_bootstrap_store_to_clean(spack: Run) -> None:
    result = spack("clean", "-b")
    assert result.returncode == 0 and "Nothing to remove" in result.stdout
    assert "stage" not in result.stdout
    assert re.search(r"Removed \d+ stages? ", spack("clean", "-bs").stdout)
