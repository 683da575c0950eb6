"""Commands of extensions, aliases, and guesses for what was mistyped."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run


@pytest.fixture
def extension(tmp_path: Path) -> str:
    """A folder with two commands; the option that configures it."""
    folder = tmp_path / "spack-site-tools"
    commands = folder / "site_tools" / "cmd"
    commands.mkdir(parents=True)
    (folder / "site_tools" / "__init__.py").write_text("import os\nSAID = 'hello'\n")
    (folder / "site_tools" / "words.py").write_text("from . import SAID as GREETING\n")
    (commands / "greet_all.py").write_text(
        "from spack.extensions.site_tools.words import GREETING\n"
        "description = 'greet somebody'\n"
        "def setup_parser(subparser):\n"
        "    subparser.add_argument('name')\n"
        "    subparser.add_argument('--twice', action='store_true')\n"
        "def greet_all(parser, args):\n"
        "    print(GREETING, args.name)\n"
        "    return 3 if args.twice else None\n"
    )
    (commands / "broken.py").write_text("import nothing_at_all\n")
    (commands / "empty.py").write_text("")
    return f"config:extensions:[{folder}]"


def test_a_command_of_an_extension(spack: Run, extension: str) -> None:
    result = spack("-c", extension, "greet-all", "you")
    assert (result.returncode, result.stdout) == (0, "hello you\n"), result.stderr
    assert spack("-c", extension, "greet-all", "--twice", "you").returncode == 3
    assert "greet somebody" in spack("-c", extension, "help", "greet-all").stdout
    assert "greet-all" in spack("-c", extension, "commands").stdout.split()


@pytest.mark.parametrize(
    "words, code, message",
    [
        (("greet-all",), 2, "required: name"),
        (("greet-all", "--twise", "you"), 2, "did you mean --twice?"),
        (("broken",), 1, "No module named 'nothing_at_all'"),
        (("empty",), 1, "has no function empty(parser, args)"),
    ],
)
def test_mistakes(
    spack: Run, extension: str, words: tuple[str, ...], code: int, message: str
) -> None:
    result = spack("-c", extension, *words)
    assert result.returncode == code
    assert message in result.stderr and "Traceback" not in result.stderr


def test_folders_that_are_none(spack: Run, tmp_path: Path) -> None:
    wrong = spack("-c", f"config:extensions:[{tmp_path}]", "greet-all")
    assert wrong.returncode == 1 and "is called spack-NAME" in wrong.stderr
    gone = spack("-c", f"config:extensions:[{tmp_path}/spack-gone]", "greet-all")
    assert gone.returncode == 1 and "has no commands" in gone.stderr


def test_an_alias_does_not_shadow_a_command(spack: Run) -> None:
    result = spack("-c", "config:aliases:arch:find", "commands", "--aliases")
    assert "rm" in result.stdout.split()
    shadowed = spack("-c", "config:aliases:help:find", "help", "find")
    assert shadowed.stdout.startswith("usage: spack find")


@pytest.mark.parametrize(
    "words, message",
    [
        (("config", "gett"), "has no subcommand 'gett'; did you mean get?"),
        (("env", "stauts"), "did you mean status?"),
        (("install", "--test", "roots", "x"), "cannot be 'roots'; did you mean root?"),
        (("instal", "x"), "did you mean 'install'?"),
        (("find", "--variant"), None),
        (("find", "--hashs"), "did you mean --hashes?"),
        (("config", "get", "--jsn"), "config get has no option '--jsn'; did you mean --json?"),
        (("config", "edit", "--json"), "spack config edit has no option '--json'"),
        (("config",), "spack config needs a subcommand"),
        (("install", "-j", "many", "x"), "must be at least 1, not 'many'"),
    ],
)
def test_did_you_mean(spack: Run, words: tuple[str, ...], message: str) -> None:
    result = spack(*words)
    if message is None:
        assert result.returncode == 0  # an abbreviation that has one meaning
        return
    assert result.returncode == 2
    assert message in result.stderr


def test_an_alias_that_is_never_used_is_told_of_with_its_place(spack: Run, tmp_path: Path) -> None:
    file = tmp_path / "state" / "etc" / "spack" / "config.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("config:\n  aliases:\n    find: list\n    mine: find\n")
    for words in (("find",), ("mine",), ("config", "get", "config:aliases")):
        result = spack(*words)
        assert result.returncode == 0
        lines = [line for line in result.stderr.splitlines() if "alias" in line]
        assert len(lines) == 1, result.stderr
        assert f"{file}:3:11: the alias 'find' for 'list' is ignored" in lines[0]
    assert "installed packages" in spack("find").stdout
