"""Words and lines are read back by real shells exactly as meant."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from spack.system.processes import shells

SHELLS = ["sh", "bash", "dash", "zsh", "csh", "tcsh", "fish"]

TEXTS = [
    "plain",
    "",
    "two words",
    "it's",
    '"quoted"',
    "$HOME `date` $(date) ${x}",
    "back\\slash \\\\ \\' end\\",
    "bang! !! !x !",
    "new\nline",
    "*?[a]{b,c}~ ~root",
    "=equals",
    "semi;colon & | < > ( ) #",
    "tab\tand ünïcode",
    "-n",
    "%job",
]


def run(shell: str, code: str, directory: Path, env: dict[str, str] | None = None) -> bytes:
    """The output of a script of the shell."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = directory / f"script.{shell}"
    script.write_text(code, encoding="utf-8")
    flags: list[str] = {"zsh": ["-f"], "tcsh": ["-f"], "csh": ["-f"]}.get(shell, [])
    process = {"PATH": os.environ["PATH"], "HOME": str(directory), "LC_ALL": "C.UTF-8"}
    process.update(env or {})
    done = subprocess.run(
        [shell, *flags, str(script)],
        env=process,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b"", done.stderr.decode()
    return done.stdout


def value_in(output: bytes, name: str) -> str | None:
    for entry in output.split(b"\0"):
        key, equals, value = entry.decode().partition("=")
        if equals and key == name:
            return value
    return None


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("shell", SHELLS)
def test_a_value_arrives_unchanged(shell: str, text: str, tmp_path: Path) -> None:
    code = shells.set_line("SOME_VALUE", text, shell) + "\nenv -0\n"
    assert value_in(run(shell, code, tmp_path), "SOME_VALUE") == text


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh", "fish"])
def test_a_value_arrives_unchanged_when_evaluated(shell: str, text: str, tmp_path: Path) -> None:
    """Interactive use: the code is sourced from a file."""
    (tmp_path / "code").write_text(shells.set_line("SOME_VALUE", text, shell) + "\n")
    code = f"source {tmp_path}/code\nenv -0\n"
    assert value_in(run(shell, code, tmp_path), "SOME_VALUE") == text


@pytest.mark.parametrize("shell", SHELLS)
def test_unset(shell: str, tmp_path: Path) -> None:
    code = shells.unset_line("GONE", shell) + "\nenv -0\n"
    assert value_in(run(shell, code, tmp_path, {"GONE": "1"}), "GONE") is None


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("before", "prepended", "appended"),
    [(None, "/n e", "/n e"), ("", "/n e", "/n e"), ("/a:/b c", "/n e:/a:/b c", "/a:/b c:/n e")],
)
def test_prepend_and_append_use_the_value_of_the_moment(
    shell: str, before: str | None, prepended: str, appended: str, tmp_path: Path
) -> None:
    env = {} if before is None else {"FIRST_LIST": before, "LAST_LIST": before}
    code = "\n".join(
        [
            shells.prepend_line("FIRST_LIST", "/n e", shell),
            shells.append_line("LAST_LIST", "/n e", shell),
            "env -0\n",
        ]
    )
    output = run(shell, code, tmp_path, env)
    assert value_in(output, "FIRST_LIST") == prepended
    assert value_in(output, "LAST_LIST") == appended


@pytest.mark.parametrize("shell", SHELLS)
def test_the_search_path_stays_a_list(shell: str, tmp_path: Path) -> None:
    code = shells.prepend_line("PATH", "/new", shell) + "\nenv -0\n"
    output = run(shell, code, tmp_path)
    assert value_in(output, "PATH") == "/new:" + os.environ["PATH"]


def test_unknown_shell() -> None:
    with pytest.raises(shells.UnknownShellError, match="cmd"):
        shells.quote("x", "cmd")


def test_names() -> None:
    assert shells.is_variable_name("A_1")
    assert not shells.is_variable_name("BASH_FUNC_x%%")


def test_lines_of_batch_files_and_powershell() -> None:
    assert shells.set_line("A", "it's 5 %", "pwsh") == "$Env:A = 'it''s 5 %'"
    assert shells.set_line("A", "it's 5 %", "bat") == 'set "A=it\'s 5 %%"'
    assert shells.unset_line("A", "pwsh") == "if (Test-Path Env:A) { Remove-Item Env:A }"
    assert shells.unset_line("A", "bat") == 'set "A="'
    with pytest.raises(shells.UnknownShellError, match="several lines"):
        shells.set_line("A", "b\nc", "bat")
    with pytest.raises(shells.UnknownShellError, match="'bat' is not supported"):
        shells.prepend_line("A", "b", "bat")
