"""The tutorial, run line by line in one shell; the commands of how-to pages; the whole manual."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import ROOT, Instance

from spack.cli.catalogue import COMMANDS
from spack.cli.parsing import command_parser, split_command_line
from spack.errors import SpackError

DOCS = ROOT / "lib" / "spack" / "docs"


def lines(page: Path) -> list[str]:
    """The commands of a page, in order."""
    return re.findall(r"^ +\$ (.*)$", page.read_text(), re.M)


def test_the_tutorial(tmp_path: Path, shared_cache: Path) -> None:
    made = Instance(tmp_path / "instance", shared_cache)
    script = ["set -e", f"cd '{ROOT}'"]
    for line in lines(DOCS / "tutorial.rst"):
        script += [f"echo '--- {line}' >&2", line]
    result = made.shell("bash", *script)
    assert result.returncode == 0, result.stderr
    assert "heat2d: 48 x 48 cells, 20 steps" in result.stdout
    assert "heat2d: 48 x 48 cells, 5 steps" in result.stdout
    assert "heat2d" not in made.installed()


@pytest.mark.parametrize("page", sorted(DOCS.glob("howto/*.rst")), ids=lambda page: page.stem)
def test_commands_of_how_to_pages_are_understood(page: Path) -> None:
    """Their words are parsed, not run: they name packages and places of a site."""
    for line in lines(page):
        if not line.startswith("spack "):
            continue
        words = shlex.split(re.split("[#>]", line)[0])[1:]
        _, (name, *rest) = split_command_line(words)
        assert name in COMMANDS, line
        try:
            command_parser(name).parse_args(rest)
        except SpackError as error:
            pytest.fail(f"{line}: {error}")


def test_the_manual_is_built_without_warnings(tmp_path: Path) -> None:
    pytest.importorskip("sphinx")
    import sys

    result = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(DOCS), str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stdout
