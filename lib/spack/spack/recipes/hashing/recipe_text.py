"""The part of a recipe file that matters: its text without all that cannot change a build.

Comments, docstrings, directives and descriptive attributes are taken out, and of conditional
methods only those remain that can apply to the spec. This module reads no file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from spack.recipes.hashing.canonical_text import canonical_text, string_statement
from spack.type_names import Callable, Optional

#: Whether the spec satisfies a condition text; None if the text is not a spec.
Satisfies = Callable[[str], Optional[bool]]

_DIRECTIVES = frozenset(
    (
        "build_system version conflicts depends_on redistribute extends provides can_splice patch "
        "variant resource maintainers license requires"
    ).split()
)
_DESCRIPTION = frozenset(
    (
        "homepage url urls list_url extendable parallel make_jobs maintainers tags go git cvs svn "
        "hg s3 gs"
    ).split()
)


def recipe_text(source: str, satisfies: Satisfies) -> str:
    """The canonical text of what matters in a recipe file for one spec.

    Args:
        source: content of ``package.py``.
        satisfies: answers the conditions of ``@when``.

    Raises SyntaxError if the file is not Python.
    """
    tree = ast.parse(source)
    _remove_loose_strings(tree)
    _remove_directives(tree.body, in_class=False)
    _resolve_conditional_methods(tree, satisfies)
    return canonical_text(tree) + "\n"


def _remove_loose_strings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            node.body = [child for child in node.body if string_statement(child) is None] or [
                ast.Pass()
            ]


def _remove_directives(body: list[ast.stmt], in_class: bool) -> None:
    """Remove directives and descriptive assignments from a block, and blocks they leave empty."""
    kept: list[ast.stmt] = []
    for node in body:
        if _is_directive(node) or _is_description(node):
            continue
        if isinstance(node, ast.ClassDef):
            if not in_class:
                _remove_directives(node.body, in_class=True)
                node.body = node.body or [ast.Pass()]
        elif isinstance(node, ast.If):
            _remove_directives(node.body, in_class)
            _remove_directives(node.orelse, in_class)
            if not node.body:
                if not node.orelse:
                    continue
                node.body = [ast.Pass()]
        elif isinstance(node, (ast.For, ast.While)):
            _remove_directives(node.body, in_class)
            _remove_directives(node.orelse, in_class)
            if not node.body:
                continue
        elif isinstance(node, ast.With):
            _remove_directives(node.body, in_class)
            if not node.body:
                continue
        elif isinstance(node, ast.Try):
            for block in (node.body, node.orelse, node.finalbody):
                _remove_directives(block, in_class)
            for handler in node.handlers:
                _remove_directives(handler.body, in_class)
        kept.append(node)
    body[:] = kept


def _is_directive(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in _DIRECTIVES
    )


def _is_description(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in _DESCRIPTION
    )


#: A definition and, per decorator, whether it holds for the spec; None where that is not known.
_Definition = tuple[ast.FunctionDef, Sequence[Optional[bool]]]


def _resolve_conditional_methods(tree: ast.Module, satisfies: Satisfies) -> None:
    """Keep the definitions that can apply. Names are not told apart by class: one list a file."""
    by_name: dict[str, list[_Definition]] = {}
    for node in _functions(tree):
        conditions = [_holds(decorator, satisfies) for decorator in node.decorator_list]
        if conditions:
            by_name.setdefault(node.name, []).append((node, conditions))
        else:
            by_name[node.name] = [(node, conditions)]
    kept: set[int] = set()
    for definitions in by_name.values():
        for node in _applicable(definitions):
            node.decorator_list = [d for d in node.decorator_list if not _is_when(d)]
            kept.add(id(node))
    for block in _statement_lists(tree):
        block[:] = [n for n in block if not isinstance(n, ast.FunctionDef) or id(n) in kept]


def _statement_lists(node: ast.AST) -> Iterable[list[ast.stmt]]:
    """Every block below ``node``, without going into functions, in the order of the file."""
    for field in ("body", "handlers", "orelse", "finalbody"):
        children = getattr(node, field, None)
        if not isinstance(children, list):
            continue
        if field != "handlers":
            yield children
        for child in children:
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from _statement_lists(child)


def _functions(node: ast.AST) -> Iterable[ast.FunctionDef]:
    """Every ``def`` that is not inside another one, in the order of the file."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        elif not isinstance(child, (ast.AsyncFunctionDef, ast.expr)):
            yield from _functions(child)


def _is_when(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "when"
        and len(decorator.args) == 1
    )


def _holds(decorator: ast.expr, satisfies: Satisfies) -> bool | None:
    if not _is_when(decorator):
        return None
    assert isinstance(decorator, ast.Call)
    argument = decorator.args[0]
    if not isinstance(argument, ast.Constant):
        return None
    if isinstance(argument.value, bool):
        return argument.value
    return satisfies(argument.value) if isinstance(argument.value, str) else None


def _applicable(definitions: Iterable[_Definition]) -> list[ast.FunctionDef]:
    default: ast.FunctionDef | None = None
    result: list[ast.FunctionDef] = []
    for node, conditions in definitions:
        if not conditions:
            default = node
        elif False in conditions:
            continue
        elif all(condition is True for condition in conditions) and result:
            if result[0] is default:
                return [node]
        result.append(node)
    return result
