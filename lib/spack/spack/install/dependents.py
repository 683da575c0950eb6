"""Knowledge of the packages that need a node for its build: their patches, and their compilers."""

from __future__ import annotations

from collections.abc import Sequence

from spack.builds.wrapper.placing import PACKAGE_NAME
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple


class Dependents(NamedTuple):
    """The nodes that depend on one node.

    Attributes:
        names: qualified names of their packages, which may have patches for it; sorted.
        compilers: of the compiler wrapper, the nodes that compile C for them.
    """

    names: tuple[str, ...] = ()
    compilers: tuple[ConcreteSpec, ...] = ()


def dependents_of_all(roots: Sequence[ConcreteSpec]) -> dict[str, Dependents]:
    """The dependents of every node of the graphs that has some, by hash."""
    names: dict[str, set[str]] = {}
    compilers: dict[str, dict[str, ConcreteSpec]] = {}
    for root in roots:
        for node in root.traverse():
            qualified = f"{node.namespace}.{node.name}" if node.namespace else node.name
            for edge in node.dependencies:
                names.setdefault(edge.spec.dag_hash(), set()).add(qualified)
                if edge.spec.name == PACKAGE_NAME:
                    found = compilers.setdefault(edge.spec.dag_hash(), {})
                    for other in node.dependencies:
                        if "c" in other.virtuals:
                            found[other.spec.dag_hash()] = other.spec
    return {
        digest: Dependents(tuple(sorted(found)), tuple(compilers.get(digest, {}).values()))
        for digest, found in names.items()
    }
