"""Graphs as text: one line a node, lines to its dependencies at the left; and as dot source."""

from __future__ import annotations

from collections.abc import Sequence

from spack.work.queries.graphs import DrawnEdge, DrawnGraph

#: Pieces of lines by what they lead to: up, down, left, right.
_BOX = {
    (1, 1, 0, 0): "│", (0, 0, 1, 1): "─", (1, 1, 1, 1): "┼", (1, 1, 0, 1): "├",
    (1, 1, 1, 0): "┤", (0, 1, 1, 1): "┬", (1, 0, 1, 1): "┴", (0, 1, 1, 0): "┐",
    (0, 1, 0, 1): "┌", (1, 0, 1, 0): "┘", (1, 0, 0, 1): "└", (0, 0, 0, 0): " ",
}  # fmt: skip

#: Colours of nodes on a terminal.
_STYLES = {"installed": "32", "upstream": "32", "external": "34", "absent": "33"}


def draw(graph: DrawnGraph, *, unicode: bool = True, color: bool = False) -> str:
    """The graph as text, dependents above dependencies."""
    children: dict[str, list[str]] = {node.key: [] for node in graph.nodes}
    for edge in graph.edges:
        if edge.child not in children[edge.parent]:
            children[edge.parent].append(edge.child)
    # Columns of lines that are on the way down, with the node that each leads to.
    columns: list[str | None] = []
    lines: list[str] = []
    for node in graph.nodes:
        at = columns.index(node.key) if node.key in columns else _free(columns)
        columns[at] = node.key
        marks = ["│" if column is not None else " " for column in columns]
        marks[at] = "●" if node.root else "○"
        label = node.label
        if color and node.state in _STYLES:
            label = f"\x1b[{_STYLES[node.state]}m{label}\x1b[0m"
        lines.append(" ".join(marks).rstrip() + "  " + label)
        columns[at] = None
        targets: set[int] = set()
        before = {place for place, column in enumerate(columns) if column is not None} | {at}
        for child in children[node.key]:
            if child not in columns:
                place = at if columns[at] is None else _free(columns)
                columns[place] = child
            targets.add(columns.index(child))
        if targets - {at}:
            lines.append(_connection(columns, before, at, targets))
        while columns and columns[-1] is None:
            columns.pop()
    text = "\n".join(lines) + "\n" if lines else ""
    return text if unicode else text.translate(_ASCII)


_ASCII = str.maketrans({**dict.fromkeys("┼├┤┬┴┐┌┘└", "+"), "│": "|", "─": "-", "●": "O", "○": "o"})


def _free(columns: list[str | None]) -> int:
    """The first column without a line."""
    for place, column in enumerate(columns):
        if column is None:
            return place
    columns.append(None)
    return len(columns) - 1


def _connection(columns: Sequence[str | None], before: set[int], at: int, targets: set[int]) -> str:
    """The line that leads from one column to others."""
    first, last = min(targets | {at}), max(targets | {at})
    pieces: list[str] = []
    for place, column in enumerate(columns):
        joined = place in targets or place == at
        up = place in before
        down = column is not None
        left = first < place <= last if joined else first < place < last
        right = first <= place < last if joined else first < place < last
        pieces.append(_BOX.get((up, down, left, right), "│"))
        pieces.append("─" if first <= place < last else " ")
    return "".join(pieces).rstrip()


def dot(graph: DrawnGraph, *, color: bool = False) -> str:
    """The graph in the language of graphviz; ``color`` paints edges by dependency type."""
    lines = [
        "digraph G {",
        '  rankdir="TB"',
        '  node [shape="box", style="rounded,filled", fillcolor="white", fontname="sans-serif"]',
    ]
    fills = {"installed": "#d5ead6", "upstream": "#d5ead6", "external": "#d6e4f5"}
    for node in graph.nodes:
        fill = f', fillcolor="{fills[node.state]}"' if node.state in fills else ""
        bold = ', penwidth="2"' if node.root else ""
        lines.append(f"  {_quoted(node.key)} [label={_quoted(node.label)}{fill}{bold}]")
    for edge in graph.edges:
        attributes = []
        if edge.virtuals:
            attributes.append(f"label={_quoted(','.join(edge.virtuals))}")
        if color:
            attributes.append(f'color="{edge_color(edge)}"')
        tail = f" [{', '.join(attributes)}]" if attributes else ""
        lines.append(f"  {_quoted(edge.parent)} -> {_quoted(edge.child)}{tail}")
    return "\n".join([*lines, "}"]) + "\n"


def edge_color(edge: DrawnEdge) -> str:
    """Blue for what is linked, red for what runs, green for what only builds, grey for tests."""
    for kind, chosen in (("link", "#1f5fa8"), ("run", "#b3402e"), ("build", "#3a8043")):
        if kind in edge.types:
            return chosen
    return "#808080"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
