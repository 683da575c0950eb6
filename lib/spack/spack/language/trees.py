"""The nodes that the tree of a graph shows, in which order and how deep. Knows no text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spack.language.concrete_specs import AnySpec, ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.type_names import Any


class TreeLine(NamedTuple):
    """One line of a tree: the node, its depth, and the types by which its parents need it."""

    spec: AnySpec
    depth: int
    deptypes: int


def _children(spec: AnySpec, deptypes: int) -> list[tuple[AnySpec, int]]:
    if isinstance(spec, ConcreteSpec):
        return [(e.spec, e.deptypes) for e in spec.dependencies if e.deptypes & deptypes]
    edges = sorted(spec.dependencies, key=lambda e: (e.spec.name or "", str(e)))
    return [(e.spec, e.deptypes) for e in edges if not e.deptypes or e.deptypes & deptypes]


def _identity(spec: AnySpec) -> Any:
    return spec.dag_hash() if isinstance(spec, ConcreteSpec) else id(spec)


def tree_lines(
    roots: Sequence[AnySpec], cover: str, deptypes: int, recurse: bool
) -> Iterable[TreeLine]:
    """The lines of :func:`spack.language.formatting.tree`."""
    if not recurse:
        return [TreeLine(root, 0, 0) for root in _distinct(roots)]
    home, types = _breadth_first_homes(roots, deptypes)
    lines: list[TreeLine] = []

    def visit(spec: AnySpec, depth: int, edge_types: int, key: Any) -> None:
        shown = types[_identity(spec)] if cover == "nodes" else edge_types
        lines.append(TreeLine(spec, depth, shown))
        if cover != "paths" and home[_identity(spec)] != key:
            return
        for place, (child, child_types) in enumerate(_children(spec, deptypes)):
            child_key = (_identity(spec), place)
            if cover != "nodes" or home[_identity(child)] == child_key:
                visit(child, depth + 1, child_types, child_key)

    for place, root in enumerate(roots):
        if home[_identity(root)] == (None, place) or cover == "paths":
            visit(root, 0, 0, (None, place))
    return lines


def _distinct(roots: Sequence[AnySpec]) -> list[AnySpec]:
    return list({_identity(root): root for root in roots}.values())


def _breadth_first_homes(
    roots: Sequence[AnySpec], deptypes: int
) -> tuple[dict[Any, tuple[Any, int]], dict[Any, int]]:
    """For each node the edge (parent, place) nearest to a root, and all types it is needed by."""
    home: dict[Any, tuple[Any, int]] = {}
    types: dict[Any, int] = {}
    level: list[AnySpec] = []
    for place, root in enumerate(roots):
        if _identity(root) not in home:
            home[_identity(root)] = (None, place)
            types[_identity(root)] = 0
            level.append(root)
    while level:
        below: list[AnySpec] = []
        for spec in level:
            for place, (child, child_types) in enumerate(_children(spec, deptypes)):
                key = _identity(child)
                types[key] = types.get(key, 0) | child_types
                if key not in home:
                    home[key] = (_identity(spec), place)
                    below.append(child)
        level = below
    return home, types
