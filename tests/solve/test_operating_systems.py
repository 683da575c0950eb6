"""Operating systems: the host's, and those that a request names."""

from __future__ import annotations

import pytest
from tests.solve.corpus import HOST, concretize, external, located, package, world

from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.solve.explaining.checks import WrongPlatformError
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.unify import solve_roots

RECIPES = (
    package("app", depends=["lib", ("c", "build")]),
    package("lib", "2.0", "1.0", depends=[("c", "build")]),
)


def systems(*words: str) -> dict[str, str]:
    lazy, full = concretize(world(RECIPES), *words), concretize(world(RECIPES), *words, lazy=False)
    assert lazy.costs == full.costs
    return {node.name: node.os for node in lazy.nodes() if node.os != HOST.os}


def test_a_requested_system_is_that_of_one_node() -> None:
    assert systems("app") == {}
    assert systems("app os=debian11") == {"app": "debian11"}
    assert systems("app os=debian11 ^lib os=debian11") == {"app": "debian11", "lib": "debian11"}
    assert systems(f"app os={HOST.os}") == {}


def test_another_system_costs_its_place() -> None:
    assert concretize(world(RECIPES), "app os=debian11").costs[230] == 1
    two = concretize(world(RECIPES), "app os=debian11", "lib os=debian10")
    assert two.costs[230] == 3


def of_system(spec: ConcreteSpec, system: str) -> ConcreteSpec:
    arch = Architecture(HOST.platform, system, HOST.family)
    return ConcreteSpec(
        spec.name, spec.version, arch, namespace=spec.namespace, external=spec.external
    )


def test_a_concrete_node_keeps_its_system() -> None:
    older = of_system(external("lib", "1.0"), "debian11")
    here = world(RECIPES, concrete=[older, external("lib", "1.0")])
    assert {n.name: n.os for n in concretize(here, "app").nodes()}["lib"] == HOST.os
    asked = concretize(here, "app ^lib os=debian11")
    assert {n.name: n.os for n in asked.nodes()}["lib"] == "debian11"
    only = world(RECIPES, concrete=[older])
    solution = concretize(only, "app")
    assert {n.name: n.os for n in solution.nodes()}["lib"] == "debian11"
    assert solution.costs[30] == 1


def test_two_systems_for_one_node() -> None:
    with pytest.raises(UnsatisfiableRequestError) as caught:
        concretize(world(RECIPES), "app os=debian11 ^lib os=debian11", "lib os=debian10")
    texts = [reason.text for reason in caught.value.reasons]
    assert any("os=debian11" in text for text in texts), texts


def test_only_roots_name_a_system_to_build_for() -> None:
    with pytest.raises(WrongPlatformError, match="lib was requested for debian11"):
        concretize(world(RECIPES), "app ^lib os=debian11")


def test_words_for_this_machine() -> None:
    root = [located("app os=default_os target=fe ^lib os=be target=default_target")]
    (spec,), _ = solve_roots(root, world(RECIPES), lambda spec, patches: "")
    assert {node.os for node in spec.traverse()} == {HOST.os}
    assert spec.target == spec.edge("lib").spec.target == HOST.targets[0]
