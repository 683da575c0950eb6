"""The measures of the house: rooms, files and classes that can be read, one word for one thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "lib" / "spack" / "spack"

#: Modules in a room, lines of a file, lines of a class.
ROOM, FILE, CLASS = 17, 500, 300

#: Rooms that are lists: one short file for each of the same kind.
LISTS = {"cli/commands"}

#: How the docstring of a longer file begins the sentence that says why.
REASON = "Long because "

#: Classes of one name, and why no other name would do.
HOMONYMS: dict[str, str] = {
    "Answer": "of a run of clingo, and of a whole question; no module knows both",
    "Row": "of an index of records, and of a table of the encoding; no module knows both",
    "UnknownPackageError": "nobody has the recipe: said of a name, and of a name in a request",
    "WrongPlatformError": "said of this machine, and of a platform in a request",
}


def modules() -> Iterator[tuple[str, ast.Module, int]]:
    """Path below the package, syntax tree and number of lines of every module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(text), text.count("\n")


def docstring(tree: ast.Module) -> str:
    return ast.get_docstring(tree) or ""


def test_no_two_public_classes_share_a_name() -> None:
    homes: dict[str, list[str]] = {}
    for name, tree, _ in modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(name)
    shared = {name: places for name, places in homes.items() if len(places) > 1}
    assert {name: shared[name] for name in shared if name not in HOMONYMS} == {}
    assert set(HOMONYMS) <= set(shared), "an exception that is none any more"


def test_no_room_has_too_many_doors() -> None:
    rooms: dict[str, int] = {}
    for name, _, _ in modules():
        room, _, module = name.rpartition("/")
        if module != "__init__.py":
            rooms[room] = rooms.get(room, 0) + 1
    assert {room: n for room, n in rooms.items() if n > ROOM and room not in LISTS} == {}


def test_a_long_file_says_why() -> None:
    long = {name: lines for name, tree, lines in modules() if lines > FILE}
    reasons = {name for name, tree, _ in modules() if REASON in " ".join(docstring(tree).split())}
    assert {name: long[name] for name in long if name not in reasons} == {}
    assert reasons <= set(long), "a reason for a file that is not long"


def test_no_class_is_too_long() -> None:
    found = {
        f"{name}: {node.name}": node.end_lineno - node.lineno + 1
        for name, tree, _ in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.end_lineno is not None
    }
    assert {place: lines for place, lines in found.items() if lines > CLASS} == {}


def test_every_room_says_its_job() -> None:
    rooms = [(name, tree) for name, tree, _ in modules() if name.endswith("__init__.py")]
    assert [name for name, tree in rooms if not docstring(tree)] == []
