"""The differences between a spliced spec and the spec that it was built as. Pure."""

from __future__ import annotations

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec

_KEPT = deptypes.LINK | deptypes.RUN


def exchanged(original: ConcreteSpec, spliced: ConcreteSpec) -> dict[ConcreteSpec, ConcreteSpec]:
    """The replacement of each node that the original linked or ran, if that is another node."""
    found: dict[ConcreteSpec, ConcreteSpec] = {}
    seen: set[str] = set()

    def compare(old: ConcreteSpec, new: ConcreteSpec) -> None:
        if old.dag_hash() in seen:
            return
        seen.add(old.dag_hash())
        for edge in old.edges(_KEPT):
            for other in new.edges(_KEPT):
                if _corresponds(edge, other):
                    if edge.spec.dag_hash() != other.spec.dag_hash():
                        found.setdefault(edge.spec, other.spec)
                    compare(edge.spec, other.spec)
                    break

    compare(original, spliced)
    return found


def _corresponds(old: ConcreteEdge, new: ConcreteEdge) -> bool:
    """Both edges are to the same package, or provide the same virtual."""
    return old.spec.name == new.spec.name or bool(set(old.virtuals) & set(new.virtuals))
