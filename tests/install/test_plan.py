"""The decisions of an installation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from tests.install.graphs import external, node

from spack.builds.events import StepAction
from spack.builds.options import CachePolicy, InstallOptions, Only
from spack.install.plan import MissingBinariesError, MissingDependenciesError, Plan, make_plan
from spack.language import modes
from spack.language.concrete_specs import ConcreteSpec

ZLIB = node("zlib", (node("gmake"), "build"))
LIB = node("lib", ZLIB, (node("cmake"), "build"), (node("pytest"), "test"))
APP = node("app", LIB, (node("perl"), "run"))


def plan(
    roots: Sequence[ConcreteSpec],
    *,
    installed: Iterable[str] = (),
    binaries: Iterable[str] = (),
    explicit: frozenset[str] = frozenset(),
    **options: Any,
) -> Plan:
    there, cached = set(installed), set(binaries)
    return make_plan(
        roots,
        explicit,
        InstallOptions(**options),
        is_installed=lambda spec: spec.name in there,
        has_binary=lambda spec: spec.name in cached,
    )


def actions(found: Plan) -> dict[str, str]:
    return {step.spec.name: step.action.value for step in found.steps.values()}


def test_everything_is_built_leaves_first() -> None:
    found = plan([APP], explicit=frozenset({APP.dag_hash()}))
    order = [step.spec.name for step in found.steps.values()]
    assert set(order) == {"app", "lib", "zlib", "gmake", "cmake", "perl"}
    for step in found.steps.values():
        for need in step.needs:
            assert order.index(found.steps[need].spec.name) < order.index(step.spec.name)
    assert [s.spec.name for s in found.steps.values() if s.explicit] == ["app"]
    assert [s.spec.name for s in found.steps.values() if s.is_root] == ["app"]
    assert found.event([APP], 1.0).count(StepAction.BUILD) == 6


def test_what_is_installed_is_not_followed() -> None:
    found = plan([APP], installed=["lib"])
    assert set(actions(found)) == {"app", "perl"}
    assert [spec.name for spec in found.installed] == ["lib"]
    assert found.steps[APP.dag_hash()].needs == (
        next(e.spec.dag_hash() for e in APP.dependencies if e.spec.name == "perl"),
    )
    assert plan([APP], installed=["app"]).steps == {}


def test_roots_are_overwritten_and_nothing_else() -> None:
    found = plan([LIB], installed=["lib", "zlib", "cmake"], overwrite=True)
    assert [(s.spec.name, s.overwrite) for s in found.steps.values()] == [("lib", True)]
    assert [spec.name for spec in found.installed] == ["cmake", "zlib"]


def test_tests_need_their_dependencies() -> None:
    for tests in (modes.Tests(roots=True), modes.Tests(names=frozenset({"lib"}))):
        found = plan([LIB], tests=tests)
        assert "pytest" in actions(found)
        assert [s.spec.name for s in found.steps.values() if s.run_tests] == ["lib"]
    assert "pytest" not in actions(plan([APP], tests=modes.Tests(roots=True)))
    every = plan([APP], tests=modes.Tests(every=True))
    assert "pytest" in actions(every) and all(s.run_tests for s in every.steps.values())


def test_binaries_need_no_build_dependencies() -> None:
    assert actions(plan([LIB], binaries=["lib", "zlib"])) == {"lib": "binary", "zlib": "binary"}
    with_tools = actions(plan([LIB], binaries=["lib", "zlib"], include_build_deps=True))
    assert with_tools["cmake"] == "build"
    never = actions(plan([LIB], binaries=["lib", "zlib"], dependency_policy=CachePolicy.NEVER))
    assert never == {"lib": "binary", "zlib": "build", "gmake": "build"}


def test_only_build_caches() -> None:
    only = {"root_policy": CachePolicy.ONLY, "dependency_policy": CachePolicy.ONLY}
    assert actions(plan([LIB], binaries=["lib", "zlib"], **only))["lib"] == "binary"
    with pytest.raises(MissingBinariesError, match="specs are not in any build cache") as caught:
        plan([APP], binaries=["app"], **only)
    assert "perl@1.0 /" in str(caught.value)


def test_only_package() -> None:
    with pytest.raises(MissingDependenciesError) as caught:
        plan([LIB], only=Only.PACKAGE)
    assert "cmake@1.0" in str(caught.value) and "zlib@1.0" in str(caught.value)
    assert list(actions(plan([LIB], only=Only.PACKAGE, installed=["zlib", "cmake"]))) == ["lib"]


def test_only_dependencies() -> None:
    assert set(actions(plan([LIB], only=Only.DEPENDENCIES))) == {"zlib", "cmake", "gmake"}
    both = plan([LIB, ZLIB], only=Only.DEPENDENCIES)
    assert set(actions(both)) == {"zlib", "cmake", "gmake"}, "zlib is also a dependency"


def test_externals_are_registered() -> None:
    gcc = external("gcc", "/usr")
    found = plan([node("app", (gcc, "build"))])
    assert actions(found) == {"gcc": "external", "app": "build"}
