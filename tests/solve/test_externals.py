"""Externals of the configuration as concrete specs."""

from __future__ import annotations

import pytest
from tests.solve.corpus import HOST, FakePackages, flag, package

from spack.config.settings.package_settings import (
    ExternalDependency,
    ExternalEntry,
    PackageSettings,
)
from spack.errors import Origin
from spack.solve.problem.externals import ExternalError, Externals, read_externals

RECIPES = (
    package("lib", "1.0", variants=[flag("shared", True)]),
    package("tool", "2.0", depends=["lib"]),
)


def entry(
    spec: str, identifier: str = "", *, needs: tuple[ExternalDependency, ...] = ()
) -> ExternalEntry:
    return ExternalEntry(
        spec, "/opt/x", (), identifier or None, {}, needs, Origin("packages.yaml", 3)
    )


def read(**entries: tuple[ExternalEntry, ...]) -> Externals:
    settings: dict[str, PackageSettings] = {
        name: PackageSettings(externals=own) for name, own in entries.items()
    }
    return read_externals(FakePackages(RECIPES), settings, HOST, lambda spec, patches: "")


def test_missing_variants_get_their_defaults() -> None:
    (found,) = read(lib=(entry("lib@1.0"),)).specs["lib"]
    assert found.variants == {"shared": True}
    assert found.target == HOST.family
    assert found.external is not None and found.external.path == "/opt/x"


def test_an_entry_without_an_exact_version_is_passed_over_with_its_place() -> None:
    externals = read(lib=(entry("lib@1:"),))
    assert "lib" not in externals.specs
    assert "packages.yaml:3" in externals.rejected["lib"][0]


def test_dependencies_bind_one_other_external() -> None:
    needs = (ExternalDependency(id="mine"),)
    found = read(lib=(entry("lib@1.0", "mine"),), tool=(entry("tool@2.0", needs=needs),))
    (tool,) = found.specs["tool"]
    assert [edge.spec.name for edge in tool.dependencies] == ["lib"]


def test_an_ambiguous_dependency_is_an_error() -> None:
    needs = (ExternalDependency(id="mine"),)
    with pytest.raises(ExternalError, match="2 externals have the id"):
        read(
            lib=(entry("lib@1.0", "mine"), entry("lib@1.0", "mine")),
            tool=(entry("tool@2.0", needs=needs),),
        )
