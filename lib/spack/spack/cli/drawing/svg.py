"""A layered drawing as SVG, and as a page for browsers that needs nothing but itself."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from html import escape

from spack.cli.drawing.layout import Drawing, lay_out
from spack.work.queries.graphs import DrawnGraph

_STYLE = """\
svg{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.node rect{fill:#fff;stroke:#666;rx:6}
.node text{text-anchor:middle;dominant-baseline:central;fill:#111}
.node.root rect{stroke-width:2.5}
.node.installed rect,.node.upstream rect{fill:#d5ead6;stroke:#3a8043}
.node.external rect{fill:#d6e4f5;stroke:#1f5fa8}
.edge{fill:none;stroke:#888;stroke-width:1.3}
.edge.link{stroke:#1f5fa8}
.edge.run{stroke:#b3402e}
.edge.build{stroke:#3a8043;stroke-dasharray:5 3}
.edge.test{stroke:#888;stroke-dasharray:2 3}
"""

#: The page with ``@NAME@`` where parts go.
_TEMPLATE = os.path.join(os.path.dirname(__file__), "page.html")

#: The meanings of the colours, as classes and words.
_LEGEND: tuple[tuple[str, str], ...] = (
    ("link", "linked"),
    ("run", "runs"),
    ("build", "builds"),
    ("test", "tests"),
)


def svg(graph: DrawnGraph) -> str:
    """The drawing as a file of its own."""
    return _svg(graph, lay_out(graph), style=True) + "\n"


def _svg(graph: DrawnGraph, drawing: Drawing, *, style: bool) -> str:
    width, height = round(drawing.width), round(drawing.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="dependency graph">'
    ]
    if style:
        lines.append(f"<style>\n{_STYLE}</style>")
    numbers = {node.key: number for number, node in enumerate(graph.nodes)}
    for line in drawing.lines:
        edge = line.edge
        kind = next((k for k in ("link", "run", "build", "test") if k in edge.types), "test")
        title = f"{', '.join(edge.types)}"
        if edge.virtuals:
            title += f": {', '.join(edge.virtuals)}"
        lines.append(
            f'<path class="edge {kind}" data-from="{numbers[edge.parent]}" '
            f'data-to="{numbers[edge.child]}" d="{_curve(line.points)}">'
            f"<title>{escape(title)}</title></path>"
        )
    for number, node in enumerate(graph.nodes):
        box = drawing.boxes[node.key]
        classes = f"node {node.state}" + (" root" if node.root else "")
        title = "\n".join(f"{name}: {text}" for name, text in node.details)
        lines.append(
            f'<g class="{classes}" data-node="{number}">'
            f'<rect x="{box.x - box.width / 2:.1f}" y="{box.y - box.height / 2:.1f}" '
            f'width="{box.width:.1f}" height="{box.height:.1f}"/>'
            f'<text x="{box.x:.1f}" y="{box.y:.1f}">{escape(node.label)}</text>'
            f"<title>{escape(title)}</title></g>"
        )
    lines.append("</svg>")
    return "\n".join(lines)


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A smooth line through points, upright where it leaves and arrives."""
    text = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (x2, y2) in zip(points, points[1:]):
        middle = (y + y2) / 2
        text += f"C{x:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
    return text


def page(graph: DrawnGraph, title: str) -> str:
    """A page with the drawing, a search field, filters by type and details of the chosen node."""
    data = {
        "nodes": [
            {"label": node.label, "details": node.details, "state": node.state}
            for node in graph.nodes
        ],
        "edges": _pairs(graph),
    }
    # "</script>" in a text must not end the script.
    text = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    boxes = "".join(
        f'<label><input type="checkbox" data-kind="{kind}" checked>'
        f'<span class="{kind}">{word}</span></label>'
        for kind, word in _LEGEND
    )
    parts = {
        "TITLE": escape(title),
        "STYLE": _STYLE,
        "TYPES": boxes,
        "COUNT": str(len(graph.nodes)),
        "DRAWING": _svg(graph, lay_out(graph), style=False),
        "DATA": text,
    }
    with open(_TEMPLATE, encoding="utf-8") as stream:
        template = stream.read()
    # In one pass, so that a text of the graph is never taken for a part of the page.
    return re.sub(r"@([A-Z]+)@", lambda found: parts[found.group(1)], template)


def _pairs(graph: DrawnGraph) -> list[list[int]]:
    numbers = {node.key: number for number, node in enumerate(graph.nodes)}
    return [[numbers[edge.parent], numbers[edge.child]] for edge in graph.edges]
