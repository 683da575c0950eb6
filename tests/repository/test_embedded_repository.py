"""Every recipe of the embedded repository is read, and says what it must."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hand_made import EMBEDDED, found_on_machine, on_machine, repositories

from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.hashing.recipe_text import recipe_text

NAMES = sorted(
    path.parent.name.lstrip("_").replace("_", "-")
    for path in EMBEDDED.glob("packages/*/package.py")
)
#: Directives whose names must not be on the machine of the developer only.
EMBEDDED_SOURCES = ("heat-grid", "heat-report", "heat-solver", "heat2d")


def test_the_repository_names_itself() -> None:
    repository = repositories().repositories[0]
    assert (repository.namespace, repository.api) == ("builtin", (2, 2))
    assert sorted(repository.all_names()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_recipe_is_complete(name: str) -> None:
    package_class = repositories().package_class(name)
    record = repositories().record(name)
    assert package_class.name == record.name == name
    assert package_class.__doc__
    assert str(package_class.homepage).startswith("http")
    if record.has_code:
        assert record.versions
        for version in record.versions:
            assert version.checksum is not None, version.version
            assert version.checksum[0] == "sha256"


@pytest.mark.parametrize("name", NAMES)
def test_every_dependency_is_in_the_repository(name: str) -> None:
    path = repositories()
    for dependency in repositories().record(name).dependencies:
        wanted = dependency.spec.name
        assert wanted is not None
        assert path.exists(wanted) or path.is_virtual(wanted), wanted


@pytest.mark.parametrize("name", NAMES)
def test_recipe_has_a_canonical_text(name: str) -> None:
    source = Path(repositories().repository_of(name).recipe_file(name)).read_text()
    text = recipe_text(source, lambda condition: None)
    assert "version(" not in text.split("class ", 1)[1].split("def ", 1)[0]
    ast.parse(text)


@pytest.mark.parametrize("name", EMBEDDED_SOURCES)
def test_sources_are_those_of_the_recipe(name: str) -> None:
    package_class = repositories().package_class(name)
    from spack_repo.builtin.build_systems.embedded import digest_of_tree

    found = digest_of_tree(str(Path(package_class.package_dir, "src")))
    assert found == package_class.source_sha256, f"write {found} into the recipe of {name}"


@pytest.mark.parametrize("virtual, provider", [("c", "gcc"), ("fortran", "gcc"), ("libc", "musl")])
def test_providers(virtual: str, provider: str) -> None:
    assert repositories().is_virtual(virtual)
    assert provider in repositories().providers(virtual)


@pytest.mark.parametrize(
    "name, tag",
    [
        ("gcc", "compiler"),
        ("gcc", "detectable"),
        ("llvm", "compiler"),
        ("gcc-runtime", "runtime"),
        ("cmake", "detectable"),
    ],
)
def test_tags(name: str, tag: str) -> None:
    assert tag in repositories().record(name).tags


@pytest.mark.skipif(found_on_machine("gcc") is None, reason="needs gcc")
def test_gcc_is_found_with_its_languages() -> None:
    gcc = on_machine("gcc")
    assert gcc.external is not None
    compilers = gcc.external.extra_attributes["compilers"]
    assert Path(compilers["c"]).name.startswith("gcc")
    assert Path(compilers["cxx"]).name.startswith("g++")
    assert ("fortran" in gcc.variants["languages"]) == ("fortran" in compilers)  # type: ignore[operator]


@pytest.mark.skipif(found_on_machine("gcc") is None, reason="needs gcc")
def test_recipes_can_look_for_their_own_package() -> None:
    from spack.recipes.classes.detection import by_path

    gcc = on_machine("gcc")
    assert gcc.external is not None
    directory = str(Path(gcc.external.extra_attributes["compilers"]["c"]).parent)
    found = by_path(["gcc"], path_hints=[directory])["gcc"]
    assert any(one.spec.satisfies(f"gcc@{gcc.version} languages=c,c++") for one in found)


class Rules:
    """Receives what a compiler says about the packages that it compiles."""

    def __init__(self) -> None:
        self.said: Any = []

    def __call__(self, name: str) -> Any:
        rules = self

        class OfOne:
            def __getattr__(self, kind: str) -> Any:
                return lambda *args, **kwargs: rules.said.append((name, kind, args, kwargs))

        return OfOne()


@pytest.mark.parametrize("version, interface", [("12.2.0", 5), ("7.5.0", 4), ("4.8.5", 3)])
def test_gcc_names_its_runtime(version: str, interface: int) -> None:
    from types import SimpleNamespace

    rules = Rules()
    package_class = repositories().package_class("gcc")
    package_class.runtime_constraints(spec=SimpleNamespace(version=version), pkg=rules)
    dependencies = [args[0] for name, kind, args, _ in rules.said if kind == "depends_on"]
    assert dependencies.count(f"gcc-runtime@{version}:") == 3
    assert f"libgfortran@{interface}" in dependencies
    assert ("gcc-runtime", "requires", (f"@={version}",), {"when": f"%gcc@={version}"}) in (
        rules.said
    )


def test_build_systems_have_builders() -> None:
    from hand_made import compiled, node

    from spack.recipes.bound.bound_spec import bind

    for name, build_system, phases in (
        ("xz", "autotools", ["autoreconf", "configure", "build", "install"]),
        ("utf8proc", "cmake", ["cmake", "build", "install"]),
        ("bzip2", "makefile", ["edit", "build", "install"]),
        ("py-six", "python_pip", ["install"]),
        ("compiler-wrapper", "bundle", ["install"]),
        ("gmake", "generic", ["install"]),
    ):
        edges = compiled("c") if found_on_machine("gcc") else ()
        view = bind(node(name, "1", build_system, edges), None, repositories())
        assert [phase.name for phase in create_builder(view.package)] == phases
