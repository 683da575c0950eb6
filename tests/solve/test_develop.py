"""Packages built from local sources."""

from __future__ import annotations

import pytest
from tests.solve.corpus import concretize, external, flag, node, package, world

from spack.errors import Origin
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.language.versions import Version
from spack.solve.asp import criteria
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import World
from spack.solve.problem.reuse import with_candidates


def developed(spec: str, here: World) -> World:
    entry = Located(parse_spec(f"{spec} dev_path=/src/lib"), Origin("spack.yaml", 9), spec)
    return here._replace(develop={"lib": entry})


def recipes() -> World:
    return world(
        [
            package("lib", "1.0", "2.0", "main", variants=[flag("x", False)]),
            package("app", depends=["lib"]),
        ]
    )


def test_the_entry_holds_wherever_the_package_is_used() -> None:
    here = developed("lib@=main+x", recipes())
    found = node(concretize(here, "app"), "lib")
    assert found.variants == {"x": True, "dev_path": "/src/lib"}
    assert str(found.version) == "main"


def test_a_version_that_no_recipe_knows_is_taken() -> None:
    found = node(concretize(developed("lib@=7.1", recipes()), "app"), "lib")
    assert found.version == Version("7.1")


def test_developed_packages_are_built() -> None:
    here = recipes()
    nodes = concretize(here, "app ^lib@=main").nodes()
    reusing = with_candidates(developed("lib@=main", here), nodes)
    assert concretize(reusing, "app").costs[criteria.BUILDS] == 2
    assert "lib" not in with_candidates(developed("lib", here), nodes).concrete


def test_78_what_was_developed_once_is_not_reused() -> None:
    here = recipes()
    nodes = concretize(developed("lib@=main", here), "app").nodes()
    assert node(concretize(with_candidates(here, nodes), "app"), "lib").variants == {"x": False}


def test_a_request_against_the_entry_is_explained() -> None:
    here = developed("lib@=main", recipes())
    with pytest.raises(UnsatisfiableRequestError, match="developed as lib@=main") as caught:
        concretize(here, "app ^lib@1.0")
    assert "spack.yaml:9" in str(caught.value)


def test_externals_of_other_packages_stay() -> None:
    here = developed("lib@=main", recipes())
    assert with_candidates(here, [external("app", "1.0")]).concrete["app"]
