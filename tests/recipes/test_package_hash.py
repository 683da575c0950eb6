"""The package hash of a node from its record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.versions import Version
from spack.recipes.hashing.package_hash import (
    UnreadableRecipeError,
    package_hash,
    unconditional_hash,
)
from spack.recipes.records.package_records import PackageRecord

NODE = ConcreteSpec("p", Version("1"), Architecture("linux", "debian12", "x86_64"))


def test_a_recipe_that_is_gone_is_named(tmp_path: Path) -> None:
    record = PackageRecord("p", "mine", path=str(tmp_path / "package.py"))
    with pytest.raises(UnreadableRecipeError, match=r"package\.py"):
        package_hash(record, NODE)


def test_only_recipes_without_conditions_have_one_hash(tmp_path: Path) -> None:
    recipe = tmp_path / "package.py"
    recipe.write_text("class P:\n    def f(self):\n        return 1\n")
    digest = unconditional_hash(str(recipe))
    assert len(digest) == 32
    kept = PackageRecord("p", "mine", path=str(recipe), recipe_hash=digest, has_code=False)
    read = PackageRecord("p", "mine", path=str(recipe), has_code=False)
    assert package_hash(kept, NODE) == package_hash(read, NODE)
    recipe.write_text("class P:\n    @when('@1')\n    def f(self):\n        return 1\n")
    assert unconditional_hash(str(recipe)) == ""


def test_hashes_of_conditional_recipes_are_kept_by_content_and_answers(tmp_path: Path) -> None:
    recipe, cache = tmp_path / "package.py", tmp_path / "cache"
    text = "class P:\n    @when('@1')\n    def f(self):\n        return {}\n"
    newer = ConcreteSpec("p", Version("2"), NODE.arch)
    record = PackageRecord("p", "mine", path=str(recipe), has_code=False)

    def hashes(directory: str | None) -> list[str]:
        return [package_hash(record, node, cache=directory) for node in (NODE, newer)]

    recipe.write_text(text.format(1))
    first = hashes(None)
    assert first[0] != first[1]
    assert hashes(str(cache)) == first == hashes(str(cache))
    (kept,) = cache.iterdir()
    assert len(json.loads(kept.read_text())) == 2
    recipe.write_text(text.format(2))
    assert hashes(str(cache)) == hashes(None) != first
    kept.write_text("{")
    recipe.write_text(text.format(1))
    assert hashes(str(cache)) == first


def test_kept_hashes_are_used(tmp_path: Path) -> None:
    recipe, cache = tmp_path / "package.py", tmp_path / "cache"
    recipe.write_text("class P:\n    @when('@1')\n    def f(self):\n        return 1\n")
    record = PackageRecord("p", "mine", path=str(recipe), has_code=False)
    before = package_hash(record, NODE, cache=str(cache))
    (kept,) = cache.iterdir()
    kept.write_text(json.dumps([[[["@1", True]], "other"]]))
    assert package_hash(record, NODE, cache=str(cache)) != before
