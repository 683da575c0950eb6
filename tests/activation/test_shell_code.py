"""Quoting and rendering, asked of the real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from spack.activation.actions import append, apply, prepend, set_value, unset
from spack.activation.shell_code import render
from spack.system.processes.shells import UnknownShellError

COMMANDS = {
    "bash": ["bash", "--norc"],
    "dash": ["dash"],
    "zsh": ["zsh", "-f"],
    "fish": ["fish", "-N"],
    "tcsh": ["tcsh", "-f"],
}


@pytest.mark.parametrize("shell", sorted(COMMANDS))
def test_rendered_actions_mean_what_apply_says(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    actions = [
        prepend("PATH", "/x/bin"),
        append("EMPTY", "tail", ";"),
        prepend("FULL", "-O2 'q'", " "),
        append("FULL", "-g", " "),
        set_value("SET", "a\nb"),
        unset("GONE"),
        append("ABSENT", "x"),
    ]
    before = {"PATH": "/usr/bin:/bin", "EMPTY": "", "FULL": "a  b", "GONE": "1"}
    script = tmp_path / "script"
    script.write_text(render(shell, actions) + "/usr/bin/env -0\n")
    environment = {**before, "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)}
    done = subprocess.run(
        [str(shutil.which(shell)), *COMMANDS[shell][1:], str(script)],
        stdout=subprocess.PIPE,
        env=environment,
        check=True,
    )
    pairs = (item.partition("=") for item in os.fsdecode(done.stdout).split("\0") if item)
    after = {name: value for name, _, value in pairs}
    names = ["PATH", "EMPTY", "FULL", "SET", "GONE", "ABSENT"]
    expected = apply(actions, before)
    assert {n: after.get(n) for n in names} == {n: expected.get(n) for n in names}


def test_unknown_shell_is_an_error() -> None:
    with pytest.raises(UnknownShellError, match="cmd"):
        render("cmd", [set_value("A", "1")])
