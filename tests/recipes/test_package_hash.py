"""The package hash of a node from its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.language.specs import Architecture, ConcreteSpec
from spack.language.versions import Version
from spack.recipes.package_hash import UnreadableRecipeError, package_hash, unconditional_hash
from spack.recipes.records import PackageRecord

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
