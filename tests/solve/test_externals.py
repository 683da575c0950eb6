"""Externals of the configuration as concrete specs."""

from __future__ import annotations

import pytest
from tests.solve.corpus import HOST, FakePackages, flag, package

from spack.config.settings.package_settings import (
    ExternalDependency,
    ExternalEntry,
    PackageSettings,
)
from spack.errors import ConfigurationError, Origin
from spack.solve.problem.externals import Externals, UnconfiguredCompilerError, read_externals

RECIPES = (
    package("lib", "1.0", variants=[flag("shared", True)]),
    package("tool", "2.0", depends=["lib", ("c", "build")]),
    package("gcc", "12.2.0", provides=["c"], tags=["compiler"]),
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


def test_a_compiler_that_two_files_list_is_one() -> None:
    """The file of a site, and what the first search on this machine has found."""
    gcc = entry("gcc@12.2.0")
    other = gcc._replace(origin=Origin("site/packages.yaml", 9), extra_attributes={"a": 1})
    found = read(gcc=(gcc, other), tool=(entry("tool@2.0 %gcc"),))
    assert found.specs["tool"][0].dependencies[0].spec is found.specs["gcc"][0]
    elsewhere = other._replace(prefix="/opt/gcc")
    with pytest.raises(ConfigurationError, match="2 externals match the dependency gcc") as caught:
        read(gcc=(gcc, elsewhere), tool=(entry("tool@2.0 %gcc"),))
    assert "[site/packages.yaml:9]" in str(caught.value)


def test_an_ambiguous_dependency_is_an_error() -> None:
    needs = (ExternalDependency(id="mine"),)
    with pytest.raises(ConfigurationError, match="2 externals have the id"):
        read(
            lib=(entry("lib@1.0", "mine"), entry("lib@1.0", "mine")),
            tool=(entry("tool@2.0", needs=needs),),
        )


@pytest.mark.parametrize(
    "words, where",
    [
        ("os=redhat6", "redhat6"),
        ("platform=darwin os=ventura target=m1", "darwin"),
        ("target=aarch64", "aarch64"),
        ("arch=linux-debian12-power9le", "power9le"),
    ],
)
def test_an_external_of_another_machine_is_no_candidate(words: str, where: str) -> None:
    externals = read(lib=(entry(f"lib@1.0 {words}"),))
    assert "lib" not in externals.specs
    assert externals.rejected["lib"] == (f"lib@1.0 {words}: it is for {where} [packages.yaml:3]",)


@pytest.mark.parametrize(
    "words, target",
    [
        ("", HOST.family),
        (f"os={HOST.os} platform={HOST.platform}", HOST.family),
        ("os=default_os target=default_target", HOST.family),
        ("os=fe target=frontend", HOST.family),
        ("target=zen2", "zen2"),
        ("target=x86_64_v3:", "x86_64_v3"),
        ("target=:x86_64_v2", "x86_64_v2"),
    ],
)
def test_an_external_of_this_machine_has_its_system_and_one_target(words: str, target: str) -> None:
    (found,) = read(lib=(entry(f"lib@1.0 {words}"),)).specs["lib"]
    assert (found.platform, found.os, found.target) == (HOST.platform, HOST.os, target)


def test_of_two_compilers_of_one_version_that_of_this_system_counts() -> None:
    """Files are shared by machines: the dependency of the tool is not ambiguous."""
    here, there = entry("gcc@12.2.0"), entry("gcc@12.2.0 os=redhat6")
    found = read(gcc=(there, here), tool=(entry("tool@2.0 %gcc@12.2.0"),))
    assert [spec.os for spec in found.specs["gcc"]] == [HOST.os]
    (edge,) = found.specs["tool"][0].dependencies
    assert edge.spec is found.specs["gcc"][0]


def test_what_was_compiled_by_a_compiler_of_another_machine_is_of_that_machine() -> None:
    needs = (ExternalDependency(id="mine"),)
    externals = read(
        gcc=(entry("gcc@9.4.0 os=redhat6"),),
        tool=(entry("tool@2.0 %gcc@9.4.0", "mine"), entry("tool@1.0")),
        lib=(entry("lib@1.0", needs=needs), entry("lib@2.0")),
    )
    found = {name: [str(one.version) for one in specs] for name, specs in externals.specs.items()}
    assert found == {"tool": ["1.0"], "lib": ["2.0"]}
    assert "needs an external of another machine" in externals.rejected["lib"][0]


@pytest.mark.parametrize("needs", ["%gcc@9.4.0 os=redhat6", "^lib@1.0 target=aarch64"])
def test_a_dependency_may_say_that_an_entry_is_of_another_machine(needs: str) -> None:
    """An entry of this machine without an operating system is not the one that is meant."""
    here = {"gcc": (entry("gcc@9.4.0"),), "lib": (entry("lib@1.0"),)}
    externals = read(**here, tool=(entry(f"tool@2.0 {needs}"),))
    assert "tool" not in externals.specs
    assert "needs an external of another machine" in externals.rejected["tool"][0]


def test_the_compiler_of_a_dependency_tells_it_from_others() -> None:
    found = read(
        gcc=(entry("gcc@12.2.0"), entry("gcc@11.3.0")),
        tool=(entry("tool@2.0 %gcc@12.2.0"), entry("tool@2.0 %gcc@11.3.0")),
        lib=(entry("lib@1.0 ^tool %gcc@11.3.0"),),
    )
    (tool,) = [edge.spec for edge in found.specs["lib"][0].dependencies]
    assert [str(edge.spec.version) for edge in tool.dependencies] == ["11.3.0"]


def test_a_compiler_that_is_not_configured_is_told_with_its_place() -> None:
    with pytest.raises(UnconfiguredCompilerError) as caught:
        read(gcc=(entry("gcc@12.2.0"),), tool=(entry("tool@2.0 %gcc@9.4.0"),))
    assert "tool@2.0 %gcc@9.4.0 was compiled by gcc@9.4.0, which is not" in caught.value.message
    assert str(caught.value.origin) == "packages.yaml:3"
    assert caught.value.hint == "externals of gcc: gcc@12.2.0"
    assert caught.value.compiler == "gcc"
    with pytest.raises(ConfigurationError, match="depends on lib@2, which is not an external"):
        read(tool=(entry("tool@2.0 ^lib@2"),))
