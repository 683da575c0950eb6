"""Compilers of what is not built here: named in requests and requirements, and preferred ones."""

from __future__ import annotations

import pytest
from tests.solve.corpus import LLVM, compiler, concretize, external, node, package, world
from tests.solve.scenario_parts import CXX, C, child, gcc, group, installed

from spack.config.settings.package_settings import PackageSettings
from spack.errors import Origin
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec
from spack.solve.asp import criteria
from spack.solve.explaining.checks import RefusedRequestError
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.preferences import read_preferred_compilers
from spack.solve.problem.request import Preferences, Solution, World
from spack.solve.problem.reuse import with_candidates

OLD, NEW = gcc("11.3.0"), gcc("12.2.0")
RECIPES = (
    package("make", "4.4", "4.3", depends=[C]),
    package("lib", depends=[C, ("make", "build")]),
    package("app", depends=[C, CXX, "lib"]),
)
PLACE = Origin("packages.yaml", 3)


def compiled_external(name: str, version: str, by: ConcreteSpec) -> ConcreteSpec:
    plain = external(name, version)
    return ConcreteSpec(
        name,
        plain.version,
        plain.arch,
        namespace="test",
        dependencies=(ConcreteEdge(by, deptypes.BUILD, ("c",)),),
        external=plain.external,
    )


def both(here: World, *roots: str) -> Solution:
    lazy, full = concretize(here, *roots), concretize(here, *roots, lazy=False)
    assert lazy.costs == full.costs
    return lazy


def with_make(*makes: ConcreteSpec, require: str | None = None, shared: bool = True) -> World:
    groups = () if require is None else (group("one_of", require)._replace(shared=shared),)
    return world(
        RECIPES,
        compilers=[compiler(NEW), compiler(OLD)],
        concrete=makes,
        preferences={
            "make": Preferences(groups=groups, buildable=False),
            "all": Preferences(groups=groups),
        },
    )


@pytest.mark.parametrize("root", ["make %gcc", "make %c=gcc", "make %gcc@12", "lib ^make %gcc@12"])
def test_the_compiler_that_an_external_names_can_be_asked_for(root: str) -> None:
    make = compiled_external("make", "4.4", NEW)
    assert node(both(with_make(make), root), "make") is make


def test_the_compiler_asked_for_chooses_among_externals() -> None:
    makes = [compiled_external("make", "4.4", NEW), compiled_external("make", "4.3", OLD)]
    assert node(both(with_make(*makes), "make"), "make") is makes[0]
    assert node(both(with_make(*makes), "make %gcc@11"), "make") is makes[1]
    # What the external was compiled by says nothing about what is built.
    solution = both(with_make(*makes), "lib %gcc@12 ^make %gcc@11")
    assert node(solution, "make") is makes[1]
    assert child(node(solution, "lib"), "gcc") is NEW


def test_another_compiler_than_that_of_the_external_is_refused() -> None:
    with pytest.raises(UnsatisfiableRequestError, match="%gcc@11"):
        concretize(with_make(compiled_external("make", "4.4", NEW)), "make %gcc@11")


def test_what_is_installed_is_reused_if_its_compiler_is_the_one_asked_for() -> None:
    here = installed(world(RECIPES, compilers=[compiler(NEW), compiler(OLD)]), "lib %gcc@11")
    assert criteria.BUILDS not in both(here, "lib %gcc@11").costs
    assert both(here, "lib %gcc@12").costs[criteria.BUILDS] > 0
    assert both(here, "app ^lib %gcc@11").costs[criteria.BUILDS] == 1


def test_a_compiler_that_is_gone_can_be_asked_for_where_something_was_built_with_it() -> None:
    before = installed(world(RECIPES, compilers=[compiler(gcc("13.1"))]), "lib")
    rows = {name: specs for name, specs in before.concrete.items() if name != "gcc"}
    here = world(RECIPES, compilers=[compiler(NEW)])
    here = here._replace(concrete={**rows, "gcc": (NEW,)})
    assert criteria.BUILDS not in both(here, "lib %gcc@13").costs
    with pytest.raises(RefusedRequestError):
        concretize(here, "app %gcc@13")


def test_a_compiler_required_of_all_leaves_externals_that_name_none_alone() -> None:
    make = external("make", "4.3")
    assert node(both(with_make(make, require="%gcc@11"), "lib"), "make") is make
    assert node(both(with_make(make, require="@4.3 %gcc@11"), "make"), "make") is make
    with pytest.raises(UnsatisfiableRequestError):
        concretize(with_make(make, require="@4.4 %gcc@11"), "make")
    with pytest.raises(UnsatisfiableRequestError):
        concretize(with_make(make, require="%gcc@11", shared=False), "make")
    with pytest.raises(UnsatisfiableRequestError):
        concretize(with_make(compiled_external("make", "4.3", NEW), require="%gcc@11"), "make")


def test_what_may_be_built_is_built_by_the_compiler_required_of_all() -> None:
    here = with_make(external("make", "4.3"), require="%gcc@11")
    everything = here.preferences["all"]
    solution = both(here._replace(preferences={"all": everything}), "make")
    assert child(node(solution, "make"), "gcc") is OLD


def preferring(**listed: tuple[str, ...]) -> World:
    compilers = [compiler(NEW), compiler(OLD), compiler(LLVM, "c", "cxx")]
    settings = {
        name: PackageSettings(compiler=texts, compiler_origin=PLACE)
        for name, texts in listed.items()
    }
    here = world(RECIPES, compilers=compilers)
    return here._replace(preferred_compilers=read_preferred_compilers(settings, compilers))


def compilers_of(here: World, *roots: str) -> dict[str, str]:
    return {
        spec.name: f"{edge.spec.name}@{edge.spec.version}"
        for spec in both(here, *roots).nodes()
        for edge in spec.dependencies
        if "c" in edge.virtuals
    }


def test_the_first_usable_compiler_that_all_prefers() -> None:
    everything = ("make", "lib", "app")
    assert compilers_of(preferring(), "app") == dict.fromkeys(everything, "gcc@12.2.0")
    old = compilers_of(preferring(all=("cce@19", "gcc@11.3.0", "clang")), "app")
    assert old == dict.fromkeys(everything, "gcc@11.3.0")
    clang = compilers_of(preferring(all=("%clang", "gcc@11.3.0")), "app")
    assert clang == dict.fromkeys(everything, "llvm@15.0")


def test_a_preferred_compiler_is_no_demand() -> None:
    assert compilers_of(preferring(all=("gcc@11.3.0",)), "make %gcc@12") == {"make": "gcc@12.2.0"}
    nothing = preferring(all=("cce@19",))
    assert not nothing.preferred_compilers
    assert both(nothing, "app").costs == both(preferring(), "app").costs


def test_the_preference_of_a_package_comes_before_that_of_all() -> None:
    found = compilers_of(preferring(all=("gcc@12",), make=("gcc@11.3.0",)), "app")
    assert found == {"app": "gcc@12.2.0", "lib": "gcc@12.2.0", "make": "gcc@11.3.0"}


@pytest.mark.parametrize("wanted", ["%%gcc", "%%c=gcc", "%%[when=%c] c=gcc"])
@pytest.mark.parametrize("by, cost", [("%gcc@12", 0), ("%gcc@11", 0), ("%clang", 2)])
def test_what_is_preferred_below_is_looked_up_in_records(wanted: str, by: str, cost: int) -> None:
    """A reused library meets the preference if its record names such a compiler."""
    recipes = (*RECIPES, package("bundle", depends=["lib", C]))
    here = world(recipes, compilers=[compiler(NEW), compiler(OLD), compiler(LLVM, "c", "cxx")])
    there = installed(here, f"lib {by}")
    fixed = with_candidates(
        here._replace(preferences={**here.preferences, "lib": Preferences(buildable=False)}),
        [spec for specs in there.concrete.values() for spec in specs],
    )
    found = both(fixed, f"bundle {wanted}")
    fresh = concretize(here, f"bundle {wanted}").costs.get(criteria.REQUIREMENTS, 0)
    assert found.costs.get(criteria.REQUIREMENTS, 0) == fresh + cost
