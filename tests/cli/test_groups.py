"""Groups of roots in an environment through the launcher: solved, shown, installed, collected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.end_to_end.small_instance import Instance

MANIFEST = """\
spack:
  specs:
  - group: apps
    needs: [libraries]
    specs: [asker]
    override:
      packages:
        asker: {variants: +loud}
  - group: libraries
    explicit: false
    specs: [answer@1.0 ~shared]
  - answer
  view:
    default: {root: view, group: apps}
"""


def _make(instance: Instance, text: str, name: str = "e") -> Path:
    instance.ok("env", "create", name)
    place = instance.state / "var/spack/environments" / name
    (place / "spack.yaml").write_text(text)
    return place


def _nodes(place: Path, name: str) -> list[dict[str, Any]]:
    lock = json.loads((place / "spack.lock").read_text())
    return [node for node in lock["concrete_specs"].values() if node["name"] == name]


def test_groups_are_solved_in_order_with_what_they_need(instance: Instance) -> None:
    """The order holds whatever is said of reuse; an override holds for its group alone."""
    place = _make(instance, MANIFEST)
    shown = instance.ok("-c", "concretizer:reuse:false", "-e", "e", "concretize", "-q")
    lines = ("answer@1.0 ~shared in group libraries\n", "asker in group apps\n")
    assert shown.index(f"==> Concretized {lines[0]}") < shown.index(f"==> Concretized {lines[1]}")
    (asker,) = _nodes(place, "asker")
    (old,) = (node for node in _nodes(place, "answer") if node["version"] == "1.0")
    assert asker["parameters"]["loud"] is True
    assert old["hash"] in {edge["hash"] for edge in asker["dependencies"]}
    assert len(_nodes(place, "answer")) == 2
    assert "Nothing to concretize" in instance.ok("-e", "e", "concretize")
    why = instance.ok("-e", "e", "why", "answer")
    assert "answer@1.0" in why and "answer@2.0" in why
    found = instance.ok("-e", "e", "find")
    assert "==> 1 root spec in group libraries\n -  answer@1.0 ~shared\n" in found
    assert "==> 1 root spec\n -  answer\n" in found
    assert "    group apps\n" in instance.ok("env", "status", "e")
    data = json.loads(instance.ok("env", "status", "--json", "e"))
    assert [root.get("group") for root in data["roots"]] == ["libraries", "apps", None]


def test_roots_of_implicit_groups_are_collected(instance: Instance) -> None:
    text = MANIFEST.replace("needs: [libraries]", "needs: []")
    place = _make(instance, text)
    instance.ok("-e", "e", "install")
    explicit = instance.ok("find", "-x", "--format", "{name}@{version}").split()
    assert sorted(explicit) == ["answer@2.0", "asker@1.0"]
    assert (place / "view" / "bin" / "asker").exists()
    assert not list((place / "view").glob("lib/*.a"))
    instance.ok("-e", "e", "gc", "-y")
    left = instance.ok("find", "--format", "{name}@{version}", "answer").split()
    assert left == ["answer@2.0"]


def test_errors_name_the_group(instance: Instance) -> None:
    _make(instance, MANIFEST.replace("~shared", "mode=slow"))
    error = instance.fails("-e", "e", "concretize")
    assert "in the group 'libraries': " in error and "version 1.0 is always fast" in error
    _make(instance, MANIFEST.replace("[libraries]", "[nothing]"), "f")
    error = instance.fails("-e", "f", "find")
    assert "needs 'nothing'" in error and "spack.yaml:3" in error


def test_edits_of_groups(instance: Instance) -> None:
    place = _make(instance, MANIFEST)
    instance.ok("-e", "e", "change", "asker ~loud")
    instance.ok("-e", "e", "remove", "answer@1.0")
    instance.ok("-e", "e", "add", "asker")
    text = (place / "spack.yaml").read_text()
    assert "asker~loud" in text and "answer@1.0" not in text
    assert "==> 2 root specs\n" in instance.ok("-e", "e", "find")


def test_what_a_view_cannot_hold_is_told_before_anything_is_built(instance: Instance) -> None:
    """All of it in one message; a view that is fine is not touched either."""
    text = """\
spack:
  specs: [answer@1.0, answer@2.0, asker+loud, asker~loud]
  view:
    a: {root: a}
    default: {root: v, projections: {all: '{name}'}}
"""
    place = _make(instance, text)
    done = instance("-e", "e", "concretize", "-q")
    assert done.returncode == 0 and done.stderr.count("has one directory for several") == 1
    error = instance.fails("-e", "e", "install")
    assert "spack.yaml:5" in error and "answer: " in error and "asker: " in error
    assert error.count("has one directory for several") == 1
    assert instance.installed() == []
    assert not (place / "a" / "include").exists()
    two = "spack:\n  specs: [answer@1.0, {group: g, specs: [answer@2.0]}]\n"
    _make(instance, two, "f")
    warned = instance("-e", "f", "concretize", "-q").stderr
    assert "answer@1.0/" in warned and "is left out" in warned
