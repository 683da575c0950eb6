"""Concrete specs and a solver that always has an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from spack.environments.manifests.spec_lists import UserSpec
from spack.environments.solve_graph import Known, SolveNode
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec
from spack.language.modes import Unify
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.language.versions import Version


def concrete(text: str, *link: ConcreteSpec) -> ConcreteSpec:
    """``name@version`` as a concrete spec with link dependencies; the version defaults to 1.0."""
    name, _, version = text.partition("@")
    return ConcreteSpec(
        name,
        Version(version or "1.0"),
        Architecture("linux", "debian12", "x86_64"),
        dependencies=tuple(ConcreteEdge(spec, deptypes.LINK | deptypes.BUILD) for spec in link),
    )


def alone(roots: Sequence[UserSpec], unify: Unify = Unify.SEPARATELY) -> list[SolveNode]:
    """The graph of an environment without groups."""
    return [SolveNode("", tuple(roots), unify=unify)]


class FakeSolver:
    """Answers every root with its name and version, above a common ``base``; counts questions."""

    def __init__(self) -> None:
        self.questions: list[tuple[list[str], str, list[str]]] = []
        self.fixed: list[list[str]] = []
        self.needed: list[list[str]] = []
        self.base = concrete("base")
        self.versions: dict[str, str] = {}

    def __call__(
        self, node: SolveNode, roots: Sequence[Located], known: Known
    ) -> Mapping[str, ConcreteSpec]:
        self.questions.append(
            ([root.text for root in roots], node.unify, sorted(s.name for s in known.candidates))
        )
        self.needed.append([spec.name for spec in known.needed])
        self.fixed.append([spec.name for spec in known.fixed])
        answer = {}
        for root in roots:
            spec = parse_spec(root.text)
            version = self.versions.get(str(spec.name)) or str(spec.versions.concrete or "1.0")
            answer[root.text] = concrete(f"{spec.name}@{version}", self.base)
        return answer


@pytest.fixture
def solver() -> FakeSolver:
    return FakeSolver()
