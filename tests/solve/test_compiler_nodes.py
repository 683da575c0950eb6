"""A compiler node compiles all that it can for whoever builds with it, or is another node."""

from __future__ import annotations

import pytest
from tests.solve.corpus import GCC, LLVM, compiler, concretize, node, package, world
from tests.solve.scenario_parts import CXX, FORTRAN, C, gcc, prefer

from spack.solve.asp import criteria
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import Preferences, Solution, World

RECIPES = (
    package("app", depends=[C, CXX, "mpi", "lib"]),
    package("lib", depends=[C]),
    package("mpich", depends=[C, CXX, FORTRAN], provides=["mpi"]),
    package("plain-mpi", depends=[C], provides=["mpi"]),
    package("linked", depends=[C, ("llvm", "build")]),
)


def here(strategy: str = "minimal", **preferences: Preferences) -> World:
    found = world(
        RECIPES,
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
        providers={"mpi": ("mpich", "plain-mpi")},
        preferences=preferences,
    )
    return found._replace(duplicates=strategy)


def both(world_: World, *roots: str) -> Solution:
    lazy, full = concretize(world_, *roots), concretize(world_, *roots, lazy=False)
    assert lazy.costs == full.costs
    return lazy


def compilers(found: Solution, name: str) -> dict[str, str]:
    return {
        language: edge.spec.name
        for edge in node(found, name).dependencies
        for language in edge.virtuals
        if language in ("c", "cxx", "fortran")
    }


def test_gcc_compiles_fortran_only_as_a_second_node() -> None:
    """One node is the compiler of C of app, so that mpich needs another one for Fortran."""
    found = both(here(), "app %gcc ^mpich %c,cxx=clang %fortran=gcc")
    assert compilers(found, "app") == {"c": "gcc", "cxx": "gcc"}
    assert compilers(found, "mpich") == {"c": "llvm", "cxx": "llvm", "fortran": "gcc"}
    assert found.costs[criteria.DUPLICATES] == 3
    assert found.costs[criteria.VERSION] == 2


def test_one_node_where_nobody_takes_c_from_it() -> None:
    found = both(here(), "mpich %c=clang")
    assert compilers(found, "mpich") == {"c": "llvm", "cxx": "llvm", "fortran": "gcc"}
    assert criteria.DUPLICATES not in found.costs


def test_another_provider_spares_the_second_node() -> None:
    found = both(here(all=prefer("%clang")), "app %gcc")
    assert compilers(found, "app") == {"c": "gcc", "cxx": "gcc"}
    assert compilers(found, "plain-mpi") == {"c": "llvm"}
    assert {c for c in found.costs if criteria.DUPLICATES <= c < criteria.BUILDS} == {100}


def test_a_third_node_of_gcc_is_too_many() -> None:
    three = here()._replace(
        compilers=(compiler(GCC), compiler(gcc("11.3.0")), compiler(LLVM, "c", "cxx"))
    )
    three = three._replace(concrete={**three.concrete, "gcc": (GCC, gcc("11.3.0"))})
    request = "app %gcc@12 ^mpich %c,cxx=clang %fortran=gcc@11"
    assert both(three, request).costs[criteria.DUPLICATES] == 3
    one = three._replace(max_duplicates={**three.max_duplicates, "gcc": 1})
    with pytest.raises(UnsatisfiableRequestError):
        concretize(one, request)


def test_a_compiler_that_compiles_for_others_compiles_what_depends_on_it() -> None:
    found = both(here(), "linked")
    assert compilers(found, "linked") == {"c": "gcc"}
    one = here()._replace(max_duplicates={"default": 1, "c": 2, "cxx": 2, "gcc": 2, "llvm": 1})
    found = both(one, "linked", "plain-mpi %clang")
    assert compilers(found, "linked") == {"c": "llvm"}


def test_full_duplicates_are_of_what_runs_and_builds_and_no_compilers() -> None:
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here("full"), "app %gcc ^plain-mpi %clang")
    found = both(here("full"), "plain-mpi %clang")
    assert criteria.EDGE_PROVIDERS not in found.costs
    assert both(here(), "plain-mpi %clang").costs[criteria.EDGE_PROVIDERS] == 1
