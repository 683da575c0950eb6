"""Canonical text of Python syntax trees, the same under every Python version.

The content hash of a recipe is computed from this text, so each detail of it is fixed for good:
layout, parentheses, quotes. The rules are those by which CPython 3.11 writes a tree, with two
differences: tuples are always parenthesised, and a lambda without arguments has a blank before its
colon. This module knows nothing of recipes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from spack.recipes.hashing.canonical_expressions import (
    BINARY,
    TRIPLE_QUOTES,
    TUPLE,
    YIELD,
    Expressions,
    arguments_of,
    joined,
    keyword_of,
    quoted,
    text_of,
    unsupported,
)
from spack.type_names import Callable


def canonical_text(tree: ast.Module) -> str:
    """The text of a module, without a newline at its end.

    Raises :class:`CanonicalTextError` for syntax newer than Python 3.9, and for expressions inside
    f-strings that cannot be written without a backslash.
    """
    return _Statements().module(tree)


class _Statements:
    """Writes statements; one object for one module."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._depth = 0

    def module(self, tree: ast.Module) -> str:
        for statement in tree.body:
            self._statement(statement)
        return "".join(self._parts)

    def _line(self, text: str) -> None:
        """Begin a new line, unless it is the first one."""
        if self._parts:
            self._parts.append("\n")
        self._parts.append("    " * self._depth + text)

    def _blank_line(self) -> None:
        if self._parts:
            self._parts.append("\n")

    def _block(self, body: Iterable[ast.stmt]) -> None:
        self._depth += 1
        for statement in body:
            self._statement(statement)
        self._depth -= 1

    def _statement(self, node: ast.stmt) -> None:
        method: Callable[[ast.stmt], None] | None = getattr(
            self, "_write_" + type(node).__name__, None
        )
        if method is None:
            raise unsupported(node)
        method(node)

    # simple statements

    def _write_Expr(self, node: ast.Expr) -> None:
        self._line(text_of(node.value, YIELD))

    def _write_Assign(self, node: ast.Assign) -> None:
        targets = "".join(f"{text_of(target, TUPLE)} = " for target in node.targets)
        self._line(targets + text_of(node.value))

    def _write_AugAssign(self, node: ast.AugAssign) -> None:
        sign = BINARY[type(node.op)][0]
        self._line(f"{text_of(node.target)} {sign}= {text_of(node.value)}")

    def _write_AnnAssign(self, node: ast.AnnAssign) -> None:
        target = text_of(node.target)
        if not node.simple and isinstance(node.target, ast.Name):
            target = f"({target})"
        value = f" = {text_of(node.value)}" if node.value is not None else ""
        self._line(f"{target}: {text_of(node.annotation)}{value}")

    def _write_Return(self, node: ast.Return) -> None:
        self._line("return" if node.value is None else f"return {text_of(node.value)}")

    def _write_word(self, node: ast.Pass | ast.Break | ast.Continue) -> None:
        self._line(type(node).__name__.lower())

    _write_Pass = _write_Break = _write_Continue = _write_word

    def _write_Delete(self, node: ast.Delete) -> None:
        self._line("del " + joined(node.targets))

    def _write_Assert(self, node: ast.Assert) -> None:
        message = f", {text_of(node.msg)}" if node.msg is not None else ""
        self._line(f"assert {text_of(node.test)}{message}")

    def _write_Raise(self, node: ast.Raise) -> None:
        text = "raise"
        if node.exc is not None:
            text += f" {text_of(node.exc)}"
        if node.cause is not None:
            text += f" from {text_of(node.cause)}"
        self._line(text)

    def _write_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self._line(f"{type(node).__name__.lower()} {', '.join(node.names)}")

    _write_Nonlocal = _write_Global

    def _write_Import(self, node: ast.Import) -> None:
        self._line("import " + ", ".join(map(_alias, node.names)))

    def _write_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self._line(f"from {module} import " + ", ".join(map(_alias, node.names)))

    # compound statements

    def _write_If(self, node: ast.If) -> None:
        self._line(f"if {text_of(node.test)}:")
        self._block(node.body)
        orelse = node.orelse
        while len(orelse) == 1 and isinstance(orelse[0], ast.If):
            inner = orelse[0]
            self._line(f"elif {text_of(inner.test)}:")
            self._block(inner.body)
            orelse = inner.orelse
        self._else(orelse)

    def _else(self, body: list[ast.stmt], word: str = "else") -> None:
        if body:
            self._line(f"{word}:")
            self._block(body)

    def _write_For(self, node: ast.For | ast.AsyncFor) -> None:
        word = "async for" if isinstance(node, ast.AsyncFor) else "for"
        self._line(f"{word} {text_of(node.target, TUPLE)} in {text_of(node.iter)}:")
        self._block(node.body)
        self._else(node.orelse)

    _write_AsyncFor = _write_For

    def _write_While(self, node: ast.While) -> None:
        self._line(f"while {text_of(node.test)}:")
        self._block(node.body)
        self._else(node.orelse)

    def _write_With(self, node: ast.With | ast.AsyncWith) -> None:
        word = "async with" if isinstance(node, ast.AsyncWith) else "with"
        items = []
        for item in node.items:
            text = text_of(item.context_expr)
            if item.optional_vars is not None:
                text += f" as {text_of(item.optional_vars)}"
            items.append(text)
        self._line(f"{word} {', '.join(items)}:")
        self._block(node.body)

    _write_AsyncWith = _write_With

    def _write_Try(self, node: ast.Try) -> None:
        self._line("try:")
        self._block(node.body)
        for handler in node.handlers:
            kind = f" {text_of(handler.type)}" if handler.type is not None else ""
            name = f" as {handler.name}" if handler.name else ""
            self._line(f"except{kind}{name}:")
            self._block(handler.body)
        self._else(node.orelse)
        self._else(node.finalbody, "finally")

    def _write_ClassDef(self, node: ast.ClassDef) -> None:
        _refuse_type_parameters(node)
        self._blank_line()
        self._decorators(node.decorator_list)
        arguments = [text_of(base) for base in node.bases]
        arguments += [keyword_of(keyword) for keyword in node.keywords]
        self._line(f"class {node.name}" + (f"({', '.join(arguments)})" if arguments else "") + ":")
        self._body_with_docstring(node.body)

    def _write_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        _refuse_type_parameters(node)
        self._blank_line()
        self._decorators(node.decorator_list)
        word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        returns = f" -> {text_of(node.returns)}" if node.returns is not None else ""
        self._line(f"{word} {node.name}({arguments_of(node.args, Expressions())}){returns}:")
        self._body_with_docstring(node.body)

    _write_AsyncFunctionDef = _write_FunctionDef

    def _decorators(self, decorators: Iterable[ast.expr]) -> None:
        for decorator in decorators:
            self._line("@" + text_of(decorator))

    def _body_with_docstring(self, body: list[ast.stmt]) -> None:
        docstring = string_statement(body[0]) if body else None
        if docstring is not None:
            self._depth += 1
            text, quotes = quoted(docstring, TRIPLE_QUOTES)
            self._line(f"{quotes[0]}{text}{quotes[0]}")
            self._depth -= 1
            body = body[1:]
        self._block(body)


def string_statement(node: ast.stmt) -> str | None:
    """The text of a statement that is a string and nothing else; None for others."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        if isinstance(node.value.value, str):
            return node.value.value
    return None


def _alias(node: ast.alias) -> str:
    return f"{node.name} as {node.asname}" if node.asname else node.name


def _refuse_type_parameters(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise unsupported(node)
