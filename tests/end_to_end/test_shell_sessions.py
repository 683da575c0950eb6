"""Load, unload, activation and deactivation in real shells with the real program."""

from __future__ import annotations

import pytest
from tests.end_to_end.small_instance import SHELLS, Instance

AND = {"tcsh": "&&", "fish": "; and"}


@pytest.mark.parametrize("shell", SHELLS)
def test_load_and_unload(shell: str, built: Instance) -> None:
    result = built.shell(
        shell,
        "dump before",
        "spack load asker",
        "asker",
        "spack load --list",
        "spack find --loaded --format '{name}'",
        "dump loaded",
        "spack unload asker",
        "dump after",
        "spack load asker",
        "spack unload --all",
        "dump end",
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    lines = result.stdout.splitlines()
    assert lines[0] == "the answer is 42"
    assert lines[1].startswith("asker@1.0/")
    assert lines[2] == "asker"
    loaded, before = built.dumped("loaded"), built.dumped("before")
    assert loaded["ASKER_HOME"] == built.ok("location", "-i", "asker").strip()
    assert loaded["PATH"] == f"{loaded['ASKER_HOME']}/bin:{before['PATH']}"
    assert built.dumped("after") == before
    assert built.dumped("end") == before


@pytest.mark.parametrize("shell", SHELLS)
def test_activate_and_deactivate(shell: str, built: Instance) -> None:
    result = built.shell(
        shell,
        "dump before",
        "spack env activate asking",
        "asker",
        "spack find --format '{name}' asker",
        "spack location -e",
        "dump active",
        "spack env deactivate",
        "dump after",
        "spacktivate asking",
        "despacktivate",
        "dump end",
        variables={"LD_LIBRARY_PATH": "", "MANPATH": "/usr/share/man:"},
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    place = str(built.state / "var/spack/environments/asking")
    assert result.stdout.splitlines() == ["the answer is 42", "asker", place]
    active = built.dumped("active")
    assert active["SPACK_ENV"] == place
    # Run environments point to the view.
    assert active["PATH"].startswith(f"{place}/.spack-env/view/bin:")
    assert built.dumped("after") == built.dumped("before")
    assert built.dumped("end") == built.dumped("before")


@pytest.mark.parametrize("shell", SHELLS)
def test_loads_and_environments_mixed(shell: str, built: Instance) -> None:
    """Packages loaded before or within an environment stay, and go when they are unloaded."""
    result = built.shell(
        shell,
        "dump before",
        "spack load answer@1.0",
        "spacktivate asking",
        "spack load asker",
        "spack unload answer@1.0",
        "despacktivate",
        "dump loaded",
        "spack unload asker",
        "dump after",
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    before, loaded = built.dumped("before"), built.dumped("loaded")
    home = built.ok("location", "-i", "asker").strip()
    assert loaded["PATH"] == f"{home}/bin:{before['PATH']}"
    assert built.dumped("after") == before


@pytest.mark.parametrize("shell", SHELLS)
def test_errors_reach_the_shell(shell: str, built: Instance) -> None:
    status = "$status" if shell in ("fish", "tcsh") else "$?"
    for command in (
        "spack env activate nowhere",
        "spack load nothing",
        "spack unload answer@2.0 nothing",
    ):
        result = built.shell(shell, "dump before", command, f"echo code {status}", "dump after")
        assert result.stdout.strip() not in ("", "code 0")
        assert result.stderr.startswith("Error: ")
        assert built.dumped("after") == built.dumped("before")


def test_variables_are_for_shell_functions(built: Instance) -> None:
    for words in (("load", "asker"), ("unload", "asker"), ("env", "activate", "asking")):
        assert "shell function" in built.fails(*words)
    assert "shell function" in built.fails("env", "deactivate")
    assert "there is no environment 'none'" in built.fails("env", "activate", "--sh", "none")
    assert "nothing" in built.fails("load", "--sh", "nothing")
    assert "2 installed specs match answer" in built.fails("load", "--sh", "answer")
    assert "export PATH=" in built.ok("load", "--sh", "--first", "answer", "asker")
