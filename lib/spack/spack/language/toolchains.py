"""Toolchains: a name after ``%`` that stands for several constraints on direct dependencies.

A definition is a list of entries of a spec text and a condition. Texts hold ``%`` dependencies, of
other toolchains too, and constraints on the node that the name is written at (flags, variants,
versions, a target). The condition becomes that of each dependency; what an entry says of the node
holds in any case. Definitions come from configuration; this module only applies them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.errors import Origin, SpackError
from spack.language.constraints import constrain, join_edges
from spack.language.parser import SpecSyntaxError, parse_spec
from spack.language.specs import Edge, Spec, direct_name
from spack.named_tuples import NamedTuple
from spack.type_names import Protocol


class ToolchainSpec(Protocol):
    """One constraint of a toolchain as configured; an empty condition always holds."""

    @property
    def spec(self) -> str: ...

    @property
    def when(self) -> str: ...

    @property
    def origin(self) -> Origin: ...


Definition = Sequence[ToolchainSpec]


class ToolchainEdge(NamedTuple):
    """A dependency that a toolchain stands for, and where it was written."""

    edge: Edge
    origin: Origin


class Expansion(NamedTuple):
    """Meaning of a toolchain: constraints on the node that names it, and dependencies."""

    node: Spec
    edges: tuple[ToolchainEdge, ...]


class ToolchainError(SpackError):
    """A toolchain is defined or used in a way that has no meaning."""


def expand_toolchains(
    spec: Spec, toolchains: Mapping[str, Definition], origin: Origin | None = None
) -> Spec:
    """``spec`` with every ``%name`` of a toolchain replaced by its constraints, at every node.

    Args:
        origin: where the spec was written, for errors.

    Raises:
        ToolchainError: a bad definition or use, or toolchains that name each other.
        UnsatisfiableSpecError: constraints exclude each other.
    """
    if not toolchains or not spec.dependencies:
        return spec
    edges: list[Edge] = []
    node = Spec()
    changed = False
    for edge in spec.dependencies:
        name = _toolchain_name(edge, toolchains, origin)
        if name is not None:
            expansion = definition(name, toolchains)
            edges.extend(_as_written(e.edge, edge) for e in expansion.edges)
            node = constrain(node, expansion.node)
            changed = True
            continue
        child = expand_toolchains(edge.spec, toolchains, origin)
        if child is not edge.spec:
            edge = edge._replace(spec=child)
            changed = True
        edges.append(edge)
    return constrain(spec.replace(dependencies=join_edges(edges)), node) if changed else spec


def _toolchain_name(
    edge: Edge, toolchains: Mapping[str, Definition], origin: Origin | None
) -> str | None:
    """The toolchain that an edge names, None if it names a package."""
    child = edge.spec
    if not edge.direct or edge.virtuals or child.name is None or child.namespace:
        return None
    # The parser has turned old compiler names into packages; a toolchain may bear such a name.
    name = next((n for n in (child.name, direct_name(child.name)) if n in toolchains), None)
    if name is None:
        return None
    if edge.deptypes or child != Spec(child.name):
        raise ToolchainError(
            f"the toolchain {name} is used with further constraints: {edge}",
            origin=origin,
            hint=f"write %{name} alone; constraints belong in its definition",
        )
    return name


def definition(
    name: str, toolchains: Mapping[str, Definition], within: tuple[str, ...] = ()
) -> Expansion:
    """The meaning of the toolchain ``name``.

    Args:
        within: toolchains whose definitions lead here.

    Raises:
        ToolchainError
        UnsatisfiableSpecError: entries exclude each other.
    """
    edges: list[ToolchainEdge] = []
    node = Spec()
    for entry in toolchains[name]:
        constraint = _parsed(name, entry, entry.spec)
        when = _parsed(name, entry, entry.when) if entry.when else None
        if constraint.name is not None or not all(e.direct for e in constraint.dependencies):
            raise ToolchainError(
                f"the toolchain {name} holds {constraint}; it can only constrain the package that"
                " uses it and its direct dependencies",
                origin=entry.origin,
                hint="write entries such as %c=gcc@12 or cflags=-O3",
            )
        node = constrain(node, constraint.without_dependencies())
        for edge in constraint.dependencies:
            other = _toolchain_name(edge, toolchains, entry.origin)
            parts = [ToolchainEdge(edge, entry.origin)]
            if other is not None:
                path = (*within, name)
                if other in path:
                    raise ToolchainError(
                        "toolchains refer to each other: " + " -> ".join((*path, other)),
                        origin=entry.origin,
                        hint="a definition must consist of packages and virtuals, as in %c=gcc@12",
                    )
                inner = definition(other, toolchains, path)
                node = constrain(node, inner.node)
                parts = [p._replace(edge=_as_written(p.edge, edge)) for p in inner.edges]
            edges.extend(p._replace(edge=_with_condition(p.edge, when)) for p in parts)
    return Expansion(node, tuple(edges))


def _parsed(name: str, entry: ToolchainSpec, text: str) -> Spec:
    try:
        return parse_spec(text, entry.origin)
    except SpecSyntaxError as error:
        raise ToolchainError(
            f"the toolchain {name} does not consist of specs: {error.message}",
            origin=entry.origin,
            span=error.span,
            hint=error.hint,
        ) from None


def _as_written(edge: Edge, name: Edge) -> Edge:
    """An edge of a definition, as conditional and as preferred as the name of the toolchain."""
    return _with_condition(edge._replace(sigil=max(edge.sigil, name.sigil)), name.when)


def _with_condition(edge: Edge, when: Spec | None) -> Edge:
    if when is None:
        return edge
    return edge._replace(when=when if edge.when is None else constrain(edge.when, when))
