"""The module command, played by a shell function."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.system.processes.environment_modules import (
    ModuleCommandError,
    get_path_args_from_module_line,
    module_command,
)

FUNCTION = """\
() { case "$1" in
 show) echo "prepend-path PATH /x:/y" >&2;;
 load) export LOADED="$2 a
b"; unset GONE; echo loaded;;
 *) echo "no $1" >&2; return 3;;
 esac
}"""


@pytest.fixture
def variables() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "GONE": "1", "BASH_FUNC_module%%": FUNCTION}


def test_showing_changes_nothing(variables: dict[str, str]) -> None:
    before = dict(variables)
    assert module_command("show", "x", variables=variables) == "prepend-path PATH /x:/y\n"
    assert variables == before


def test_loading_changes_the_variables(variables: dict[str, str]) -> None:
    assert module_command("load", "gcc 12", variables=variables) == "loaded\n"
    assert variables["LOADED"] == "gcc 12 a\nb" and "GONE" not in variables
    assert variables["PATH"] == "/usr/bin:/bin"


def test_failures(variables: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ModuleCommandError, match="whatis") as caught:
        module_command("whatis", "x", variables=variables)
    assert "no whatis" in str(caught.value)
    with pytest.raises(ModuleCommandError):
        module_command("show", "x", variables={"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ('prepend_path("PATH","/a:/b")', ["/a", "/b"]),
        ("prepend-path PATH /a:/b", ["/a", "/b"]),
        ("setenv('X', '/q')", ["/q"]),
        ("setenv X q:r", ["q", "r"]),
        ("conflict", []),
        ("", []),
    ],
)
def test_paths_of_lines(line: str, paths: list[str]) -> None:
    assert get_path_args_from_module_line(line) == paths
