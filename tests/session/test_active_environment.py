"""The environment that a call works in, from options and process variables alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.errors import UsageError
from spack.session.options import Options
from spack.session.places import active_directory, scope_directory


@pytest.fixture
def managed(tmp_path: Path) -> Path:
    """A root with the environments ``one`` and ``two``."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "spack.yaml").write_text("spack: {}\n")
    return tmp_path


def test_options_win_over_the_shell(managed: Path) -> None:
    shell = {"SPACK_ENV": str(managed / "two")}
    assert active_directory(Options(), shell, str) == str(managed / "two")
    chosen = Options(environment="one")
    assert active_directory(chosen, shell, lambda: str(managed)) == str(managed / "one")
    assert active_directory(Options(no_environment=True), shell, str) is None
    assert active_directory(Options(), {"SPACK_ENV": ""}, str) is None


def test_a_name_is_managed_before_it_is_a_directory(
    managed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(managed)
    here = str(managed / "one")
    assert active_directory(Options(environment="one"), {}, lambda: "/nowhere") == here
    by_directory = Options(environment="one", directory=True)
    assert active_directory(by_directory, {}, lambda: "/nowhere") == here


@pytest.mark.parametrize(
    "options, shell, text, hint",
    [
        (Options(environment="ona"), "", "no environment 'ona'", "did you mean 'one'"),
        (Options(environment="x/y"), "", "no environment in ", "env create -d x/y"),
        (Options(environment="zzz"), "", "no environment 'zzz'", "env list"),
        (Options(), "/gone", "no environment '/gone'", "env deactivate"),
    ],
)
def test_what_does_not_exist(
    managed: Path, options: Options, shell: str, text: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=text) as caught:
        active_directory(options, {"SPACK_ENV": shell}, lambda: str(managed))
    assert hint in str(caught.value.hint)


def test_a_scope_is_a_directory_or_an_environment_of_the_instance(tmp_path: Path) -> None:
    inside = tmp_path / "var" / "spack" / "environments" / "one"
    inside.mkdir(parents=True)
    assert scope_directory("one", str(tmp_path)) == "one"
    (inside / "spack.yaml").write_text("spack: {}\n")
    assert scope_directory("one", str(tmp_path)) == str(inside)
    assert scope_directory(str(tmp_path), "/elsewhere") == str(tmp_path)


def test_assignments_of_other_options_come_first() -> None:
    options = Options(
        insecure=True, disable_locks=True, debug=2, assignments=("config:locks:true",)
    )
    assert options.all_assignments() == (
        "config:verify_ssl:false",
        "config:locks:false",
        "config:debug:true",
        "config:locks:true",
    )
