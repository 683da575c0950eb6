"""Builders of unmodified public recipes, a sample of them; needs SPACK_PUBLIC_RECIPES."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.recipes.bound.bound_spec import bind
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.finding.repositories import Repository, RepositoryPath

pytestmark = pytest.mark.skipif(
    "SPACK_PUBLIC_RECIPES" not in os.environ, reason="needs SPACK_PUBLIC_RECIPES"
)


class Prefixes:
    def prefix(self, spec: ConcreteSpec) -> str:
        return f"/prefix/{spec.name}"


def with_defaults(package_class: Any) -> ConcreteSpec:
    """The newest version with the default of every unconditional variant, without dependencies."""
    variants: dict[str, Any] = {}
    for when, group in package_class.variants.items():
        for name, definition in group.items():
            if str(when or "") == "" or name == "build_system":
                value = definition.default
                multi = definition.multi and isinstance(value, str)
                variants[name] = tuple(sorted(value.split(","))) if multi else value
    architecture = Architecture("linux", "debian12", "x86_64")
    newest = max(package_class.versions)
    return ConcreteSpec(package_class.name, newest, architecture, variants=variants)


def test_a_builder_is_made_for_each() -> None:
    root = Path(os.environ["SPACK_PUBLIC_RECIPES"], "spack_repo/builtin")
    path = RepositoryPath([Repository(str(root))])
    names = random.Random(35).sample(sorted(path.repositories[0].all_names()), 80)
    kinds = set()
    for name in names:
        package_class = path.package_class(name)
        if not package_class.versions:
            continue
        view = bind(with_defaults(package_class), Prefixes(), path)
        builder = create_builder(view.package)
        assert len(builder) > 0, name
        assert create_builder(view.package) is builder
        kinds.add(type(builder).__name__)
    assert {"CMakeBuilder", "AutotoolsBuilder", "PythonPipBuilder"} <= kinds
