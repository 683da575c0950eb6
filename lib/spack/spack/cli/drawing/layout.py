"""Placing boxes and lines of a layered drawing: layers by depth, few crossings, straight lines.

The steps are those of the usual layered layout: give each node the layer below its lowest
dependent; put invisible nodes where an edge passes a layer; order each layer by the mean place of
its neighbours; then move nodes towards their neighbours as far as others leave room.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.named_tuples import NamedTuple
from spack.work.queries.graphs import DrawnEdge, DrawnGraph

#: Sizes in pixels of a letter, a box, the space between boxes and between layers.
LETTER, HEIGHT, GAP, LAYER = 7.2, 30.0, 18.0, 82.0

#: Room beside the text of a box, and around the drawing.
PADDING, MARGIN = 22.0, 16.0

_SWEEPS = 12


class Box(NamedTuple):
    """The middle of a box and its size."""

    x: float
    y: float
    width: float
    height: float


class GraphLine(NamedTuple):
    """An edge and the points that its line goes through, from the dependent down."""

    edge: DrawnEdge
    points: tuple[tuple[float, float], ...]


class Drawing(NamedTuple):
    """Boxes by node, lines, and the size of everything."""

    boxes: dict[str, Box]
    lines: tuple[GraphLine, ...]
    width: float
    height: float


#: A node of a layer: the key of a box and -1, or where edges to a box pass: its key and the layer.
_Item = tuple[str, int]


def lay_out(graph: DrawnGraph) -> Drawing:
    """Places for the boxes and lines of a graph without cycles."""
    layer = _layers(graph)
    depth = max(layer.values(), default=-1) + 1
    rows: list[list[_Item]] = [[] for _ in range(depth)]
    for node in graph.nodes:
        rows[layer[node.key]].append((node.key, -1))
    chains: list[list[_Item]] = []
    made = set()
    for edge in graph.edges:
        top, bottom = layer[edge.parent], layer[edge.child]
        # All edges to one node pass a layer in one place: else those to compilers fill the page.
        passing = [(edge.child, at) for at in range(top + 1, bottom)]
        for item in passing:
            if item not in made:
                made.add(item)
                rows[item[1]].append(item)
        chains.append([(edge.parent, -1), *passing, (edge.child, -1)])
    above: dict[_Item, list[_Item]] = {}
    below: dict[_Item, list[_Item]] = {}
    for chain in chains:
        for upper, lower in zip(chain, chain[1:]):
            if lower not in below.setdefault(upper, []):
                below[upper].append(lower)
                above.setdefault(lower, []).append(upper)
    _order(rows, above, below)
    widths = {node.key: len(node.label) * LETTER + PADDING for node in graph.nodes}
    x = _places(rows, above, below, widths)
    boxes = {
        node.key: Box(
            x[(node.key, -1)],
            MARGIN + HEIGHT / 2 + layer[node.key] * LAYER,
            widths[node.key],
            HEIGHT,
        )
        for node in graph.nodes
    }
    lines = []
    for edge, chain in zip(graph.edges, chains):
        start, end = boxes[edge.parent], boxes[edge.child]
        points = [(start.x, start.y + HEIGHT / 2)]
        points += [(x[item], MARGIN + HEIGHT / 2 + item[1] * LAYER) for item in chain[1:-1]]
        points.append((end.x, end.y - HEIGHT / 2))
        lines.append(GraphLine(edge, tuple(points)))
    right = max((box.x + box.width / 2 for box in boxes.values()), default=0.0)
    right = max([right, *(px for line in lines for px, _ in line.points)])
    return Drawing(
        boxes, tuple(lines), right + MARGIN, max(0, depth - 1) * LAYER + HEIGHT + 2 * MARGIN
    )


def _layers(graph: DrawnGraph) -> dict[str, int]:
    """The layer of each node: one below its lowest dependent."""
    parents: dict[str, list[str]] = {}
    for edge in graph.edges:
        parents.setdefault(edge.child, []).append(edge.parent)
    layer: dict[str, int] = {}
    for node in graph.nodes:
        layer[node.key] = max((layer[p] + 1 for p in parents.get(node.key, ())), default=0)
    return layer


def _order(
    rows: list[list[_Item]],
    above: dict[_Item, list[_Item]],
    below: dict[_Item, list[_Item]],
) -> None:
    """Order each layer by the mean place of neighbours, downwards and upwards in turn."""
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for number in numbers:
            fixed = rows[number - 1 if down else number + 1]
            place = {item: index for index, item in enumerate(fixed)}
            near = above if down else below
            own = {item: index for index, item in enumerate(rows[number])}

            def mean(
                item: _Item,
                near: dict[_Item, list[_Item]] = near,
                place: dict[_Item, int] = place,
                own: dict[_Item, int] = own,
            ) -> float:
                found = [place[other] for other in near.get(item, ()) if other in place]
                return sum(found) / len(found) if found else float(own[item])

            rows[number].sort(key=mean)


def _places(
    rows: Sequence[Sequence[_Item]],
    above: dict[_Item, list[_Item]],
    below: dict[_Item, list[_Item]],
    widths: dict[str, float],
) -> dict[_Item, float]:
    """The middle of each item: near its neighbours, and no two on top of each other."""
    width = {item: widths.get(item[0], 0.0) if item[1] < 0 else 6.0 for row in rows for item in row}
    x: dict[_Item, float] = {}
    for row in rows:
        at = MARGIN
        for item in row:
            x[item] = at + width[item] / 2
            at += width[item] + GAP
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = []
            for item in row:
                near = above.get(item, []) + below.get(item, [])
                wanted.append(sum(x[other] for other in near) / len(near) if near else x[item])
            for item, middle in zip(row, _apart(row, wanted, width)):
                x[item] = middle
    least = min((x[item] - width[item] / 2 for item in x), default=0.0)
    return {item: middle - least + MARGIN for item, middle in x.items()}


def _apart(row: Sequence[_Item], wanted: Sequence[float], width: dict[_Item, float]) -> list[float]:
    """Places as near to the wanted ones as order and sizes permit.

    Items that would overlap become a block, which stands at the mean of what its items want.
    """
    blocks: list[tuple[float, float, list[int]]] = []  # left edge wanted, total width, items
    offsets: dict[int, float] = {}
    for number, item in enumerate(row):
        half = width[item] / 2
        left, size, members = wanted[number] - half, width[item] + GAP, [number]
        offsets[number] = half
        while blocks and blocks[-1][0] + blocks[-1][1] > left:
            other_left, other_size, others = blocks.pop()
            for member in members:
                offsets[member] += other_size
            count = len(others) + len(members)
            left = (other_left * len(others) + (left - other_size) * len(members)) / count
            size += other_size
            members = others + members
        blocks.append((left, size, members))
    result = [0.0] * len(row)
    for left, _, members in blocks:
        for member in members:
            result[member] = left + offsets[member]
    return result
