"""``satisfies``, ``intersects`` and ``constrain`` over specs of both kinds, and over their texts.

The rules are in :mod:`spack.language.constraints`; this module reads the texts. Results of
questions with a text are remembered on neither side: parsed texts are, since specs never change.
"""

from __future__ import annotations

from spack.language import constraints
from spack.language.concrete_specs import AnySpec, ConcreteSpec
from spack.language.constraints import Provided, UnsatisfiableSpecError
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.type_names import overload

__all__ = [
    "Provided",
    "UnsatisfiableSpecError",
    "changed_spec",
    "constrain",
    "intersects",
    "satisfies",
]


def satisfies(a: AnySpec | str, b: AnySpec | str, provided: Provided | None = None) -> bool:
    """Whether every concrete spec that matches ``a`` matches ``b``.

    A concrete ``a`` is asked directly: its own constraints, ``%`` on direct edges, ``^`` on direct
    edges and below over link and run edges, virtuals as recorded on edges. A concrete ``b`` is
    satisfied only by itself.

    Args:
        provided: versions of a virtual that a concrete node provides, None if it does not; without
            it a root is never taken for a virtual.

    Raises :class:`spack.language.parser.SpecSyntaxError` for a bad text.
    """
    if isinstance(b, str):
        b = parse_spec(b)
    if isinstance(a, str):
        a = parse_spec(a)
    return constraints.satisfies(a, b, provided)


def intersects(a: AnySpec | str, b: AnySpec | str, provided: Provided | None = None) -> bool:
    """Whether some concrete spec matches both; symmetric. Arguments as for :func:`satisfies`."""
    if isinstance(b, str):
        b = parse_spec(b)
    if isinstance(a, str):
        a = parse_spec(a)
    return constraints.intersects(a, b, provided)


@overload
def constrain(a: Spec, b: Spec | str) -> Spec: ...


@overload
def constrain(a: ConcreteSpec, b: AnySpec | str) -> ConcreteSpec: ...


@overload
def constrain(a: Spec, b: ConcreteSpec) -> ConcreteSpec: ...


def constrain(a: AnySpec, b: AnySpec | str) -> AnySpec:
    """The spec that matches both, or the concrete one of the two if it matches the other.

    Raises :class:`UnsatisfiableSpecError` when nothing does.
    """
    if isinstance(b, str):
        b = parse_spec(b)
    if isinstance(a, Spec) and isinstance(b, Spec):
        return constraints.constrain(a, b)
    concrete, other = (a, b) if isinstance(a, ConcreteSpec) else (b, a)
    if not constraints.satisfies(concrete, other):
        raise UnsatisfiableSpecError(f"{concrete} does not satisfy {other}")
    return concrete


def changed_spec(old: Spec, new: Spec) -> Spec:
    """A spec with everything that another one says instead of what it said about that."""
    kept = old
    if not new.versions.is_any:
        kept = kept.replace(versions=type(new.versions).ANY)
    variants = {name: value for name, value in old.variants.items() if name not in new.variants}
    flags = {kind: value for kind, value in old.flags.items() if kind not in new.flags}
    given = {edge.spec.name for edge in new.dependencies}
    edges = tuple(edge for edge in old.dependencies if edge.spec.name not in given)
    kept = kept.replace(variants=variants, flags=flags, dependencies=edges)
    for part in ("platform", "os", "target"):
        if getattr(new, part) is not None:
            kept = kept.replace(**{part: None})
    return constrain(kept, new)
