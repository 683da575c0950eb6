"""The packages that may be below others, conditions left aside."""

from __future__ import annotations

from tests.solve.corpus import FakePackages, package

from spack.language import deptypes
from spack.solve.problem.relations import Relations

PACKAGES = FakePackages(
    [
        package("app", depends=["solver", "docs"]),
        package("solver", depends=["blas"]),
        package("openblas", provides=["blas"], depends=["zlib", ("make", "build")]),
        package("docs", depends=["openblas"]),
        package("other", depends=["blas"]),
        package("zlib"),
        package("make"),
    ]
)


def ancestors(name: str, *roots: str) -> set[str]:
    relations = Relations(PACKAGES, PACKAGES.record)
    return set(relations.ancestors([name], deptypes.LINK, frozenset(roots)))


def test_who_names_a_provider_itself_is_above_it_and_who_names_its_virtual_is_not() -> None:
    assert ancestors("openblas") == {"docs", "app"}


def test_further_up_a_provider_is_reached_over_its_virtual_too() -> None:
    assert ancestors("zlib") == {"openblas", "docs", "solver", "other", "app"}


def test_nothing_above_a_root_counts() -> None:
    assert ancestors("zlib", "solver") == {"openblas", "docs", "solver", "other", "app"}
    assert ancestors("zlib", "openblas") == {"openblas"}


def test_edges_of_other_types_do_not_count() -> None:
    assert ancestors("make") == set()


def test_several_names_are_looked_for_at_once() -> None:
    relations = Relations(PACKAGES, PACKAGES.record)
    found = relations.ancestors(["openblas", "blas"], deptypes.LINK, frozenset())
    assert found == {"docs", "app", "solver", "other"}


def test_a_name_below_another_one_is_above_it_too() -> None:
    relations = Relations(PACKAGES, PACKAGES.record)
    found = relations.ancestors(["docs", "openblas"], deptypes.LINK, frozenset())
    assert found == {"docs", "app"}
