"""Projects through the launcher: several environments of one manifest, one lock."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.clone import SPACK
from tests.end_to_end.small_instance import Instance

MANIFEST = """\
spack:
  specs: [answer]
  features:
    old: {specs: [answer@1.0]}
    static: {specs: [answer~shared]}
    loud:
      specs: [asker]
      packages: {asker: {variants: +loud}}
      env_vars: {set: {VOLUME: high}}
    quiet:
      packages: {asker: {variants: ~loud}}
  environments:
    default: [old]
    loud: [loud, quiet]
    quiet: [quiet, loud]
    dev: {environments: [default], features: [loud]}
    alone: {features: [static], default_features: false}
"""


class Project:
    """A project in a directory, and commands that are run below it."""

    def __init__(self, instance: Instance, place: Path) -> None:
        self.instance = instance
        self.place = place
        self.below = place / "some" / "folder"
        self.below.mkdir(parents=True)
        self.write(MANIFEST)

    def write(self, text: str) -> None:
        (self.place / "spack.yaml").write_text(text)

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, **self.instance.variables, **variables}
        if not variables:
            environ.pop("CI", None)
        return subprocess.run(
            [str(SPACK), *words],
            cwd=self.below,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )

    def ok(self, *words: str, **variables: str) -> str:
        done = self.run(*words, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *words: str, **variables: str) -> str:
        done = self.run(*words, **variables)
        assert done.returncode != 0, done.stdout
        return done.stderr

    @property
    def lock(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.place / "spack.lock").read_text())
        return found

    def roots(self, name: str) -> dict[str, dict[str, Any]]:
        """The nodes of the roots of an environment by their text."""
        nodes = self.lock["concrete_specs"]
        return {
            root["spec"]: nodes[root["hash"]]
            for root in self.lock["roots"]
            if name in root["environments"]
        }


@pytest.fixture
def project(instance: Instance, tmp_path: Path) -> Project:
    return Project(instance, tmp_path / "project")


def test_environments_are_solved_by_themselves_with_the_configuration_of_their_features(
    project: Project,
) -> None:
    told = project.ok("concretize", "-q")
    assert "==> Concretized asker in environment loud\n" in told
    assert list(project.roots("default")) == ["answer@1.0", "answer"]
    assert {n["version"] for n in project.roots("default").values()} == {"1.0"}
    assert project.roots("loud")["answer"]["version"] == "2.0"
    assert project.roots("loud")["asker"]["parameters"]["loud"] is True
    assert project.roots("quiet")["asker"]["parameters"]["loud"] is False
    assert list(project.roots("alone")) == ["answer~shared"]
    assert project.roots("dev")["answer@1.0"] == project.roots("default")["answer@1.0"]
    assert list(project.lock["environments"]) == ["default", "loud", "quiet", "dev", "alone"]
    assert "Nothing to concretize" in project.ok("concretize")


def test_only_a_new_environment_is_solved_and_the_nodes_of_others_keep_their_bytes(
    project: Project,
) -> None:
    project.ok("concretize")
    before = project.lock
    project.write(MANIFEST + "    more: [static, quiet]\n")
    told = project.ok("concretize", "-q")
    assert [line for line in told.splitlines() if "Concretized" in line] == [
        "==> Concretized answer~shared in environment more",
        "==> Concretized answer in environment more",
    ]
    for code, node in before["concrete_specs"].items():
        now = dict(project.lock["concrete_specs"][code])
        assert set(node["environments"]) <= set(now["environments"])
        assert json.dumps({**now, "environments": node["environments"]}) == json.dumps(node)


def test_a_feature_that_contradicts_a_base_is_told_with_both_places(project: Project) -> None:
    project.write(
        MANIFEST.replace("features: [loud]}", "features: [new]}").replace(
            "    quiet:\n", "    new: {specs: ['answer@2.0']}\n    quiet:\n", 1
        )
    )
    error = project.fails("concretize")
    assert "in the environment dev" in error
    assert "answer@2.0 is a spec of the feature 'new' at" in error and "spack.yaml:10:" in error
    assert "is locked by the base 'default', whose spec answer@1.0 is at" in error
    assert "spack.yaml:4:" in error and "a base stays as it is" in error
    assert not (project.place / "spack.lock").exists()


def test_a_stale_lock_is_refused_with_the_keys_that_changed_and_nothing_is_written(
    project: Project,
) -> None:
    done = project.run("concretize", "--locked")
    assert done.returncode == 3 and "there is no lock file" in done.stderr
    project.ok("concretize")
    assert "Nothing to concretize" in project.ok("concretize", "--locked")
    content = (project.place / "spack.lock").read_bytes()
    project.write(MANIFEST.replace("answer@1.0", "answer@2.0").replace("+loud", "~loud"))
    for words, variables in ((["--locked"], {}), ([], {"CI": "true"}), ([], {"JENKINS_URL": "x"})):
        done = project.run("concretize", *words, **variables)
        assert done.returncode == 3
        assert "features:old:specs, features:loud:packages" in done.stderr
        assert (project.place / "spack.lock").read_bytes() == content
    assert project.run("install", "--fake", CI="1").returncode == 3
    assert "Nothing to concretize" in project.ok("concretize", "--frozen")
    assert (project.place / "spack.lock").read_bytes() == content
    project.ok("concretize", "--no-locked", CI="1")
    assert (project.place / "spack.lock").read_bytes() != content
    project.ok("concretize", "--locked")


def test_a_lock_that_lost_roots_is_stale_until_they_are_decided_again(project: Project) -> None:
    project.ok("concretize")
    content = (project.place / "spack.lock").read_bytes()
    project.ok("-e", "loud", "deconcretize", "-y", "asker")
    assert "asker" not in project.roots("loud") and "asker" in project.roots("quiet")
    done = project.run("concretize", "--locked")
    assert done.returncode == 3 and "specs" in done.stderr
    project.ok("concretize")
    assert (project.place / "spack.lock").read_bytes() == content


def test_scripts_concretize_a_project_as_the_command_does(project: Project) -> None:
    project.ok("concretize")
    content = (project.place / "spack.lock").read_bytes()
    (project.place / "spack.lock").unlink()
    script = project.place / "all.py"
    start = "from spack.scripting.interface import Spack\n"
    script.write_text(f"{start}Spack().environment().concretize()\n")
    project.ok("python", str(script))
    assert (project.place / "spack.lock").read_bytes() == content


def test_ci_does_not_lock_a_manifest_with_one_environment(project: Project) -> None:
    project.write("spack:\n  specs: [answer]\n")
    assert "Concretized answer" in project.ok("-D", str(project.place), "concretize", CI="1")
    project.write("spack:\n  specs: [answer, asker]\n")
    done = project.run("-D", str(project.place), "concretize", "--locked")
    assert done.returncode == 3 and "asker" in done.stderr


def test_a_project_is_found_upwards_and_its_environments_are_chosen_by_name(
    project: Project,
) -> None:
    project.ok("concretize")
    assert f"In environment {project.place}\n" in project.ok("find")
    assert f"In environment {project.place}:loud\n" in project.ok("-e", "loud", "find", "-c")
    assert ":loud\n" in project.ok("-D", str(project.place), "-e", "loud", "find")
    assert ":quiet\n" in project.ok("find", "--environment", "quiet")
    assert "asker" in project.ok("-e", "loud", "find") and "asker" not in project.ok("find")
    assert "In environment" not in project.ok("-E", "find")
    assert "did you mean" in project.fails("find", "--environment", "lout")
    project.instance.ok("env", "create", "loud")
    assert "In environment loud\n" in project.ok("-e", "loud", "find")
    project.write("spack:\n  specs: [answer]\n")
    assert "In environment" not in project.ok("find")


def test_without_an_environment_default_one_has_to_be_named(project: Project) -> None:
    project.write(MANIFEST.replace("    default: [old]\n", "").replace("[default]", "[loud]"))
    project.ok("concretize")
    assert "choose one with -e: loud, quiet, dev, alone" in project.fails("find")
    assert ":alone\n" in project.ok("-e", "alone", "find")


def test_only_the_environments_that_are_named_are_installed_each_with_its_view(
    project: Project,
) -> None:
    project.ok("install", "--fake", "-e", "alone", "--env", "loud")
    assert set(project.lock["environments"]) == {"alone", "loud"}
    views = project.place / ".spack-env" / "views"
    assert sorted(path.name for path in views.iterdir() if path.is_symlink()) == ["alone", "loud"]
    assert not (project.place / ".spack-env" / "view").exists()
    project.ok("install", "--fake")
    assert (project.place / ".spack-env" / "view").exists()
    code = project.ok("env", "activate", "--sh", "loud")
    assert f"SPACK_ENV={project.place}" in code.replace("'", "").replace('"', "")
    assert "SPACK_ENV_NAME" in code and "VOLUME" in code and "views/loud" in code
    assert "SPACK_ENV_NAME" not in project.ok("env", "activate", "--sh")
    active = {"SPACK_ENV": str(project.place), "SPACK_ENV_NAME": "loud"}
    assert ":loud\n" in project.ok("find", **active)
    assert ":alone\n" in project.ok("-e", "alone", "find", **active)


def test_expand_shows_the_rule_that_made_each_root(project: Project) -> None:
    text = project.ok("env", "expand", "dev", "loud")
    assert "==> dev, on default, features loud, default\n" in text
    assert "answer@1.0  base default: feature old, spack.yaml:4\n" in text
    assert "asker   feature loud, spack.yaml:7\n" in text
    data = json.loads(project.ok("env", "expand", "--json", "alone"))
    assert data[0]["roots"] == [{"text": "answer~shared", "rule": "feature static, spack.yaml:5"}]
    project.write(
        "spack:\n  definitions: [{v: [answer]}]\n  specs: [$v, {matrix: [[asker], [+loud]]}]\n"
    )
    plain = project.ok("-D", str(project.place), "env", "expand")
    assert "answer      spack.yaml:2 by way of spack.yaml:3\n" in plain
    assert "matrix at spack.yaml:3: asker (line 3) × +loud (line 3)" in plain


def test_environments_of_a_solve_group_share_one_solve(project: Project) -> None:
    project.write(
        MANIFEST
        + "    prod: {features: [loud], solve_group: r}\n"
        + "    check: {features: [loud, old], solve_group: r}\n"
    )
    project.ok("concretize")
    assert project.roots("prod")["answer"]["version"] == "1.0"
    assert project.roots("prod")["asker"] == project.roots("check")["asker"]
    assert "answer@1.0" not in project.roots("prod")


def test_what_the_machine_has_not_is_told_with_what_it_has(project: Project) -> None:
    project.write(
        MANIFEST.replace(
            "  specs: [answer]\n", "  specs: [answer]\n  system-requirements: {libc: '99.1'}\n"
        )
    )
    error = project.fails("concretize")
    assert "needs libc 99.1, and this machine has" in error and "spack.yaml:3:" in error
    project.write(MANIFEST.replace("old: {", "old: {platforms: [moon], "))
    assert "Concretized" in project.ok("concretize", "-q")
    assert "default" not in project.lock["environments"]
    assert "is for moon" in project.fails("concretize", "-e", "default")
    assert "not for this machine" in project.ok("env", "expand", "default")


def test_what_other_environments_of_the_project_have_is_no_garbage(project: Project) -> None:
    """And the views of all of them follow when a package is removed."""
    project.ok("concretize", "-q")
    project.ok("install", "--fake", "-e", "loud", "-e", "quiet")
    project.ok("mark", "-i", "-a")
    project.ok("-e", "loud", "gc", "-y")
    assert sorted(project.ok("-E", "find", "--format", "{name}").split()).count("asker") == 2
    view = project.place / ".spack-env" / "views" / "quiet"
    before = os.readlink(view)
    project.ok("-e", "loud", "uninstall", "-y", "-f", "answer@2.0")
    assert os.readlink(view) != before
