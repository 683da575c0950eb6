"""Options that stand before the command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Run
from .machine_with_tools import Machine


def test_locks_are_switched_on_and_off(spack: Run) -> None:
    get = ("config", "get", "config:locks")
    assert spack("-L", *get).stdout == "false\n"
    assert spack("-c", "config:locks:false", "-l", *get).returncode == 0
    spack("config", "add", "config:locks:false")
    assert spack("-l", *get).stdout == "true\n"
    assert spack("-l", "-L", *get).returncode == 2


def test_what_this_program_has_no_use_for_is_said_plainly(spack: Run) -> None:
    for option, message in (("-b", "-b is not supported"), ("-m", "-m is not supported")):
        result = spack(option, "config", "list")
        assert result.returncode == 2
        assert message in result.stderr
        assert "Try: " in result.stderr


def test_messages_with_the_time(root: Path, tmp_path: Path) -> None:
    machine = Machine(root, tmp_path / "m")
    config = machine.state / "etc" / "spack" / "config.yaml"
    config.write_text("config: {install_tree: /old}\n")
    plain = machine.run("config", "get", "config").stderr
    stamped = machine.run("--timestamp", "config", "get", "config").stderr
    time = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] "
    assert not re.search(time, plain)
    assert re.match("==> " + time + "Warning: ", stamped)


@pytest.mark.parametrize("shell, line", [("sh", "_sp_sys_type="), ("csh", "setenv _sp_sys_type ")])
def test_variables_for_set_up_scripts(spack: Run, shell: str, line: str) -> None:
    shown = spack("--print-shell-vars", f"{shell},modules").stdout
    assert line in shown
    assert "_sp_tcl_roots" in shown
    assert "is not a known shell" in spack("--print-shell-vars", "modules").stderr


def test_recipes_of_the_environment(root: Path, tmp_path: Path) -> None:
    machine = Machine(root, tmp_path / "m")
    assert "needs an environment" in machine.run("--use-env-repo", "info", "plain").stderr
    machine.ok("env", "create", "kept")
    place = machine.state / "var" / "spack" / "environments" / "kept" / ".spack-env" / "repos"
    recipe = place / "made_up" / "spack_repo" / "made_up" / "packages" / "plain" / "package.py"
    recipe.parent.mkdir(parents=True)
    text = (machine.repository / "packages" / "plain" / "package.py").read_text()
    recipe.write_text(text.replace("Nothing that could be found", "As it was kept"))
    (recipe.parents[2] / "repo.yaml").write_text("repo:\n  namespace: made_up\n  api: v2.2\n")
    assert "As it was kept" in machine.ok("-e", "kept", "--use-env-repo", "info", "plain")
    assert "As it was kept" not in machine.ok("-e", "kept", "info", "plain")


def test_profile(spack: Run) -> None:
    shown = spack("-p", "--sorted-profile", "tottime", "--lines", "3", "config", "list").stdout
    assert "Ordered by: internal time" in shown
