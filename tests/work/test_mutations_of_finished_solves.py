"""Finished solves are found again only while nothing changed: one real change per test."""

from __future__ import annotations

import concurrent.futures
import json
import os
import shutil
from collections.abc import Sequence
from typing import Callable

import pytest
from tests.work.small_place import Place


def _new_version(place: Place) -> None:
    place.recipe("lib", "1.0", '    version("2.0")')


def _new_file_beside_a_recipe(place: Place) -> None:
    (place.path / "spack_repo" / "mine" / "packages" / "lib" / "fix.patch").write_text("x\n")


def _new_package(place: Place) -> None:
    place.recipe("other", "1.0", '    provides("words")')


def _new_external(place: Place) -> None:
    place.write_packages("/opt/tools/newer")


def _new_compiler(place: Place) -> None:
    shutil.copy(os.path.realpath("/usr/bin/g++"), place.compiler)


def _installed(place: Place) -> None:
    place.spec("install", "--fake", "lib")


def _removed_from_a_folder(place: Place) -> None:
    (place.path / "spack_repo" / "mine" / "packages" / "lib" / "patches").rmdir()


def _shared_by_recipes(place: Place) -> None:
    (place.path / "spack_repo" / "mine" / "shared.py").write_text("x = 1\n")


def _no_package_any_more(place: Place) -> None:
    shutil.rmtree(place.path / "spack_repo" / "mine" / "packages" / "unrelated")


def _new_requirement(place: Place) -> None:
    text = place.packages.read_text()
    place.packages.write_text(text + "  lib:\n    require: ['@1.0']\n")


def _new_toolchain(place: Place) -> None:
    file = place.packages.parent / "toolchains.yaml"
    file.write_text("toolchains:\n  mine: '%c=gcc'\n")


def _another_value_of_a_variable(place: Place) -> None:
    place.instance.variables["TOOLS"] = "/opt/other"


@pytest.mark.parametrize(
    "change",
    [
        _removed_from_a_folder,
        _shared_by_recipes,
        _no_package_any_more,
        _new_requirement,
        _new_toolchain,
        _another_value_of_a_variable,
        _new_version,
        _new_file_beside_a_recipe,
        _new_package,
        _new_external,
        _new_compiler,
        _installed,
    ],
)
def test_a_change_misses(place: Place, change: Callable[[Place], None]) -> None:
    place.recipe("unrelated", "1.0")
    (place.path / "spack_repo" / "mine" / "packages" / "lib" / "patches").mkdir()
    place.write_packages("$TOOLS")
    place.instance.variables["TOOLS"] = "/opt/tools"
    assert place.poisoned()
    change(place)
    assert "app@1.0.9" not in place.spec()


@pytest.mark.parametrize(
    "options",
    [
        ("spec", "--fresh"),
        ("spec", "--fresh-roots"),
        ("spec", "--deprecated"),
        ("spec", "--test", "root"),
        ("-c", "concretizer:duplicates:strategy:none", "spec"),
        ("-c", "concretizer:targets:granularity:generic", "spec"),
        ("-c", "packages:all:prefer:['@1:']", "spec"),
        ("-c", "config:deprecated:true", "spec"),
    ],
)
def test_an_option_misses(place: Place, options: Sequence[str]) -> None:
    assert place.poisoned()
    assert "app@1.0.9" not in place.spec(*options, "app")
    assert "app@1.0.9" in place.spec()


def test_a_process_variable_misses(place: Place) -> None:
    assert place.poisoned()
    place.instance.variables["SPACK_CONCRETIZER_REQUIRE_CHECKSUM"] = "1"
    assert "app@1.0.9" not in place.spec()


def test_what_does_not_change_the_answer_hits(place: Place) -> None:
    """The time limit of a solve and the number of processes decide nothing."""
    assert place.poisoned()
    for option in ("concretizer:timeout:9", "concretizer:unify:false", "config:build_jobs:3"):
        assert "app@1.0.9" in place.spec("-c", option, "spec", "app")


def test_without_a_configured_compiler_nothing_is_kept(place: Place) -> None:
    """Each such solve looks for compilers on PATH."""
    words = ("-c", "packages:gcc:externals:[]", "-c", "packages:gcc:buildable:false", "spec", "app")
    place.instance.variables["PATH"] = "/nowhere"
    (place.instance.config / "packages.yaml").write_text("packages: {}\n")
    place.write_packages("/opt/tool")
    text = place.packages.read_text()
    place.packages.write_text(text[: text.index("  gcc:")])
    place.spec(*words[-2:])
    assert place.entries() == []


def test_processes_may_write_at_once(place: Place) -> None:
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = set(pool.map(lambda _: place.spec(), range(6)))
    assert len(answers) == 1
    assert place.poisoned()


def _named(place: Place) -> set[tuple[str, str]]:
    (file,) = place.path.rglob("finished-solves/*/*.reads")
    return {(kind, name) for kind, name in json.loads(file.read_text())}


def test_a_solve_notes_what_it_read(place: Place) -> None:
    assert place.poisoned()
    named = _named(place)
    assert {("section", "packages"), ("section", "concretizer"), ("setting", "deprecated")} <= named
    assert ("variable", "SPACK_CONCRETIZER_REQUIRE_CHECKSUM") in named
    assert not named & {("section", "modules"), ("section", "view"), ("setting", "build_jobs")}
    (entry,) = place.entries()
    files = json.loads(entry.read_text())["stamps"]
    assert str(place.compiler) in files
    for module in ("solve/solver.py", "work/answers/concretization.py"):
        assert any(file.endswith(f"lib/spack/spack/{module}") for file in files)
    assert not any("/spack/cli/" in file for file in files)


def test_settings_that_come_and_go_keep_their_answers(place: Place) -> None:
    """Answers for several configurations lie side by side."""
    other = ("-c", "packages:all:prefer:['@1:']", "spec", "app")
    for words in ((), (), other, other):
        place.spec(*words)
    assert len(place.entries()) == 2
    place.poison()
    assert "app@1.0.9" in place.spec() and "app@1.0.9" in place.spec(*other)


def test_what_no_solve_reads_hits(place: Place) -> None:
    assert place.poisoned()
    for option in ("config:verify_ssl:false", "config:ccache:true"):
        assert "app@1.0.9" in place.spec("-c", option, "spec", "app")


def test_an_answer_in_an_environment_depends_on_its_lock(place: Place) -> None:
    directory = str(place.environment("true", "lib"))
    words = ("-D", directory, "spec", "app")
    for _ in range(2):
        place.spec(*words)
    place.poison()
    assert "app@1.0.9" in place.spec(*words)
    place.spec("-D", directory, "concretize", "--fresh")
    assert "app@1.0.9" not in place.spec(*words)
