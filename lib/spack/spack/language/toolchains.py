"""Toolchains: a name after ``%`` that stands for several constraints on direct dependencies.

A definition is one text, or a list of entries ``{spec: text, when: text}``. Texts may only hold
``%`` dependencies; ``when`` becomes the condition of each of them. Definitions come from
configuration; this module only applies them.
"""

from __future__ import annotations

from typing import List, Mapping, Optional, Sequence, Tuple, Union

from spack.errors import SpackError
from spack.language.constraints import constrain, join_edges
from spack.language.parser import SpecSyntaxError, parse_spec
from spack.language.specs import Edge, Spec, direct_name

Definition = Union[str, Sequence[Mapping[str, str]]]


class ToolchainError(SpackError):
    """A toolchain is defined or used in a way that has no meaning."""


def expand_toolchains(spec: Spec, toolchains: Mapping[str, Definition]) -> Spec:
    """``spec`` with every ``%name`` of a toolchain replaced by its constraints, at every node.

    Raises :class:`ToolchainError` for a bad definition or use and
    :class:`spack.language.constraints.UnsatisfiableSpecError` when constraints exclude each other.
    """
    if not toolchains or not spec.dependencies:
        return spec
    edges: List[Edge] = []
    changed = False
    for edge in spec.dependencies:
        name = _toolchain_name(edge, toolchains)
        if name is not None:
            edges.extend(_with_condition(e, edge.when) for e in definition(name, toolchains[name]))
            changed = True
            continue
        child = expand_toolchains(edge.spec, toolchains)
        if child is not edge.spec:
            edge = edge._replace(spec=child)
            changed = True
        edges.append(edge)
    return spec.replace(dependencies=join_edges(edges)) if changed else spec


def _toolchain_name(edge: Edge, toolchains: Mapping[str, Definition]) -> Optional[str]:
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
            hint=f"write %{name} alone; constraints belong in its definition",
        )
    return name


def definition(name: str, entries: Definition) -> Tuple[Edge, ...]:
    """The edges that the toolchain ``name`` stands for. Raises :class:`ToolchainError`."""
    if isinstance(entries, str):
        entries = [{"spec": entries}]
    edges: List[Edge] = []
    for entry in entries:
        try:
            constraint = parse_spec(entry["spec"])
            when = parse_spec(entry["when"]) if entry.get("when") else None
        except KeyError:
            raise ToolchainError(f"an entry of the toolchain {name} has no spec") from None
        except SpecSyntaxError as error:
            raise ToolchainError(
                f"the toolchain {name} is not made of specs: {error.message}",
                span=error.span,
                hint=error.hint,
            ) from None
        if constraint.without_dependencies() != Spec() or not all(
            edge.direct for edge in constraint.dependencies
        ):
            raise ToolchainError(
                f"the toolchain {name} holds {constraint}, which is more than % dependencies",
                hint="write entries such as %c=gcc@12",
            )
        edges.extend(_with_condition(edge, when) for edge in constraint.dependencies)
    return tuple(edges)


def _with_condition(edge: Edge, when: Optional[Spec]) -> Edge:
    if when is None:
        return edge
    return edge._replace(when=when if edge.when is None else constrain(edge.when, when))
