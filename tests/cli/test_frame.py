"""The frame of every command: help, global options, errors and exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spack import __version__
from spack.cli import main as frame
from spack.cli.catalogue import COMMANDS, SECTIONS
from spack.cli.main import main
from spack.cli.parsing import command_module, command_parser, split_command_line

from .conftest import Run


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(spack: Run, option: str) -> None:
    result = spack(option)
    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        f"{__version__}\n",
        "",
    )


@pytest.mark.parametrize("words", [("help",), ("-h",), ("--help",), ("help", "--all"), ("-H",)])
def test_help(spack: Run, words: tuple[str, ...]) -> None:
    result = spack(*words)
    assert result.returncode == 0
    assert "  config " in result.stdout


def test_no_command_is_a_usage_error_that_shows_help(spack: Run) -> None:
    result = spack()
    assert result.returncode == 2
    assert "usage: spack" in result.stdout


def test_help_on_specs(spack: Run) -> None:
    assert "hdf5+mpi~cxx" in spack("help", "--spec").stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_module_a_section_and_help(name: str) -> None:
    assert COMMANDS[name].section in SECTIONS
    assert callable(command_module(name).run)
    text = command_parser(name).format_help()
    assert text.startswith(f"usage: spack {name}")


def test_every_module_of_a_command_is_in_the_catalogue(root: Path) -> None:
    folder = root / "lib" / "spack" / "spack" / "cli" / "commands"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == {name.replace("-", "_") for name in COMMANDS}


@pytest.mark.parametrize(
    "words, message",
    [
        (("confg",), "unknown command 'confg'; did you mean 'config'?"),
        (("help", "confg"), "unknown command 'confg'; did you mean 'config'?"),
        (("--verbos", "help"), None),
        (("--colour", "help"), "no option '--colour'; did you mean --color?"),
        (("config", "--scpoe", "get"), "config"),
        (("config", "gett"), "gett"),
        (("-c", "config:bild_jobs:3", "config", "get"), "did you mean 'build_jobs'?"),
        (("-c", "config", "config", "get"), "sets no value"),
        (("-C", "/nowhere", "config", "get"), "is not a directory"),
        (("-e", "nowhere", "config", "get"), "no environment 'nowhere'"),
        (("-D", "nowhere", "config", "get"), "there is no environment in"),
        (("-e", "a", "-E", "help"), "not allowed with"),
    ],
)
def test_wrong_command_lines(spack: Run, words: tuple[str, ...], message: str | None) -> None:
    result = spack(*words)
    if message is None:
        assert result.returncode == 0
        return
    assert result.returncode in (1, 2)
    assert message in result.stderr
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_debug_shows_a_traceback(spack: Run) -> None:
    result = spack("-d", "config", "get", "nothing")
    assert "Traceback" in result.stderr
    assert "Error: " in result.stderr


def test_aliases_come_from_the_configuration(spack: Run) -> None:
    result = spack("-c", "config:aliases:limit:'config get config:unpack_limit'", "limit")
    assert (result.returncode, result.stdout) == (0, "100\n")
    result = spack("-c", "config:aliases:jobs:nothing", "jobs")
    assert "unknown command 'nothing'" in result.stderr


def test_a_reader_that_goes_away_ends_the_command_quietly(spack: Run, root: Path) -> None:
    process = subprocess.Popen(
        [str(root / "bin" / "spack"), "config", "blame"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(root: Path) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [str(root / "bin" / "spack"), "config", "blame"],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert result.returncode == 1
    assert result.stderr.splitlines()[0] == "Error: No space left on device"


def raising(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    "error, code, text",
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (FileNotFoundError(2, "No such file or directory", "/x"), 1, "/x: No such file"),
        (ModuleNotFoundError("no", name="ruamel"), 1, "package 'ruamel' is not installed in"),
        (ModuleNotFoundError("no", name="spack.gone"), 70, "internal error"),
        (ValueError("odd"), 70, "internal error: ValueError: odd"),
        (SystemExit(3), 3, ""),
    ],
)
def test_exit_codes(
    error: BaseException,
    code: int,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(frame, "run_command", lambda words, options: raising(error))
    assert main(["help"]) == code
    assert text in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, expected",
    [
        ("-e name install -v", (["-e", "name"], ["install", "-v"])),
        ("-c a:b:c --color=never find", (["-c", "a:b:c", "--color=never"], ["find"])),
        ("-- find", ([], ["find"])),
        ("", ([], [])),
    ],
)
def test_global_options_end_at_the_command(words: str, expected: tuple[list[str], ...]) -> None:
    assert split_command_line(words.split()) == expected


@pytest.mark.parametrize("words", ["--version", "help", "help --all", "help --spec"])
def test_what_quick_commands_import(root: Path, words: str) -> None:
    program = (
        "import sys; from spack.cli.main import main; code = main(sys.argv[1:]);"
        "slow = ('clingo._clingo', 'jsonschema', 'ruamel.yaml', 'archspec', 'jinja2',"
        "'dataclasses', 'ast', 'spack.config', 'spack.system', 'spack.language');"
        "sys.exit(code or ' '.join(name for name in slow if name in sys.modules) or None)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *words.split()],
        env={"PYTHONPATH": str(root / "lib" / "spack")},
        capture_output=True,
        encoding="utf-8",
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_python_runs_with_this_program(spack: Run) -> None:
    assert spack("python", "-c", "import spack; print(spack.__name__)").stdout == "spack\n"
    assert spack("python", "--path").stdout == f"{sys.executable}\n"
    assert spack("python", "-V").stdout.startswith("Python 3")


def test_unit_test_passes_arguments_on(spack: Run) -> None:
    result = spack("unit-test", "-n0", "--collect-only", "-q", "tests/cli/test_frame.py")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "test_unit_test_passes_arguments_on" in result.stdout


def test_the_profile_shows_where_time_goes(spack: Run, tmp_path: Path) -> None:
    assert "cumulative" in spack("--profile", "--lines", "3", "config", "list").stdout
    spack("--profile-file", str(tmp_path / "profile"), "config", "list")
    assert (tmp_path / "profile").exists()
