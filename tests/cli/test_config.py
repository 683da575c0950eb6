"""``spack config`` through the launcher."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spack.config.scopes.scopes import Scope
from spack.session.options import Options
from spack.session.session import Session
from spack.work.machine.configuration_changes import ConfigurationChanges

from .conftest import Run

HOMELESS = {"SPACK_DISABLE_LOCAL_CONFIG": "1"}


def test_get(spack: Run) -> None:
    assert spack("config", "get", "config:concurrent_packages").stdout == "0\n"
    assert spack("config", "get", "config:build_stage").stdout.splitlines()[0] == "build_stage:"
    assert json.loads(spack("config", "get", "--json", "concretizer").stdout)
    everything = spack("config", "get").stdout
    assert "\nconcretizer:\n" in everything
    assert "\npackages:\n" in everything


def test_blame_and_list(spack: Run) -> None:
    first = spack("config", "blame", "config").stdout.splitlines()[0]
    assert first.endswith("config:")
    assert "packages" in spack("config", "list").stdout.split()


def test_scopes(spack: Run, tmp_path: Path) -> None:
    assert spack("config", "scopes").stdout.split()[:3] == ["command_line", "spack:state", "spack"]
    assert str(tmp_path) in spack("config", "scopes", "-p").stdout
    shown = spack("config", "scopes", "-v", "-t", "include", "config").stdout
    assert shown.split()[:3] == ["defaults:base", "include,path", "active"]


def test_changes(spack: Run, tmp_path: Path) -> None:
    for words in (
        ("add", "config:build_jobs:3"),
        ("add", "packages:zlib:require:+shared"),
        ("change", "packages:zlib:require:~shared"),
        ("add", "config:extensions:/mine"),
    ):
        result = spack("config", *words)
        assert (result.returncode, result.stderr) == (0, "")
    assert spack("config", "get", "config:build_jobs").stdout == "3\n"
    assert spack("config", "get", "packages:zlib:require").stdout == "~shared\n"
    assert spack("config", "remove", "config:extensions:/mine").returncode == 0
    assert spack("config", "rm", "config:build_jobs").returncode == 0
    assert spack("config", "get", "config:concurrent_packages").stdout == "0\n"
    assert spack("config", "rm", "config:build_jobs").returncode == 1


def test_add_from_a_file(spack: Run, tmp_path: Path) -> None:
    file = tmp_path / "more.yaml"
    file.write_text("config: {build_jobs: 2}\n")
    assert spack("config", "add", "-f", str(file)).returncode == 0
    assert spack("config", "get", "config:build_jobs").stdout == "2\n"
    assert spack("config", "add").returncode == 2


def test_edit_opens_the_file_in_the_editor(spack: Run, tmp_path: Path) -> None:
    file = spack("config", "edit", "--print-file", "packages").stdout.strip()
    assert file == str(tmp_path / "state" / "etc" / "spack" / "packages.yaml")
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho 'packages: {zlib: {buildable: false}}' > \"$1\"\n")
    editor.chmod(0o755)
    assert spack("config", "edit", "packages", variables={"EDITOR": str(editor)}).returncode == 0
    assert spack("config", "get", "packages:zlib:buildable").stdout == "false\n"
    none = {"EDITOR": "", "VISUAL": "", "SPACK_EDITOR": ""}
    assert "no editor" in spack("config", "edit", "packages", variables=none).stderr
    assert "which section?" in spack("config", "edit").stderr


def test_a_broken_file_can_still_be_edited(spack: Run, tmp_path: Path) -> None:
    file = tmp_path / "state" / "etc" / "spack" / "packages.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("packages: [")
    assert spack("config", "edit", "--print-file", "packages").stdout.strip() == str(file)
    result = spack("config", "get", "packages")
    assert result.returncode == 1
    assert f"{file}:" in result.stderr


def test_update_and_revert(spack: Run, tmp_path: Path) -> None:
    file = tmp_path / "state" / "etc" / "spack" / "config.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("config: {install_tree: /store}\n")
    shown = spack("config", "get", "config:install_tree:root")
    assert shown.stdout == "/store\n"
    assert "deprecated" in shown.stderr
    updated = spack("config", "update", "-y", "config")
    assert "config:install_tree:root" in updated.stdout and updated.stderr == ""
    assert spack("config", "get", "config").stderr == ""
    assert "up to date" in spack("config", "update", "-y", "config").stdout
    assert spack("config", "revert", "-y", "config").returncode == 0
    assert file.read_text() == "config: {install_tree: /store}\n"


def test_update_says_what_it_cannot_rewrite(spack: Run, tmp_path: Path) -> None:
    file = tmp_path / "state" / "etc" / "spack" / "packages.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("packages: {all: {compiler: [gcc@12]}}\n")
    shown = spack("config", "update", "-y", "packages").stdout
    assert f"{file}:1:18: packages:all:compiler is deprecated" in shown
    assert "edit the file by hand" in shown and "up to date" not in shown


@pytest.mark.parametrize("words", [("get", "nothing"), ("get", "config:nothing"), ("blame", "x")])
def test_what_is_not_there(spack: Run, words: tuple[str, str]) -> None:
    result = spack("config", *words)
    assert result.returncode in (1, 2)
    assert result.stderr.startswith("Error: ")


def test_nothing_is_written_outside_the_state_directory(spack: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for words in (("get",), ("add", "config:build_jobs:3"), ("blame", "packages")):
        spack("config", *words, variables={**HOMELESS, "HOME": str(home)})
    assert list(home.iterdir()) == []


def test_update_asks_and_nothing_happens_when_nobody_answers(spack: Run, tmp_path: Path) -> None:
    file = tmp_path / "state" / "etc" / "spack" / "config.yaml"
    file.parent.mkdir(parents=True)
    old = "config:\n  install_tree: /old/place  # here\n"
    file.write_text(old)
    result = spack("config", "update", "config")
    assert result.returncode == 1
    assert "config:install_tree:root" in result.stdout
    assert "cannot ask" in result.stderr
    assert file.read_text() == old
    assert spack("config", "update", "-y", "config").returncode == 0
    assert "root: /old/place" in file.read_text()
    assert spack("config", "revert", "config").returncode == 1
    assert spack("config", "revert", "-y", "config").returncode == 0
    assert file.read_text() == old
    assert "no backup of 'config'" in spack("config", "revert", "-y", "config").stderr


def test_change_of_a_requirement_keeps_what_it_does_not_speak_of(spack: Run) -> None:
    assert spack("config", "add", "packages:zlib:require:'@1.2~shared'").returncode == 0
    assert spack("config", "change", "packages:zlib:require:+shared").returncode == 0
    assert spack("config", "get", "packages:zlib:require").stdout == "@1.2+shared\n"
    words = ("config", "change", "--match-spec")
    assert spack(*words, "@1.2", "packages:zlib:require:@1.3").returncode == 0
    assert spack("config", "get", "packages:zlib:require").stdout == "@1.3+shared\n"
    refused = spack(*words, "@1.2", "packages:zlib:require:@1.4")
    assert "no requirement of zlib matches @1.2" in refused.stderr
    assert "no specs" in spack(*words, "@1.2", "config:build_jobs:3").stderr


def test_change_reaches_the_specs_inside_of_groups(spack: Run, tmp_path: Path) -> None:
    file = tmp_path / "state" / "etc" / "spack" / "packages.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "packages:\n  zlib:\n    require:\n    - one_of: ['@1.2', 'zlib@1.3+shared']\n"
        "      message: ours\n    - spec: '~shared'\n"
    )
    words = ("--match-spec", "@1.3", "packages:zlib:require:~shared")
    assert spack("config", "change", *words).returncode == 0
    assert json.loads(spack("config", "get", "--json", "packages:zlib").stdout)[
        "packages:zlib"
    ] == {
        "require": [
            {"one_of": ["@1.2", "zlib@1.3~shared"], "message": "ours"},
            {"spec": "~shared"},
        ]
    }


def test_a_scope_alone(spack: Run) -> None:
    assert spack("config", "add", "config:build_jobs:3").returncode == 0
    shown = spack("config", "--scope", "spack:state", "get", "config").stdout
    assert shown == "config:\n  build_jobs: 3\n"
    shown = spack("config", "--scope", "defaults:base", "blame", "config").stdout
    assert "build_language: C" in shown and "build_jobs" not in shown
    wrong = spack("config", "--scope", "stat", "get", "config").stderr
    assert "did you mean 'state'" in wrong


def test_scopes_of_several_kinds_and_of_a_section(spack: Run) -> None:
    shown = spack("config", "scopes", "-t", "internal", "include").stdout.split()
    assert "command_line" in shown and "defaults:base" in shown and "spack" not in shown
    rows = spack("config", "scopes", "concretizer").stdout.splitlines()
    assert rows[-1].split()[0] == "defaults:base"
    assert rows[-1].endswith("etc/spack/defaults/base")


def test_prefer_upstream_needs_something_installed(spack: Run) -> None:
    assert "no upstream store" in spack("config", "prefer-upstream").stderr
    assert "nothing is installed here" in spack("config", "prefer-upstream", "--local").stderr


def test_sections_scopes_and_blame_as_json(spack: Run) -> None:
    assert "config" in json.loads(spack("config", "list", "--json").stdout)
    scopes = json.loads(spack("config", "scopes", "--json").stdout)
    assert {"name", "kinds", "status", "path"} == set(scopes[0])
    words = ("-c", "config:build_jobs:3", "config", "blame", "--json", "config:build_jobs")
    (line,) = json.loads(spack(*words).stdout)
    assert line["text"] == "build_jobs: 3" and "command line" in line["file"]


def test_an_old_form_is_told_of_once_by_each_command(spack: Run, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "etc" / "spack"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("config:\n  install_tree: /nowhere\n")
    for words in (("config", "get", "config"), ("find",), ("spec", "nothing-of-this-name")):
        assert spack(*words).stderr.count("is deprecated") == 1, words


def test_changes_that_go_to_a_lower_scope_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the superuser cannot write on a file system that is mounted read-only."""
    low, high = tmp_path / "low", tmp_path / "high"
    low.mkdir()
    high.mkdir()
    options = Options(scopes=(str(low), str(high)))
    changes = ConfigurationChanges(Session(options).configuration)
    assert changes.passed_over() == []
    usual = Scope.is_writable
    monkeypatch.setattr(Scope, "is_writable", lambda s: s.path != str(high) and usual(s))
    assert changes.passed_over() == [str(high)]
    assert changes.add("config:build_jobs:3") == str(low / "config.yaml")
    named = ConfigurationChanges(Session(options).configuration, str(low))
    assert named.passed_over() == []


@pytest.mark.parametrize("written", ["config:aliases::{}", "config:aliases:{}"])
def test_what_was_added_can_be_removed(spack: Run, tmp_path: Path, written: str) -> None:
    file = tmp_path / "state" / "etc" / "spack" / "config.yaml"
    for undo in (written, "config:aliases", "config:aliases::"):
        assert spack("config", "add", written).returncode == 0
        assert "aliases" in file.read_text()
        assert spack("config", "remove", undo).returncode == 0
        assert file.read_text() == "config: {}\n"
    for assignment in ("config:aliases::{a: find}", "config:build_jobs:3"):
        spack("config", "add", assignment)
    assert "has no config:build_jobs:4" in spack("config", "remove", "config:build_jobs:4").stderr
    assert spack("config", "remove", "config:build_jobs:3").returncode == 0
    assert spack("config", "remove", "config:aliases:a").returncode == 0
    assert file.read_text() == "config:\n  aliases:: {}\n"


def test_a_file_whose_name_is_nearly_that_of_a_section(spack: Run, tmp_path: Path) -> None:
    (tmp_path / "confg.yaml").write_text("config: {build_language: de}\n")
    (tmp_path / "notes-of-mine.yaml").write_text("anything: at all\n")
    result = spack("-C", str(tmp_path), "config", "get", "config:build_language")
    assert (result.returncode, result.stdout) == (0, "C\n")
    assert result.stderr.count("Warning") == 1
    assert f"{tmp_path}/confg.yaml is not read; did you mean config.yaml?" in result.stderr
    (tmp_path / "config.yaml").write_text("config: {build_jobs: 4}\n")
    assert spack("-C", str(tmp_path), "config", "get", "config:build_jobs").stderr == ""


@pytest.mark.parametrize("fault", ["nosuchkey: 1", "view: [", "specs: 3"])
def test_a_manifest_that_cannot_be_read_opens(spack: Run, tmp_path: Path, fault: str) -> None:
    directory = tmp_path / "broken env"
    directory.mkdir()
    (directory / "spack.yaml").write_text(f"spack:\n  {fault}\n")
    (tmp_path / "ed").write_text('#!/bin/sh\necho "spack: {specs: []}" > "$1"\n')
    (tmp_path / "ed").chmod(0o755)
    editor = {"EDITOR": str(tmp_path / "ed")}
    words = ("-D", str(directory), "config", "edit")
    for section in ((), ("packages",)):
        shown = spack(*words, "--print-file", *section)
        assert shown.stdout.strip() == str(directory / "spack.yaml"), shown.stderr
    assert "nosuch" in spack(*words, "nosuch").stderr
    assert spack("-D", str(directory), "env", "status").returncode != 0
    assert spack(*words, variables=editor).returncode == 0
    assert spack("-D", str(directory), "env", "status").returncode == 0
