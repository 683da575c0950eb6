"""Every command that concretizes takes its answers from finished solves, and says so if asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.work.small_place import Place

#: What no answer that was kept may load: the solver, and modules of recipes.
HEAVY = ("clingo._clingo", "spack.solve.solver", "spack.solve.encoding.encoding", "spack_repo")


def heavy(modules: list[str]) -> list[str]:
    return [m for m in modules for u in HEAVY if m == u or m.startswith(u + ".")]


@pytest.fixture
def twice(place: Place) -> Place:
    """Asked once to make the records of the recipes, and once more to keep the answer."""
    place.spec("spec", "app", "lib")
    place.spec("spec", "app", "lib")
    assert len(place.entries()) == 2
    return place


@pytest.mark.parametrize(
    "words",
    [
        "spec app",
        "spec lib",
        "spec app lib",
        "spec lib app",
        "spec --json app",
        "solve app lib",
        "solve --timers --stats --json app",
        "graph app",
    ],
)
def test_a_hit_starts_no_solver(twice: Place, words: str) -> None:
    assert heavy(twice.modules(*words.split())) == []


def test_an_installation_uses_the_answer(twice: Place) -> None:
    modules = twice.modules("install", "--fake", "app")
    assert "clingo._clingo" not in modules and "spack.solve.solver" not in modules
    assert "app@1.0" in twice.spec("find", "app")


def test_one_of_several_roots_is_open(place: Place) -> None:
    place.spec()
    place.spec()
    place.poison()
    shown = place.spec("spec", "lib", "app")
    assert "app@1.0.9" in shown and "\n -   lib@1.0 " in "\n" + shown
    assert "==> Solved before 1 of 2" in place.spec("solve", "app", "tool")
    assert "==> Solved before:" in place.spec("solve", "app", "lib")


def test_figures_are_those_of_the_solve(place: Place) -> None:
    place.spec()
    first = json.loads(place.spec("solve", "--json", "app"))
    again = json.loads(place.spec("solve", "--json", "app"))
    assert (first.pop("kept"), again.pop("kept")) == (0, 1)
    assert first == again
    text = place.spec("solve", "--timers", "app")
    assert "==> Solved before: figures are of that time" in text
    assert "packages to build" in text and "encode" in text
    assert "Solved before" not in place.spec("solve", "--show", "asp", "app")
    assert "Solved before" not in place.spec("spec", "app")


def lock(directory: Path) -> object:
    return json.loads((directory / "spack.lock").read_text())


@pytest.mark.parametrize("unify", ["true", "false", "when_possible"])
def test_an_environment_is_concretized_from_answers(place: Place, unify: str) -> None:
    directory = place.environment(unify, "app", "lib")
    place.spec("-D", str(directory), "concretize")
    made = lock(directory)
    for words in (("concretize",), ("install", "--fake"), ("concretize", "--force")):
        shutil.rmtree(place.path / "store", ignore_errors=True)
        directory = place.environment(unify, "app", "lib")
        place.spec("-D", str(directory), "concretize")
        (directory / "spack.lock").unlink()
        modules = place.modules("-D", str(directory), *words)
        assert "clingo._clingo" not in modules
        assert lock(directory) == made


def test_the_same_question_in_an_environment(place: Place) -> None:
    """One root alone is one question, whatever unify says."""
    place.spec()
    place.spec()
    for unify in ("true", "false", "when_possible"):
        directory = place.environment(unify, "app")
        assert heavy(place.modules("-D", str(directory), "concretize")) == []
    assert len(place.entries()) == 1


def test_an_added_root_is_another_question(place: Place) -> None:
    directory = place.environment("true", "app")
    place.spec("-D", str(directory), "concretize")
    place.spec("-D", str(directory), "add", "tool")
    assert "clingo._clingo" in place.modules("-D", str(directory), "concretize")
    kept = json.loads((directory / "spack.lock").read_text())
    assert len(kept["roots"]) == 2


def test_roots_that_are_solved_apart_are_kept_apart(place: Place) -> None:
    """With unify: false only the new root is solved."""
    directory = place.environment("false", "app", "lib")
    place.spec("-D", str(directory), "concretize")
    place.spec("-D", str(directory), "concretize", "--force")
    kept = set(place.entries())
    assert len(kept) == 2
    directory = place.environment("false", "app", "lib", "tool")
    place.spec("-D", str(directory), "concretize")
    assert kept < set(place.entries()) and len(place.entries()) == 3


def test_a_configured_folder_holds_the_entries(place: Place) -> None:
    where = place.path / "elsewhere"
    option = ("-c", f"concretizer:concretization_cache:url:{where}")
    place.spec(*option, "spec", "app")
    place.spec(*option, "spec", "app")
    assert list(where.rglob("*.json")) and not place.entries()
