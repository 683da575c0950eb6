"""Finished solves are found again only while nothing changed: one real change per test."""

from __future__ import annotations

import concurrent.futures
import os
import shutil
from pathlib import Path
from typing import Callable, List

import pytest
from tests.end_to_end.small_instance import Instance

RECIPE = """\
from spack.package import *


class {name}(Package):
    has_code = False
    version("{version}")
{more}
"""

PACKAGES = """\
packages:
  tool:
    buildable: false
    externals:
    - spec: tool@1.0
      prefix: {prefix}
  gcc:
    externals:
    - spec: gcc@12.2.0 languages:=c,c++
      prefix: /usr
      extra_attributes:
        compilers:
          c: {compiler}
"""


class Place:
    """A repository and a scope of configuration that a test may change, with a cache of its own."""

    def __init__(self, instance: Instance, tmp_path: Path) -> None:
        self.instance, self.path = instance, tmp_path
        self.compiler = tmp_path / "gcc"
        shutil.copy(os.path.realpath("/usr/bin/gcc"), self.compiler)
        self.recipe("app", "1.0", '    depends_on("lib")\n    depends_on("tool")')
        self.recipe("lib", "1.0", '    provides("words")')
        self.recipe("tool", "1.0")
        (tmp_path / "spack_repo" / "mine" / "repo.yaml").write_text(
            "repo:\n  namespace: mine\n  api: v2.0\n"
        )
        self.packages = tmp_path / "scope" / "packages.yaml"
        self.packages.parent.mkdir()
        self.write_packages("/opt/tool")

    def recipe(self, name: str, version: str, more: str = "") -> Path:
        file = self.path / "spack_repo" / "mine" / "packages" / name / "package.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(RECIPE.format(name=name.capitalize(), version=version, more=more))
        return file

    def write_packages(self, prefix: str) -> None:
        self.packages.write_text(PACKAGES.format(prefix=prefix, compiler=self.compiler))

    def spec(self, *words: str) -> str:
        options: List[str] = ["-C", str(self.packages.parent)]
        options += ["-c", f"config:misc_cache:{self.path / 'misc'}"]
        options += ["-c", f"repos:mine:{self.path / 'spack_repo' / 'mine'}"]
        options += ["-c", f"config:install_tree:root:{self.path / 'store'}"]
        return self.instance.ok(*options, *(words or ("spec", "app")))

    def poisoned(self) -> bool:
        """Solve, mark the entry, and whether the next answer comes from it."""
        self.spec()
        self.spec()
        for entry in self.path.rglob("finished-solves/*/*.json"):
            entry.write_text(entry.read_text().replace('"version":"1.0"', '"version":"1.0.9"'))
        return "app@1.0.9" in self.spec()


@pytest.fixture
def place(instance: Instance, tmp_path: Path) -> Place:
    return Place(instance, tmp_path)


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


@pytest.mark.parametrize(
    "change",
    [
        _new_version,
        _new_file_beside_a_recipe,
        _new_package,
        _new_external,
        _new_compiler,
        _installed,
    ],
)
def test_a_change_misses(place: Place, change: Callable[[Place], None]) -> None:
    assert place.poisoned()
    change(place)
    assert "app@1.0.9" not in place.spec()


def test_processes_may_write_at_once(place: Place) -> None:
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = set(pool.map(lambda _: place.spec(), range(6)))
    assert len(answers) == 1
    assert place.poisoned()
