"""The manual's page on the recipe interface: names are complete, and every example runs."""

from __future__ import annotations

import doctest
import os
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import spack.package
from spack.recipes.finding.repositories import Repository
from spack.recipes.records.record_cache import RecordCache
from spack.recipes.repository_names import directory_of
from spack.system.files.prefixes import Prefix

PAGE = Path(__file__).parents[2] / "lib" / "spack" / "docs" / "reference" / "recipe-api.rst"
TEXT = PAGE.read_text(encoding="utf-8")


def recipes() -> dict[str, str]:
    """The whole recipes of the page, by the name of their package."""
    found = {}
    for block in re.findall(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", TEXT):
        text = textwrap.dedent(block)
        found[re.findall(r"class (\w+)\(", text)[0].lower()] = text
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "spack_repo" / "page"
    for name, text in recipes().items():
        folder = root / "packages" / directory_of(name)
        folder.mkdir(parents=True)
        (folder / "package.py").write_text(text, encoding="utf-8")
    (root / "packages" / "relay" / "hwloc.patch").write_text("--- a\n+++ b\n")
    (root / "repo.yaml").write_text("repo:\n  namespace: page\n  api: v2.2\n")
    return Repository(str(root), cache=RecordCache(None, workers=1))


def test_every_name_has_its_place() -> None:
    words = set(re.findall(r"``(\w+)``", TEXT))
    assert set(spack.package.__all__) - words == set()


@pytest.mark.parametrize("name", recipes())
def test_a_recipe_of_the_page_is_read(repository: Repository, name: str) -> None:
    record = repository.extract(name)
    assert record.versions and record.description
    assert repository.package_class(name).name == name


def test_what_the_recipes_of_the_page_declare(repository: Repository) -> None:
    gadget, gauge = repository.extract("gadget"), repository.extract("gauge")
    assert [d.spec_text for d in gadget.dependencies] == ["c", "zlib-api", "ncurses@6:"]
    assert [(d.spec_text, d.when_text) for d in gauge.dependencies] == [
        ("mpi", "+mpi"),
        ("python@3.9:", None),
    ]
    assert [(c.spec_text, c.when_text) for c in gauge.conflicts] == [("@:1", "+mpi")]
    variants = {record.name: record for record in repository.extract("palette").variants}
    assert variants["shared"].kind == "bool" and variants["drivers"].default == ("none",)
    assert [value.when_text for value in variants["level"].values or ()] == [None, None, "@2:"]
    relay = repository.extract("relay")
    assert [patch.when_text for d in relay.dependencies for patch in d.patches] == ["@2.9"]
    assert repository.extract("tracer").detectable
    assert repository.extract("probe").test_names == ("test_version",)


def run_phases(repository: Repository, name: str, spec: str, prefix: Path) -> Any:
    """Run the phases of a recipe of the page in a prefix."""
    package = repository.package_class(name)(spec)
    package.spec.prefix = Prefix(str(prefix))
    for phase in spack.package.create_builder(package):
        phase.execute()
    return package


def test_phases_of_the_page(repository: Repository, tmp_path: Path) -> None:
    run_phases(repository, "stepper", "stepper@1.0 build_system=generic", tmp_path / "steps")
    assert (tmp_path / "steps" / "share" / "steps").read_text() == "prepare count"
    for version, word in (("2.0", "new"), ("1.0", "old")):
        place = tmp_path / word
        run_phases(repository, "gauge", f"gauge@{version} build_system=generic", place)
        assert os.listdir(place / "share") == [word]


def test_expressions_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = {name: getattr(spack.package, name) for name in spack.package.__all__}
    test = doctest.DocTestParser().get_doctest(TEXT, names, PAGE.name, str(PAGE), 0)
    assert len(test.examples) > 25
    problems: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=problems.append)
    assert not problems, "".join(problems)
