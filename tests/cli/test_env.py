"""``spack env``, ``add``, ``remove`` and ``concretize`` through the launcher."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import SHELLS, Instance


def roots(instance: Instance, name: str = "e") -> list[str]:
    lock = instance.state / "var/spack/environments" / name / "spack.lock"
    return [root["spec"] for root in json.loads(lock.read_text())["roots"]]


def test_create_list_and_remove(instance: Instance) -> None:
    assert instance.ok("env", "list") == "==> No environments\n"
    assert "To activate it: spacktivate e" in instance.ok("env", "create", "e")
    instance.ok("env", "create", "f")
    assert instance.ok("env", "list").split() == ["e", "f"]
    assert "(active)" in instance.ok("-e", "f", "env", "ls")
    assert "there is already an environment in" in instance.fails("env", "create", "e")
    assert "-y" in instance.fails("env", "remove", "e")
    assert "active" in instance.fails("-e", "e", "env", "remove", "-y", "e")
    instance.ok("env", "rm", "-y", "e")
    assert instance.ok("env", "list").split() == ["f"]
    assert "no environment 'e'" in instance.fails("env", "remove", "-y", "e")
    assert "no environment 'e'" in instance.fails("-e", "e", "find")
    instance.fails("env", "create", "a/../b")


def test_create_from_files_and_in_directories(instance: Instance, tmp_path: Path) -> None:
    manifest = tmp_path / "spack.yaml"
    manifest.write_text("spack:\n  specs: [asker]\n  view: false\n")
    instance.ok("env", "create", "e", str(manifest))
    instance.ok("-e", "e", "concretize")
    lock = instance.state / "var/spack/environments/e/spack.lock"
    instance.ok("env", "create", "copy", str(lock))
    assert roots(instance, "copy") == ["asker"]
    instance.ok("env", "create", "-d", str(tmp_path / "here"), "e")
    assert (tmp_path / "here" / "spack.lock").exists()
    assert instance.ok("-D", str(tmp_path / "here"), "spec", "--format", "{name}") == "asker\n"
    assert "nowhere" in instance.fails("env", "create", "g", "/nowhere/spack.yaml")
    assert "g" not in instance.ok("env", "list").split()


def test_add_concretize_remove(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    assert "Added answer@1.0" in instance.ok("-e", "e", "add", "answer@1.0")
    assert "already" in instance.ok("-e", "e", "add", "answer@1.0")
    manifest = (instance.state / "var/spack/environments/e/spack.yaml").read_text()
    assert "answer@1.0" in manifest
    shown = instance.ok("-e", "e", "concretize")
    assert "==> Concretized answer@1.0" in shown
    assert "answer@1.0+shared" in shown
    assert "Nothing to concretize" in instance.ok("-e", "e", "concretize")
    assert "Concretized again" in instance.ok("-e", "e", "concretise", "-f", "-q")
    assert roots(instance) == ["answer@1.0"]
    assert "did you mean answer" in instance.fails("-e", "e", "add", "anser")
    assert "'+shared' does not name a package" in instance.fails("-e", "e", "add", "+shared")
    assert "Removed answer@1.0" in instance.ok("-e", "e", "remove", "answer@1.0")
    assert "sleeper" in instance.fails("-e", "e", "remove", "sleeper")
    instance.ok("-e", "e", "add", "asker", "answer")
    instance.ok("-e", "e", "remove", "--all")
    instance.ok("-e", "e", "concretize")
    assert roots(instance) == []
    for words in (("add", "answer"), ("remove", "answer"), ("concretize",)):
        assert "active environment" in instance.fails(*words)


def test_unsatisfiable_roots_leave_the_lock(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "answer")
    instance.ok("-e", "e", "concretize", "-q")
    lock = instance.state / "var/spack/environments/e/spack.lock"
    before = lock.read_text()
    instance.ok("-e", "e", "add", "answer@1.0 mode=slow")
    assert "version 1.0 is always fast" in instance.fails("-e", "e", "concretize")
    assert lock.read_text() == before


def test_views(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker")
    instance.ok("-e", "e", "install")
    view = instance.state / "var/spack/environments/e/.spack-env/view"
    assert subprocess.check_output([str(view / "bin/asker")]) == b"the answer is 42\n"
    os.unlink(view / "bin" / "asker")
    assert "is up to date" in instance.ok("-e", "e", "env", "view", "regenerate")
    assert "Regenerated the view" in instance.ok("-e", "e", "env", "view", "regenerate", "--force")
    assert (view / "bin" / "asker").exists()
    instance.ok("-e", "e", "env", "view", "disable")
    assert not view.exists()
    instance.ok("-e", "e", "env", "view", "enable", str(instance.directory / "joined"))
    assert (instance.directory / "joined" / "bin" / "asker").exists()
    assert "active environment" in instance.fails("env", "view", "regenerate")
    instance.ok("-e", "e", "uninstall", "-y", "--remove", "asker")
    assert not (instance.directory / "joined" / "bin" / "asker").exists()
    assert roots(instance) == []


def test_commands_to_copy_have_their_quotes(instance: Instance) -> None:
    assert "No environment is active" in instance.ok("env", "status")
    made = instance.ok("env", "create", "-d", "a b")
    assert f"spacktivate -d '{instance.cwd}/a b'" in made
    instance.ok("-D", "a b", "concretize")
    assert f". '{instance.cwd}/a b/loads'\n" in instance.ok("-D", "a b", "env", "loads")
    assert "spacktivate -d 'a b'" in instance.fails("env", "activate", "-d", "a b")
    assert f"repo add '{instance.cwd}/r s/spack_repo/rs'" in instance.ok(
        "repo", "create", "r s", "rs"
    )


def test_views_are_where_the_command_line_says(instance: Instance) -> None:
    """Relative paths count from the working directory; the view at the former place goes."""
    (instance.cwd / "sub").mkdir()
    instance.ok("env", "create", "-d", "sub", "--with-view", "first")
    place = instance.cwd / "sub"
    assert f"view: {instance.cwd}/first" in (place / "spack.yaml").read_text()
    instance.ok("-D", "sub", "add", "asker")
    instance.ok("-D", "sub", "install")
    assert (instance.cwd / "first" / "bin" / "asker").exists()
    instance.ok("-D", "sub", "env", "view", "enable", "second")
    assert (instance.cwd / "second" / "bin" / "asker").exists()
    assert sorted(path.name for path in instance.cwd.iterdir()) == ["._second", "second", "sub"]
    (instance.cwd / "taken").mkdir()
    (instance.cwd / "taken" / "file").touch()
    assert "is not a view" in instance.fails("-D", "sub", "env", "view", "enable", "taken")
    assert f"view: {instance.cwd}/second" in (place / "spack.yaml").read_text()
    instance.ok("-D", "sub", "env", "view", "enable", str(instance.cwd / "second"))
    assert (instance.cwd / "second" / "bin" / "asker").exists()
    instance.ok("-D", "sub", "env", "view", "disable")
    assert sorted(path.name for path in instance.cwd.iterdir()) == ["sub", "taken"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("words", ["spacktivate", "spack env activate"])
def test_activation_without_a_name(instance: Instance, shell: str, words: str) -> None:
    """It is the environment default, which is made."""
    for made in (True, False):
        done = instance.shell(shell, words, "dump active")
        assert done.returncode == 0, done.stderr
        place = str(instance.state / "var/spack/environments/default")
        assert instance.dumped("active")["SPACK_ENV"] == place
        assert ("Created environment default" in done.stderr) == made
    assert instance.ok("env", "list").split() == ["default"]
    assert "spacktivate default" in instance.fails("env", "activate")


def test_a_command_that_is_not_here_by_its_other_name(instance: Instance) -> None:
    error = instance.fails("-c", "config:aliases:jobs:ci", "jobs")
    assert "'jobs' stands for 'ci': this program has no command" in error
    assert "spack env depfile" in error
    assert "debian:12" in instance.ok("containerise", "--list-os")
    assert "stands for 'nosuch': unknown command" in instance.fails(
        "-c", "config:aliases:odd:nosuch", "odd"
    )


def test_an_extension_goes_where_its_extendee_goes(instance: Instance, tmp_path: Path) -> None:
    """In views of environments and in those made by hand."""
    folder = tmp_path / "spack_repo" / "odd"
    (folder / "repo.yaml").parent.mkdir(parents=True)
    (folder / "repo.yaml").write_text("repo: {namespace: odd, api: v2.2}\n")
    for name, more in (("host", "extendable = True"), ("plugin", 'extends("host")')):
        (folder / "packages" / name).mkdir(parents=True)
        (folder / "packages" / name / "package.py").write_text(
            "from spack_repo.builtin.build_systems.generic import Package\n"
            f"from spack.package import *\n\n\nclass {name.title()}(Package):\n"
            f'    has_code = False\n    version("1.0")\n    {more}\n\n'
            "    def install(self, spec, prefix):\n        mkdirp(prefix.lib)\n"
            f"        touch(prefix.lib.{name})\n"
        )
    with (instance.config / "repos.yaml").open("a") as stream:
        stream.write(f"  odd: {folder}\n")
    instance.ok("env", "create", "-d", "e")
    (instance.cwd / "e" / "spack.yaml").write_text(
        "spack:\n  specs: [plugin]\n  view:\n    default:\n      root: v\n"
        "      projections: {all: '{name}-{version}'}\n"
    )
    instance.ok("-D", "e", "install")
    view = instance.cwd / "e" / "v"
    files = [view / "host-1.0" / "lib" / name for name in ("host", "plugin")]
    assert all(file.exists() for file in files) and not (view / "plugin-1.0").exists()
    rules = instance.cwd / "rules.yaml"
    rules.write_text("projections: {all: '{name}'}\n")
    instance.ok("view", "symlink", "--projection-file", str(rules), "hand", "plugin")
    assert (instance.cwd / "hand" / "host" / "lib" / "plugin").exists()
