"""The graph of a spec as scripts walk it: from any node to the root, to parents, to all below.

Knows how nodes are bound to the current instance; must not know how specs are concretized.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import ALL, from_names
from spack.language.specs import Spec
from spack.recipes.bound.bound_spec import BoundEdge, BoundSpec, DepTypes, view_of
from spack.scripting.current import GraphBinding, current
from spack.type_names import Any


class GraphView(BoundSpec):
    """A node that knows by which node its graph was reached."""

    __slots__ = ()

    @property
    def root(self) -> GraphView:
        """The spec that this one was reached from; itself where that is how it was got."""
        binding = self._binding
        if not isinstance(binding, GraphBinding):
            return self
        top = view_of(binding.top, binding)
        assert isinstance(top, GraphView)
        return top

    def edges_from_dependents(
        self, name: str | None = None, depflag: int = ALL, *, virtuals: Any = None
    ) -> list[BoundEdge]:
        """Edges to this node within the graph that it was reached in."""
        edges = []
        for node in self.root.traverse():
            if name is None or node.name == name:
                found = node.edges_to_dependencies(self.name, depflag, virtuals=virtuals)
                edges += [edge for edge in found if edge.spec == self]
        return edges

    def dependents(self, name: str | None = None, deptype: DepTypes = "all") -> list[Any]:
        """Direct dependents: those of the graph it was reached in, then installed ones, sorted."""
        code = self.dag_hash()
        flags = deptype if isinstance(deptype, int) else from_names(deptype)
        near: list[Any] = [edge.parent for edge in self.edges_from_dependents(name, flags)]
        installed = [
            _seen_alike(self, record.spec)
            for record in current().session.store.database.query()
            if (name is None or record.name == name)
            and any(e.hash == code and e.deptypes & flags for e in record.dependencies)
        ]
        return list(dict.fromkeys([*near, *installed]))

    def index(self, deptype: DepTypes = "all") -> dict[str, list[Any]]:
        """The nodes of the graph by name."""
        found: dict[str, list[Any]] = {}
        for node in self.traverse(deptype=deptype):
            found.setdefault(node.name, []).append(node)
        return found

    def eq_node(self, other: GraphView) -> bool:
        """Whether another spec is like this one, dependencies apart."""
        return bool(_alone(self) == _alone(other))

    def eq_dag(self, other: GraphView, deptypes: bool = True) -> bool:
        """Whether another spec is like this one with all that is below it."""
        del deptypes
        return bool(self == other)

    def traverse(
        self,
        *,
        root: bool = True,
        order: str = "pre",
        deptype: DepTypes = "all",
        direction: str = "children",
        depth: bool = False,
        cover: str = "nodes",
        **settings: Any,
    ) -> Iterator[Any]:
        """Nodes of the graph.

        Args:
            order: ``pre``, ``post``, ``topo`` or ``breadth``; the latter and ``pre`` alone for
                parents, with the depth, or more than once.
            direction: ``children`` (dependencies), or ``parents``: what is installed and depends on
                this spec.
            depth: pairs of the depth and the node in place of nodes.
            cover: ``nodes`` gives each once, ``edges`` once an edge, ``paths`` once a path.

        Raises:
            SpackError: the order is not possible with the rest.
        """
        if (direction, depth, cover) == ("children", False, "nodes"):
            yield from super().traverse(root=root, order=order, deptype=deptype, **settings)
            return
        if order not in ("pre", "breadth"):
            raise SpackError(f"traverse cannot have the order '{order}' with a direction or depth")
        seen: set[GraphView] = set()
        waiting: deque[tuple[int, Any]] = deque([(0, self)])
        while waiting:
            here, node = waiting.popleft() if order == "breadth" else waiting.pop()
            known = node in seen
            seen.add(node)
            if (root or here) and (not known or cover != "nodes"):
                yield (here, node) if depth else node
            if not known or cover == "paths":
                parents = direction == "parents"
                near = node.dependents if parents else node.dependencies
                found = [(here + 1, other) for other in near(deptype=deptype)]
                waiting.extend(found if order == "breadth" else reversed(found))

    def traverse_edges(self, *, deptype: DepTypes = "all", **_: Any) -> Iterator[BoundEdge]:
        """Every edge below this node, parents first, each once."""
        flags = deptype if isinstance(deptype, int) else from_names(deptype)
        for node in self.traverse(deptype=deptype):
            yield from node.edges_to_dependencies(depflag=flags)


def _seen_alike(view: GraphView, spec: ConcreteSpec) -> GraphView:
    """A node of another graph as the same class of views."""
    found = view_of(spec, current().binding(type(view), spec))
    assert isinstance(found, GraphView)
    return found


def _alone(view: GraphView) -> Any:
    """The node of a spec without what is below it, to compare."""
    spec = view._spec
    if isinstance(spec, Spec):
        return spec.without_dependencies()
    node = spec.node_dict()
    return {key: value for key, value in node.items() if key not in ("dependencies", "hash")}
