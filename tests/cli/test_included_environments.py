"""``include_concrete``: another environment's packages are found, installed, shown and kept."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.small_instance import Instance


def _two(instance: Instance, own: str = "answer@1.0") -> Path:
    """``base`` with asker, and ``e`` that includes it; the directory of ``e``."""
    instance.ok("env", "create", "base")
    instance.ok("-e", "base", "add", "asker")
    instance.ok("-e", "base", "concretize")
    instance.ok("env", "create", "e", "--include-concrete", "base")
    if own:
        instance.ok("-e", "e", "add", own)
    instance.ok("-e", "e", "concretize")
    return instance.state / "var/spack/environments/e"


def test_roots_of_included_environments_are_there(instance: Instance) -> None:
    place = _two(instance, own="")
    shown = instance.ok("-e", "e", "find")
    assert "==> No root specs\n\n==> Included specs\n -  asker\n" in shown
    instance.ok("-e", "e", "install")
    assert "asker" in instance.installed()
    assert "==> Included specs\n[+] asker\n" in instance.ok("-e", "e", "find")
    assert (place / ".spack-env" / "view" / "bin" / "asker").exists()
    page = instance.ok("env", "status", "e")
    assert "1 included root\n    [+] asker" in page and "spack add" not in page
    data = json.loads(instance.ok("env", "status", "--json", "e"))
    assert [root["spec"] for root in data["included_roots"]] == ["asker"]
    assert "==> Included specs\n[+] " in instance.ok("-e", "e", "find", "-l")
    instance.ok("-e", "e", "gc", "-y")
    assert "asker" in instance.installed()


def test_an_included_root_is_installed_by_its_name(instance: Instance) -> None:
    place = _two(instance)
    instance.ok("-e", "e", "install", "asker")
    assert "asker" not in (place / "spack.yaml").read_text()
    assert instance.installed().count("answer") == 1


def test_included_packages_count_as_those_of_the_environment(instance: Instance) -> None:
    place = _two(instance, own="")
    instance.ok("-e", "e", "install")
    prefix = instance.ok("-e", "e", "location", "-i", "asker").strip()
    assert prefix in instance.ok("-e", "e", "load", "--sh", "asker")
    assert "asker@1.0" in instance.ok("-e", "e", "find", "asker").partition("Installed")[2]
    assert "install/answer-2.0-" in instance.ok("-e", "e", "env", "depfile", "answer")
    code = "import spack.environment as ev; print(ev.active_environment().all_specs())"
    assert "asker@1.0" in instance.ok("-e", "e", "python", "-c", code)
    manifest = place / "spack.yaml"
    text = manifest.read_text().replace(str(place.parent / "base"), "../base")
    manifest.write_text(text)
    assert "../base" in text
    instance.ok("-e", "e", "concretize", "--force")
    manifest.write_text(text.replace("../base", "../gone"))
    error = instance.fails("-e", "e", "concretize", "--force")
    assert f"there is no environment in {place.parent / 'gone'}" in error


def test_a_dependency_of_an_included_root_is_installed_alone(instance: Instance) -> None:
    """A makefile names each package of the lock so."""
    _two(instance, own="")
    instance.ok("-e", "e", "install", "--no-add", "--only-concrete", "answer")
    assert instance.installed().count("answer") == 1 and "asker" not in instance.installed()


def test_an_environment_that_is_named_twice_is_included_once(instance: Instance) -> None:
    instance.ok("env", "create", "base")
    instance.ok("-e", "base", "concretize")
    instance.ok("env", "create", "e", *("--include-concrete", "base") * 2)
    text = (instance.state / "var/spack/environments/e/spack.yaml").read_text()
    assert text.count("/base") == 1


def test_what_others_include_is_not_removed(instance: Instance) -> None:
    place = _two(instance)
    error = instance.fails("env", "remove", "-y", "base")
    assert "base is included by e" in error and "--force" in error
    assert "base is included by e" in instance.fails("env", "rename", "base", "other")
    instance.ok("env", "create", "broken")
    (place.parent / "broken" / "spack.yaml").write_text("spack: [\n")
    assert "base is included by e" in instance.fails("env", "remove", "-y", "base")
    instance.ok("env", "remove", "-y", "base", "e")
    _two(instance)
    instance.ok("env", "remove", "-y", "-f", "base")
    assert instance.ok("env", "list").split() == ["broken", "e"]


def test_what_stays_under_unify_is_told(instance: Instance) -> None:
    """``concretization: together`` solves all again and shows what changed instead."""
    instance.ok("env", "create", "e")
    manifest = instance.state / "var/spack/environments/e/spack.yaml"
    text = "spack:\n  specs: [answer]\n  concretizer: {unify: true}\n"
    manifest.write_text(text)
    assert "as locked" not in instance.ok("-e", "e", "concretize")
    manifest.write_text(text.replace("[answer]", "[answer, asker]"))
    shown = instance.ok("-e", "e", "concretize")
    assert "1 root stays as locked; concretize --force decides all again" in shown
    together = "spack:\n  concretization: together\n  specs: [answer, picky]\n"
    manifest.write_text(together)
    shown = instance.ok("-e", "e", "concretize", "-q")
    assert "as locked" not in shown
    assert "Concretized answer\n" in shown and "Concretized picky\n" in shown


def test_why_names_the_environment_that_a_package_comes_from(instance: Instance) -> None:
    _two(instance)
    shown = instance.ok("-e", "e", "why", "asker").splitlines()
    assert shown[0] == "asker@1.0 comes from the included environment base"
    assert shown[-1].endswith("spack -e base why asker")
    shown = instance.ok("-e", "e", "why", "answer").splitlines()
    assert shown[0] == "answer@1.0 was requested"
    at = shown.index("asker@1.0 comes from the included environment base")
    assert "asker depends on answer  [" in shown[at + 1]
    assert shown[at + 2] == "answer@2.0:"
    assert "broken is not in the answer" in instance.fails("-e", "e", "why", "broken")
