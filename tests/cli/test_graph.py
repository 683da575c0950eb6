"""``spack graph``: text, dot, SVG and a page that a real browser shows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

from spack.cli.drawing import text
from spack.cli.drawing.layout import lay_out
from spack.cli.drawing.svg import page
from spack.work.queries.graphs import DrawnEdge, DrawnGraph, Node


def graph(*edges: str, roots: str = "a") -> DrawnGraph:
    """A graph from pairs of letters; letters in order are dependents before dependencies."""
    names = sorted({letter for edge in edges for letter in edge} | set(roots))
    nodes = [Node(n, f"{n}@1.0", (("hash", n * 32),), "installed", n in roots) for n in names]
    return DrawnGraph(tuple(nodes), tuple(DrawnEdge(a, b, ("link",), ()) for a, b in edges))


DIAMOND = graph("ab", "ac", "bd", "cd", "ad")


def test_text() -> None:
    assert text.draw(DIAMOND) == (
        "●  a@1.0\n├─┬─┐\n○ │ │  b@1.0\n└─┼─┤\n  ○ │  c@1.0\n  └─┤\n    ○  d@1.0\n"
    )
    plain = text.draw(DIAMOND, unicode=False)
    assert plain.isascii() and plain.splitlines()[0] == "O  a@1.0"
    assert "\x1b[32m" in text.draw(DIAMOND, color=True)
    assert text.draw(graph(roots="a")) == "●  a@1.0\n"
    assert text.draw(DrawnGraph((), ())) == ""


def test_lines_lead_from_each_node_to_its_dependencies() -> None:
    drawn = text.draw(graph("ab", "ac", "ad", "be", "ce", "cf", "dg", "eg", "fg", "ah", "gh"))
    assert drawn == (
        "●  a@1.0\n├─┬─┬─┐\n○ │ │ │  b@1.0\n│ ○ │ │  c@1.0\n├─┤ │ │\n│ │ ○ │  d@1.0\n"
        "○ │ │ │  e@1.0\n└─┼─┤ │\n  ○ │ │  f@1.0\n  └─┤ │\n    ○ │  g@1.0\n    └─┤\n"
        "      ○  h@1.0\n"
    )


def test_dot(built: Instance) -> None:
    source = built.ok("graph", "--dot", "-c", "asker")
    assert source.startswith("digraph G {") and source.rstrip().endswith("}")
    assert source.count("->") >= 4 and 'color="#1f5fa8"' in source
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg"], input=source.encode(), check=True, stdout=subprocess.PIPE)


def test_layers_boxes_and_lines() -> None:
    drawing = lay_out(graph("ab", "ac", "ad", "be", "ce", "cf", "dg", "eg", "fg", "ah", "gh"))
    for line in drawing.lines:
        assert drawing.boxes[line.edge.parent].y < drawing.boxes[line.edge.child].y
    boxes = list(drawing.boxes.values())
    for number, one in enumerate(boxes):
        assert one.width / 2 <= one.x <= drawing.width - one.width / 2
        for other in boxes[number + 1 :]:
            apart = abs(one.x - other.x) >= (one.width + other.width) / 2
            assert apart or abs(one.y - other.y) >= one.height


def test_svg(built: Instance, tmp_path: Path) -> None:
    file = tmp_path / "graph.svg"
    assert "Wrote" in built.ok("graph", "--svg", "-o", str(file), "asker")
    root = ElementTree.parse(str(file)).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    labels = "".join(root.itertext())
    assert "asker@1.0/" in labels and "answer@2.0/" in labels


def test_choices(built: Instance) -> None:
    assert "asker@1.0" in built.ok("graph", "-i")
    only = built.ok("graph", "--deptype", "link", "asker")
    assert "answer@2.0" in only and "gmake" not in only
    assert "asker" in built.ok("-e", "asking", "graph")
    static = built.ok("graph", "--static", "--dot", "asker")
    assert '"asker" -> "answer"' in static and '"answer" -> "c"' in static
    assert "the types are" in built.fails("graph", "--deptype", "lnk", "asker")
    assert "no packages given" in built.fails("graph", "--static")
    assert "no specs given" in built.fails("graph")
    assert "/nowhere/graph" in built.fails("graph", "-o", "/nowhere/graph", "asker")


def test_the_page_is_one_file_and_safe() -> None:
    node = Node("k", "a@1", (("note", "</script><b>@DATA@"),), "installed", True)
    made = page(DrawnGraph((node,), ()), "<a> & b")
    assert "&lt;a&gt; &amp; b" in made
    assert made.count("</script>") == 2
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org/2000/svg)", made)
    data = re.search(r'type="application/json">(.*?)</script>', made, re.S)
    assert data is not None
    assert json.loads(data.group(1))["nodes"][0]["details"] == [["note", "</script><b>@DATA@"]]


def test_the_page_in_a_browser(built: Instance, tmp_path: Path) -> None:
    """Searching, choosing a package and hiding a type of edges work in a real browser."""
    browser = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None
    )
    if browser is None:
        pytest.skip("needs a browser: chromium or chrome")
    file = tmp_path / "graph.html"
    built.ok("graph", "--html", "-o", str(file), "asker")
    actions = """
<script>
const said = {};
search.value = 'answer@2'; search.dispatchEvent(new Event('input'));
said.found = document.getElementById('count').textContent;
said.lit = nodes.filter(g => !g.classList.contains('dim')).length;
search.value = ''; search.dispatchEvent(new Event('input'));
const which = data.nodes.findIndex(n => n.label.startsWith('answer@2'));
nodes[which].dispatchEvent(new MouseEvent('click', {bubbles: true}));
said.side = side.textContent;
said.open = side.classList.contains('open');
document.querySelector('input[data-kind=build]').click();
said.hidden = edges.filter(e => e.style.display === 'none').length;
const before = drawing.getAttribute('viewBox');
drawing.dispatchEvent(new WheelEvent('wheel', {deltaY: -300, clientX: 50, clientY: 90}));
said.zoomed = drawing.getAttribute('viewBox') !== before;
const box = nodes[which].getBoundingClientRect();
said.visible = box.width > 10 && box.height > 5;
document.title = 'done';
const out = document.createElement('pre'); out.id = 'said';
out.textContent = JSON.stringify(said); document.body.append(out);
</script>"""
    file.write_text(file.read_text().replace("</body>", actions + "</body>"))
    result = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000",
            "--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom", f"file://{file}",
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )  # fmt: skip
    said = re.search(r'<pre id="said">(.*?)</pre>', result.stdout, re.S)
    assert said is not None, result.stdout[-2000:] + result.stderr[-2000:]
    found = json.loads(said.group(1).replace("&gt;", ">").replace("&lt;", "<"))
    assert found["found"] == "1 found" and found["lit"] == 1
    assert found["open"] and "needed by" in found["side"] and "asker@1.0" in found["side"]
    assert found["hidden"] >= 1 and found["zoomed"] and found["visible"]
