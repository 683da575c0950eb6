"""The layers of the house: who may import whom, proved by reading every import statement.

Imports inside functions and under TYPE_CHECKING count like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "lib" / "spack" / "spack"

#: Below all layers: the kind of class that most values have, and names for type checkers.
FOUNDATION = ("named_tuples", "type_names")

#: Modules that import ``typing``, which others do without because it is slow: events read their
#: annotations, and recipes get names from the facade.
READS_TYPES = {"builds.events", "package"}

#: Layer to the layers it may import; a layer may always import itself.
ALLOWED: dict[str, str] = {
    **dict.fromkeys(FOUNDATION, ""),
    "errors": "",
    "system": "errors",
    "language": "errors",
    "config": "errors system language",
    "host": "errors system language",
    "recipes": "errors system language config host",
    "package": "errors system language config host recipes",
    "store": "errors system language config",
    "solve": "errors system language config host recipes",
    "sources": "errors system language config recipes",
    "buildcache": "errors system language config recipes store sources",
    "builds": "errors system language config host recipes store sources",
    "install": "errors system language config host recipes store sources builds buildcache",
    "views": "errors system language config host recipes store",
    "modulefiles": "errors system language config host recipes store",
    "activation": "errors system language config host recipes store",
    "environments": "errors system language config host recipes store sources solve builds "
    "buildcache install views modulefiles activation",
    "session": "errors system language config host recipes store sources environments",
    "work": "errors system language config host recipes store sources solve builds buildcache "
    "install views modulefiles activation environments session",
    "scripting": "errors system language config host recipes store builds environments session "
    "work",
    "cli": "errors language environments session work scripting",
}

#: External package to the layers or modules that may import it.
EXTERNAL: dict[str, str] = {
    "clingo": "solve",
    "archspec": "host language.targets",
    "ruamel": "system",
    "jsonschema": "config",
    "jinja2": "system",
    "boto3": "buildcache.transports.s3_access",
    "botocore": "buildcache.transports.s3_access",
}


def module_name(path: Path) -> str:
    """``host.libc`` for ``spack/host/libc.py``; ``host`` for ``spack/host/__init__.py``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES: dict[str, Path] = {
    module_name(path): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not path.relative_to(PACKAGE).parts[0].startswith(".")
}


@cache
def tree(name: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imports(name: str) -> Iterator[tuple[str, int]]:
    """Absolute names that a module imports, with the line; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                own = ["spack", *name.split(".")]
                if MODULES[name].name != "__init__.py":
                    own.pop()
                own = own[: len(own) - node.level + 1]
                base = ".".join(own + ([base] if base else []))
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


def internal_imports(name: str) -> Iterator[tuple[str, int]]:
    """Modules of this project that a module imports, longest name that is a module."""
    for target, line in imports(name):
        if target.split(".")[0] == "spack":
            parts = target.split(".")[1:]
            while parts and ".".join(parts) not in MODULES:
                parts.pop()
            yield ".".join(parts), line


def layer(name: str) -> str:
    return name.split(".")[0]


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components of more than one node (Tarjan, without recursion)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for start in graph:
        if start in order:
            continue
        work = [(start, iter(sorted(graph[start])))]
        order[start] = low[start] = len(order)
        stack.append(start)
        while work:
            node, children = work[-1]
            child = next(children, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    component = stack[stack.index(node) :]
                    del stack[stack.index(node) :]
                    if len(component) > 1:
                        found.append(sorted(component))
            elif child not in order:
                order[child] = low[child] = len(order)
                stack.append(child)
                work.append((child, iter(sorted(graph[child]))))
            elif child in stack:
                low[node] = min(low[node], order[child])
    return found


def test_every_module_belongs_to_a_layer() -> None:
    assert {layer(name) for name in MODULES if name} <= set(ALLOWED)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_a_layer_imports_only_layers_below(name: str) -> None:
    permitted = {name, "", *FOUNDATION, *ALLOWED[name].split()}
    wrong = [
        f"{MODULES[module]}:{line} imports spack.{target}"
        for module in MODULES
        if layer(module) == name
        for target, line in internal_imports(module)
        if layer(target) not in permitted
    ]
    assert wrong == []


def test_names_for_type_checkers_come_without_typing() -> None:
    importing = {
        module
        for module, path in MODULES.items()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import typing", "from typing "))
    }
    assert importing == READS_TYPES


def test_the_table_itself_has_no_cycle() -> None:
    assert cycles({name: set(below.split()) for name, below in ALLOWED.items()}) == []


def test_a_package_holds_nothing_but_a_docstring() -> None:
    """The program image does not look whether the source of such a module has changed."""
    packages = [name for name, path in MODULES.items() if path.name == "__init__.py" and name]
    wrong = [name for name in packages if [*map(type, tree(name).body)] not in ([], [ast.Expr])]
    assert wrong == []


def test_no_cycle_between_modules() -> None:
    graph = {
        name: {target for target, _ in internal_imports(name) if target not in ("", name)}
        for name in MODULES
    }
    assert cycles(graph) == []


def test_no_cycle_between_folders() -> None:
    graph: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        folder = name if path.name == "__init__.py" else name.rpartition(".")[0]
        below = graph.setdefault(folder, set())
        for target, _ in internal_imports(name):
            is_package = MODULES.get(target, path).name == "__init__.py"
            other = target if is_package else target.rpartition(".")[0]
            if other not in ("", folder):
                below.add(other)
    graph.pop("", None)
    assert cycles(graph) == []


def test_functions_of_work_take_parts_and_no_session() -> None:
    wrong = [
        f"{MODULES[name]}:{line} imports spack.{target}: take parts of session/parts.py"
        for name in MODULES
        if layer(name) == "work"
        for target, line in internal_imports(name)
        if layer(target) == "session" and target != "session.parts"
    ]
    assert wrong == []


def test_interfaces_of_parts_cost_no_command_anything() -> None:
    """Only annotations name them: who imports their file does so under ``TYPE_CHECKING``."""
    late = {
        id(node)
        for name in MODULES
        for block in ast.walk(tree(name))
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    wrong = [
        name
        for name in MODULES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.ImportFrom)
        and node.module == "spack.session.parts"
        and id(node) not in late
    ]
    assert wrong == []


def test_external_packages_stay_at_home() -> None:
    wrong = [
        f"{MODULES[name]}:{line} imports {target}"
        for name in MODULES
        for target, line in imports(name)
        if target.split(".")[0] in EXTERNAL
        and not {layer(name), name} & set(EXTERNAL[target.split(".")[0]].split())
    ]
    assert wrong == []


def test_cycles_finds_a_knot() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}
    assert cycles(graph) == [["a", "b", "c"]]
