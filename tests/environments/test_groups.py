"""Groups of roots: what a manifest says of them, and the graph of solves that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.environments.conftest import alone, concrete

from spack.environments.concretization import concretize, lock_status
from spack.environments.creation import create
from spack.environments.locations import Location
from spack.environments.manifests.manifest import Manifest, ManifestEditor, parse_manifest_text
from spack.environments.manifests.spec_lists import UserSpec
from spack.environments.solve_graph import SolveNode
from spack.errors import ConfigurationError
from spack.language.lockfiles import Lockfile
from spack.language.modes import Unify

#: The fixture of conftest.py.
Solver = Any

CHAIN = """\
spack:
  definitions:
  - tools: [cmake, ninja]
  specs:
  - group: apps
    needs: [compilers, default]
    matrix: [[hdf5, zlib], ['%gcc@15']]
    exclude: [zlib]
    override:
      concretizer: {unify: true}
  - git
  - group: compilers
    explicit: false
    specs: [gcc@15, $tools]
  - $tools
"""


def parsed(text: str) -> Manifest:
    return parse_manifest_text(text, "spack.yaml")


def roots(manifest: Manifest) -> list[UserSpec]:
    return manifest.user_specs(lambda clause, origin: True)


def graph(manifest: Manifest) -> list[SolveNode]:
    return [
        SolveNode(g.name, tuple(r for r in roots(manifest) if r.group == g.name), g.needs)
        for g in manifest.groups
    ]


def test_groups_come_after_what_they_need() -> None:
    found = parsed(CHAIN).groups
    assert [(g.label, g.needs, g.explicit) for g in found] == [
        ("compilers", (), False),
        ("default", (), True),
        ("apps", ("compilers", ""), True),
    ]
    assert found[2].override["concretizer"].plain() == {"unify": True}
    assert [(r.group, r.text) for r in roots(parsed(CHAIN))] == [
        ("compilers", "gcc@15"),
        ("compilers", "cmake"),
        ("compilers", "ninja"),
        ("", "git"),
        ("", "cmake"),
        ("", "ninja"),
        ("apps", "hdf5 %gcc@15"),
    ]


def test_a_manifest_without_groups_is_one_group() -> None:
    for text in ("spack: {}\n", "spack:\n  specs:\n", "spack:\n  specs: [a, b]\n"):
        assert [group.label for group in parsed(text).groups] == ["default"]


@pytest.mark.parametrize(
    "entry, message",
    [
        ("{group: a, specs: [x], need: [b]}", r"spack.yaml:3:\d+: 'need' is not a key of a group"),
        ("{group: default, specs: [x]}", "cannot have the name 'default'"),
        ("{group: 3, specs: [x]}", "cannot have the name 3"),
        ("{group: a}", "needs either 'specs' or 'matrix'"),
        ("{group: a, specs: [x], matrix: [[y]]}", "needs either 'specs' or 'matrix'"),
        ("{group: a, specs: [{group: b, specs: [x]}]}", "cannot be nested"),
        ("{group: a, specs: [x], explicit: maybe}", "'explicit' must be true or false"),
        ("{group: a, specs: [x], needs: {b: c}}", "'needs' must be a list"),
        ("{group: a, specs: [x], needs: [3]}", "3 is not the name of a group"),
        ("{group: a, specs: [x], needs: [b]}", "needs 'b', which does not exist"),
        ("{group: a, specs: [x], needs: [a]}", "need each other: a -> a"),
        ("{group: a, specs: [x], override: [x]}", "'override' must be a mapping"),
        ("{group: a, specs: [x], override: {include: [x]}}", "cannot override 'include'"),
    ],
)
def test_malformed_groups(entry: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parsed(f"spack:\n  specs:\n  - {entry}\n")
    caught.match(message)
    assert "spack.yaml:3" in str(caught.value)


def test_groups_in_a_circle_and_twice() -> None:
    circle = "spack:\n  specs:\n  - {group: a, specs: [x], needs: [b]}\n"
    with pytest.raises(ConfigurationError, match="a -> b -> a"):
        parsed(circle + "  - {group: b, specs: [x], needs: [a]}\n")
    with pytest.raises(ConfigurationError, match="two groups 'a'"):
        parsed("spack:\n  specs:\n  - {group: a, specs: [x]}\n  - {group: a, specs: [y]}\n")


@pytest.mark.parametrize("override", ["{nosuch: {}}", "{concretizer: {unify: maybe}}"])
def test_an_override_is_checked_like_other_configuration(override: str) -> None:
    with pytest.raises(ConfigurationError, match=r"spack\.yaml:3"):
        parsed(f"spack:\n  specs:\n  - {{group: a, specs: [x], override: {override}}}\n")


def test_each_solve_is_told_of_what_it_needs_and_of_nothing_else(solver: Solver) -> None:
    result = concretize(graph(parsed(CHAIN)), None, solver)
    assert [question[0] for question in solver.questions] == [
        ["gcc@15", "cmake", "ninja"],
        ["git", "cmake", "ninja"],
        ["hdf5 %gcc@15"],
    ]
    assert solver.needed == [[], [], ["gcc", "cmake", "ninja", "git"]]
    assert [question[2] for question in solver.questions] == [[], [], []]
    data = result.lock.to_dict()["roots"]
    assert [root.get("group") for root in data] == ["compilers"] * 3 + [None] * 3 + ["apps"]


def test_roots_with_one_text_in_two_groups_are_two(solver: Solver) -> None:
    one = parsed("spack:\n  specs: [a, {group: g, specs: [a]}]\n")
    lock = concretize(graph(one), None, solver).lock
    assert [text for _, text in lock.root_specs()] == ["a", "a"]
    again = Lockfile.from_text(lock.to_text())
    assert lock_status(roots(one), again).current
    assert not concretize(graph(one), again, solver).changed
    left = lock_status(roots(parsed("spack:\n  specs: [a]\n")), again)
    assert [text for text, _ in left.removed] == ["a"] and not left.new
    moved = lock_status(roots(parsed("spack:\n  specs: [{group: h, specs: [a]}]\n")), again)
    assert len(moved.new) == 1 and len(moved.removed) == 2


def test_only_groups_with_new_roots_are_solved_again(solver: Solver) -> None:
    lock = concretize(graph(parsed(CHAIN)), None, solver).lock
    solver.questions.clear()
    more = parsed(CHAIN.replace("  - git\n", "  - git\n  - curl\n"))
    result = concretize(graph(more), lock, solver)
    assert [question[0] for question in solver.questions] == [["curl"]]
    assert [root.text for root, _ in result.added] == ["curl"]


def test_a_group_changes_no_root_of_another(solver: Solver) -> None:
    """Environments without groups keep the bytes of their locks."""
    plain = concretize(alone(roots(parsed("spack:\n  specs: [a]\n"))), None, solver).lock
    both = parsed("spack:\n  specs: [a, {group: g, specs: [b]}]\n")
    lock = concretize(graph(both), plain, solver).lock
    assert lock.to_dict()["roots"][0] == plain.to_dict()["roots"][0]
    assert "group" not in plain.to_text()


def test_together_solves_all_again_after_an_addition(solver: Solver) -> None:
    """The meaning of ``concretization: together``; ``unify`` alone keeps what is locked."""
    first = roots(parsed("spack:\n  specs: [a, b]\n"))
    lock = concretize(alone(first, Unify.TOGETHER), None, solver).lock
    more = roots(parsed("spack:\n  specs: [a, b, c]\n"))
    whole = [SolveNode("", tuple(more), unify=Unify.TOGETHER, whole=True)]
    solver.versions["a"] = "9"
    solver.questions.clear()
    result = concretize(whole, lock, solver)
    assert [question[0] for question in solver.questions] == [["a", "b", "c"]]
    assert [root.text for root, _ in result.added] == ["a", "c"]
    solver.questions.clear()
    assert not concretize(whole, result.lock, solver).changed
    assert solver.questions == []
    assert parsed("spack:\n  concretization: together\n").solves_together
    assert not parsed("spack:\n  concretizer: {unify: true}\n").solves_together


def test_edits_reach_the_lists_of_groups() -> None:
    editor = ManifestEditor(parsed(CHAIN))
    assert editor.remove_spec("gcc") == ["gcc@15"]
    editor.add_spec("gcc@15")
    changed = parsed(editor.text())
    assert ("", "gcc@15") in [(r.group, r.text) for r in roots(changed)]
    text = "spack:\n  specs: [a, {group: g, specs: [a, b@1]}]\n"
    editor = ManifestEditor(parsed(text))
    editor.change_spec("a", "a@2")
    editor.change_spec("b@1", "b@3")
    assert [r.text for r in roots(parsed(editor.text()))] == ["a@2", "a@2", "b@3"]
    assert ManifestEditor(parsed(text)).remove_spec("a") == ["a", "a"]


def test_views_of_groups(tmp_path: Path, solver: Solver) -> None:
    environment = create(Location(str(tmp_path / "e"), None))
    Path(environment.manifest_path).write_text(
        "spack:\n  specs: [a, {group: g, specs: [b]}]\n"
        "  view:\n    all: {root: v}\n    some: {root: w, group: [g]}\n"
        "    rest: {root: x, group: default}\n"
    )
    manifest = environment.manifest
    environment.concretize(graph(manifest), solver, included={"/i": _lock(solver)})
    names = {
        view.name: [spec.name for spec in environment.roots_of(view)]
        for view in environment.views()
    }
    assert names == {"all": ["a", "b", "included"], "some": ["b"], "rest": ["a"]}
    Path(environment.manifest_path).write_text(
        "spack:\n  specs: [a]\n  view:\n    some: {root: w, group: h}\n"
    )
    with pytest.raises(ConfigurationError, match="there is no group 'h'"):
        environment.views()


def _lock(solver: Solver) -> Lockfile:
    return Lockfile.from_roots([(concrete("included"), "included")])


def test_an_environment_from_a_lock_has_its_groups(tmp_path: Path, solver: Solver) -> None:
    manifest = parsed("spack:\n  specs: [a, {group: g, specs: [a, b]}]\n")
    lock = tmp_path / "spack.lock"
    lock.write_text(concretize(graph(manifest), None, solver).lock.to_text())
    made = create(Location(str(tmp_path / "e"), None), str(lock))
    assert made.manifest.body.plain()["specs"] == ["a", {"group": "g", "specs": ["a", "b"]}]
    assert made.status(roots(made.manifest)).current
