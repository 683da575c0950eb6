"""Load scripts, run by real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from spack.activation.actions import VariableNameError
from spack.activation.load_scripts import FILES, load_scripts
from spack.activation.loading import LOADED_HASHES, Loadable
from spack.system.processes.shells import quote
from spack.system.processes.variables import EnvironmentModifications

SHELLS = {
    "bash": "bash --norc -c",
    "dash": "dash -c",
    "zsh": "zsh -f -c",
    "tcsh": "tcsh -f -c",
    "fish": "fish -N -c",
}

#: Where a name of a variable and a path have something that shells interpret.
ODD = "/st ore/it's a $x*[a]"


def write(folder: Path, specs: list[Loadable], outside: tuple[str, ...] = ()) -> None:
    """Write the scripts; the folder has a name with odd characters."""
    scripts = load_scripts(specs, "environment e", str(folder / "loads"), outside)
    for shell, text in scripts.items():
        (folder / FILES[shell]).write_text(text)


def run(shell: str, lines: str, folder: Path) -> dict[str, str]:
    """The variables after some lines, in which SOURCE sources the script."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = folder / FILES.get({"tcsh": "csh"}.get(shell, shell), "loads")
    word = "source" if shell in ("tcsh", "fish") else "."
    text = lines.replace("SOURCE", f"{word} {quote(str(file), shell)}") + "\n/usr/bin/env -0\n"
    done = subprocess.run(
        [*SHELLS[shell].split(), text],
        env={"PATH": "/usr/bin:/b:/bin", "FLAGS": "-g", "MANPATH": "/m:", "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    pairs = (item.partition("=") for item in os.fsdecode(done.stdout).split("\0") if item)
    own = ("PWD", "OLDPWD", "_", "SHLVL", "HOST", "HOSTTYPE", "MACHTYPE", "OSTYPE", "VENDOR",
           "LOGNAME", "USER", "GROUP", "REMOTEHOST", "HOME")  # fmt: skip
    return {key: value for key, _, value in pairs if key not in own}


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose path has characters that shells interpret."""
    made = tmp_path / "it's a $place!"
    made.mkdir()
    return made


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_needs_nothing_and_repeats_nothing(shell: str, folder: Path) -> None:
    write(folder, loadables())
    once = run(shell, "SOURCE", folder)
    assert once["PATH"] == f"/b:{ODD}/bin:/bin"
    assert once["MANPATH"] == "/low/man:/m:"
    assert once["FLAGS"] == "-g -O2 -Wall" and once["LAST"] == "/low/last"
    assert once["HIGH"] == f"{ODD}\nnext line"
    assert once["SEMICOLONS"] == "y;x"
    assert once[LOADED_HASHES] == "highhash:lowhash"
    strict = "" if shell in ("tcsh", "fish") else "set -eu\n"
    assert run(shell, f"{strict}SOURCE\nSOURCE", folder) == once
    assert "_spack" not in "".join(once).lower()


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh"])
def test_nothing_of_a_script_is_left_in_the_shell(shell: str, folder: Path) -> None:
    write(folder, loadables())
    lines = "SOURCE\nexport LEFT=\"$(set | grep -c '^_spack')\""
    assert run(shell, lines, folder)["LEFT"] == "0"


@pytest.mark.parametrize("shell", SHELLS)
def test_manual_pages_of_the_system_are_still_found(shell: str, folder: Path) -> None:
    write(folder, loadables())
    unset = {"tcsh": "unsetenv", "fish": "set -e"}.get(shell, "unset")
    assert run(shell, f"{unset} MANPATH; SOURCE", folder)["MANPATH"] == "/low/man:"


@pytest.mark.parametrize("shell", SHELLS)
def test_what_has_vanished_is_passed_over(shell: str, folder: Path) -> None:
    """Also where a package that is there wants the same as one that is not."""
    here, gone, both = folder / "here", folder / "gone", loadables()[0].modifications
    here.mkdir()
    gone.mkdir()
    last = EnvironmentModifications()
    last.extend(both)
    last.set("GONE", "x")
    specs = [Loadable("herehash", both, str(here)), Loadable("gonehash", last, str(gone))]
    write(folder, specs)
    assert run(shell, "SOURCE", folder)[LOADED_HASHES] == "gonehash:herehash"
    gone.rmdir()
    found = run(shell, "SOURCE", folder)
    assert found[LOADED_HASHES] == "herehash" and "GONE" not in found
    assert found["PATH"] == f"{ODD}/bin:/usr/bin:/b:/bin"
    here.rmdir()
    strict = "" if shell in ("tcsh", "fish") else "set -eu\n"
    unset = {"tcsh": "unsetenv", "fish": "set -e"}.get(shell, "unset")
    left = run(shell, f"{unset} MANPATH\n{strict}SOURCE", folder)
    assert left["PATH"] == "/usr/bin:/b:/bin" and "MANPATH" not in left


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_outside_stays_outside(shell: str, folder: Path) -> None:
    write(folder, loadables(), ("/low",))
    found = run(shell, "SOURCE", folder)
    assert found["MANPATH"] == "/m:" and "LAST" not in found


def test_a_name_that_is_none_is_refused() -> None:
    wrong = EnvironmentModifications()
    wrong.set("A-B", "x")
    with pytest.raises(VariableNameError, match="A-B"):
        load_scripts([Loadable("hash", wrong)], "environment e", "/e/loads")
