"""Load scripts, run by real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from spack.activation.actions import VariableNameError
from spack.activation.load_scripts import load_script
from spack.activation.loading import LOADED_HASHES, Loadable
from spack.system.processes.variables import EnvironmentModifications

SHELLS = {"bash": "bash --norc", "dash": "dash", "zsh": "zsh -f"}

#: Where a name of a variable and a path have something that shells interpret.
ODD = "/st ore/it's a $x*[a]"


def run(shell: str, script: str, lines: str, folder: Path) -> dict[str, str]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (folder / "loads").write_text(script)
    text = lines.replace("LOADS", f"'{folder}/loads'") + "\n/usr/bin/env -0\n"
    done = subprocess.run(
        [*SHELLS[shell].split(), "-c", text],
        env={"PATH": "/usr/bin:/b:/bin", "FLAGS": "-g", "MANPATH": "/m:"},
        capture_output=True,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    pairs = (item.partition("=") for item in os.fsdecode(done.stdout).split("\0") if item)
    return {key: value for key, _, value in pairs if key not in ("PWD", "OLDPWD", "_", "SHLVL")}


def loadables() -> list[Loadable]:
    low, high = EnvironmentModifications(), EnvironmentModifications()
    low.prepend_path("PATH", f"{ODD}/bin")
    low.prepend_path("MANPATH", "/low/man")
    low.append_flags("FLAGS", "-O2 -Wall")
    low.append_path("LAST", "/low/last")
    high.prepend_path("PATH", f"{ODD}/bin")
    high.prepend_path("PATH", "/b")
    high.set("HIGH", f"{ODD}\nnext line")
    high.remove_path("PATH", "/usr/bin")
    high.unset("FLAGS_BEFORE")
    high.prepend_path("SEMICOLONS", "x", ";")
    high.prepend_path("SEMICOLONS", "y", ";")
    high.prune_duplicate_paths("PATH")
    return [Loadable("lowhash", low), Loadable("highhash", high)]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_needs_nothing_and_repeats_nothing(shell: str, tmp_path: Path) -> None:
    script = load_script(loadables(), "environment e")
    once = run(shell, script, ". LOADS", tmp_path)
    assert once["PATH"] == f"/b:{ODD}/bin:/bin"
    assert once["MANPATH"] == "/low/man:/m:"
    assert once["FLAGS"] == "-g -O2 -Wall" and once["LAST"] == "/low/last"
    assert once["HIGH"] == f"{ODD}\nnext line"
    assert once["SEMICOLONS"] == "y;x"
    assert once[LOADED_HASHES] == "highhash:lowhash"
    assert run(shell, script, "set -eu\n. LOADS\n. LOADS", tmp_path) == once
    assert "_spack" not in "".join(once)
    left = run(shell, script, ". LOADS\nexport LEFT=\"$(set | grep -c '^_spack')\"", tmp_path)
    assert left["LEFT"] == "0"


def test_manual_pages_of_the_system_are_still_found(tmp_path: Path) -> None:
    script = load_script(loadables(), "environment e")
    assert run("bash", script, "unset MANPATH; . LOADS", tmp_path)["MANPATH"] == "/low/man:"


def test_what_is_outside_stays_outside(tmp_path: Path) -> None:
    script = load_script(loadables(), "environment e", ["/low"])
    found = run("bash", script, ". LOADS", tmp_path)
    assert found["MANPATH"] == "/m:" and "LAST" not in found


def test_a_name_that_is_none_is_refused() -> None:
    wrong = EnvironmentModifications()
    wrong.set("A-B", "x")
    with pytest.raises(VariableNameError, match="A-B"):
        load_script([Loadable("hash", wrong)], "environment e")
