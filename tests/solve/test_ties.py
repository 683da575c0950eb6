"""Choices that no criterion makes are always made the same way: as for a solve without reuse."""

from __future__ import annotations

import itertools

import pytest
from tests.solve.corpus import LLVM, compiler, concretize, external, names, node, package, world
from tests.solve.scenario_parts import C, child, gcc

from spack.language.concrete_specs import ConcreteSpec, External
from spack.solve.asp.criteria import TIES
from spack.solve.problem.request import Solution, World
from spack.solve.problem.reuse import with_candidates

OLD, NEW = gcc("11.3.0"), gcc("12.2.0")
RECIPES = (
    package("lib", depends=[C]),
    package("app", depends=[C, "lib"]),
    package("user", depends=["v"]),
    package("zeta", provides=["v"]),
    package("beta", provides=["v", "w"]),
    package("alpha", provides=["w"]),
    package("mid", provides=["v"]),
)


def here(**providers: tuple[str, ...]) -> World:
    usable = [compiler(OLD), compiler(NEW), compiler(LLVM, "c", "cxx")]
    return world(RECIPES, compilers=usable, providers=providers)


def both(world_: World, root: str) -> Solution:
    lazy, full = concretize(world_, root), concretize(world_, root, lazy=False)
    assert lazy.costs == full.costs and lazy.roots == full.roots
    assert TIES not in lazy.costs
    return lazy


def builds(*roots: str) -> list[ConcreteSpec]:
    """Libraries that were installed one after the other."""
    return [node(concretize(here(), root), "lib") for root in roots]


@pytest.mark.parametrize("root", ["user", "v"])
def test_providers_outside_the_list_are_taken_by_name(root: str) -> None:
    assert "beta" in names(both(here(), root))
    assert "beta" in names(both(here(w=("alpha",)), root))
    assert "mid" in names(both(here(v=("mid",)), root))


@pytest.mark.parametrize("wanted, found", [("lib", NEW), ("lib %gcc@11", OLD), ("app", NEW)])
def test_of_equal_installations_the_one_of_the_better_compiler(
    wanted: str, found: ConcreteSpec
) -> None:
    installed = builds("lib %clang", "lib %gcc@11", "lib %gcc@12")
    installed += builds("lib cflags=-g %gcc@12")
    for order in itertools.permutations(installed):
        lib = node(both(with_candidates(here(), order), wanted), "lib")
        assert child(lib, "gcc").dag_hash() == found.dag_hash()
        assert lib.dag_hash() in {spec.dag_hash() for spec in installed}
        assert not lib.flags["cflags"]


def test_a_compiler_that_is_asked_for_decides_before() -> None:
    installed = builds("lib %gcc@12", "lib %clang")
    lib = node(both(with_candidates(here(), installed), "lib %clang"), "lib")
    assert child(lib, "llvm").dag_hash() == LLVM.dag_hash()


def test_of_equal_externals_the_first_that_is_configured() -> None:
    plain = external("lib", "1.0")
    first, second = (
        ConcreteSpec("lib", plain.version, plain.arch, namespace="test", external=External(path))
        for path in ("/opt/z", "/opt/a")
    )
    for one, other in ((first, second), (second, first)):
        start = here()
        found = both(start._replace(concrete={**start.concrete, "lib": (one, other)}), "lib")
        assert node(found, "lib").external == one.external
