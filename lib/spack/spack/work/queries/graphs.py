"""Dependency graphs as plain data for drawing: of concrete specs, and of what recipes permit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.formatting import format_spec
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING
from spack.work.queries.queries import parse_words, status

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.store.store import Store


class Node(NamedTuple):
    """A box of a drawing.

    Attributes:
        key: unique in the graph.
        label: what is written in the box.
        details: rows of a name and a text about it.
        state: installed, upstream, external, absent, or ``possible`` for recipes.
        root: whether somebody asked for it.
    """

    key: str
    label: str
    details: tuple[tuple[str, str], ...]
    state: str
    root: bool


class DrawnEdge(NamedTuple):
    """A dependency: keys of dependent and dependency, types, virtuals that it provides."""

    parent: str
    child: str
    types: tuple[str, ...]
    virtuals: tuple[str, ...]


class DrawnGraph(NamedTuple):
    """Nodes with dependents before dependencies, and their edges."""

    nodes: tuple[Node, ...]
    edges: tuple[DrawnEdge, ...]


def of_specs(store: Store, roots: Sequence[ConcreteSpec], types: int = deptypes.ALL) -> DrawnGraph:
    """The graph below concrete specs along edges of some types."""
    asked = {root.dag_hash() for root in roots}
    nodes: dict[str, Node] = {}
    edges: list[DrawnEdge] = []
    for spec in _dependents_first(roots, types):
        key = spec.dag_hash()
        variants = format_spec(spec, "{variants}").strip()
        details = [
            ("hash", key),
            ("version", str(spec.version)),
            ("variants", variants),
            ("compilers", format_spec(spec, "{compilers}")),
            ("architecture", str(spec.arch)),
            ("prefix", store.prefix(spec)),
        ]
        nodes[key] = Node(
            key,
            f"{spec.name}@{spec.version}/{key[:7]}",
            tuple((name, text) for name, text in details if text),
            status(store, spec),
            key in asked,
        )
        edges += [
            DrawnEdge(
                key,
                edge.spec.dag_hash(),
                tuple(deptypes.to_names(edge.deptypes & types)),
                tuple(edge.virtuals),
            )
            for edge in spec.dependencies
            if edge.deptypes & types
        ]
    return DrawnGraph(tuple(nodes.values()), tuple(edges))


def _dependents_first(roots: Iterable[ConcreteSpec], types: int) -> list[ConcreteSpec]:
    nodes = (node for root in roots for node in root.traverse(deptypes=types, order="post"))
    return distinct(nodes)[::-1]


def of_recipes(
    repositories: RepositoryPath, words: Sequence[str], types: int = deptypes.ALL
) -> DrawnGraph:
    """Return what recipes may depend on, with everything below; virtuals stay as such.

    A dependency that leads back to its dependent is left out, so that the graph has no cycles.
    """
    roots = [located.spec.name or located.text for located in parse_words(words)]
    children: dict[str, dict[str, int]] = {}
    order: list[str] = []
    done: set[str] = set()
    path: set[str] = set()

    def visit(name: str) -> None:
        path.add(name)
        children[name] = {}
        if repositories.exists(name):
            for dependency in repositories.record(name).dependencies:
                child = dependency.spec.name
                if child and dependency.deptypes & types and child not in path:
                    known = children[name].get(child, 0)
                    children[name][child] = known | dependency.deptypes & types
        for child in sorted(children[name]):
            if child not in done and child not in path:
                visit(child)
        for child in [child for child in children[name] if child in path]:
            del children[name][child]
        path.discard(name)
        done.add(name)
        order.append(name)

    for root in roots:
        if root not in done:
            if not repositories.is_virtual(root):
                repositories.record(root)
            visit(root)
    nodes = [
        Node(
            name,
            name,
            (("kind", "virtual"),) if repositories.is_virtual(name) else (),
            "possible",
            name in roots,
        )
        for name in reversed(order)
    ]
    edges = [
        DrawnEdge(name, child, tuple(deptypes.to_names(mask)), ())
        for name in reversed(order)
        for child, mask in sorted(children[name].items())
    ]
    return DrawnGraph(tuple(nodes), tuple(edges))
