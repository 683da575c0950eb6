"""Finished solves are found again only while nothing changed: one real change per test."""

from __future__ import annotations

import concurrent.futures
import os
import shutil
from typing import Callable, Sequence

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
    """How long a solve may take and how many processes there are decides nothing."""
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
