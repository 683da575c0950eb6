"""Canonical text of Python syntax trees, the same under every Python version.

The content hash of a recipe is computed from this text, so each detail of it is fixed for good:
layout, parentheses, quotes. The rules are those by which CPython 3.11 writes a tree, with two
differences: tuples are always parenthesised, and a lambda without arguments has a blank before its
colon. This module knows nothing of recipes.
"""

from __future__ import annotations

import ast
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Type, Union

from spack.errors import SpackError


class CanonicalTextError(SpackError):
    """The tree holds syntax that has no canonical text."""


# Binding strength of expressions, low to high. A node is parenthesised iff the place where it
# stands requires more than the node has.
_NAMED = 0
_TUPLE = 1
_YIELD = 2
_CONDITIONAL = 3
_OR = 4
_AND = 5
_NOT = 6
_COMPARISON = 7
_BIT_OR = 8
_BIT_XOR = 9
_BIT_AND = 10
_SHIFT = 11
_SUM = 12
_PRODUCT = 13
_SIGN = 14
_POWER = 15
_AWAIT = 16
_ATOM = 17

_BINARY: Dict[Type[ast.operator], Tuple[str, int]] = {
    ast.BitOr: ("|", _BIT_OR),
    ast.BitXor: ("^", _BIT_XOR),
    ast.BitAnd: ("&", _BIT_AND),
    ast.LShift: ("<<", _SHIFT),
    ast.RShift: (">>", _SHIFT),
    ast.Add: ("+", _SUM),
    ast.Sub: ("-", _SUM),
    ast.Mult: ("*", _PRODUCT),
    ast.MatMult: ("@", _PRODUCT),
    ast.Div: ("/", _PRODUCT),
    ast.FloorDiv: ("//", _PRODUCT),
    ast.Mod: ("%", _PRODUCT),
    ast.Pow: ("**", _POWER),
}
_UNARY: Dict[Type[ast.unaryop], Tuple[str, int]] = {
    ast.Not: ("not ", _NOT),
    ast.UAdd: ("+", _SIGN),
    ast.USub: ("-", _SIGN),
    ast.Invert: ("~", _SIGN),
}
_COMPARE: Dict[Type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

_QUOTES = ("'", '"', '"""', "'''")
_TRIPLE_QUOTES = ('"""', "'''")

#: A literal too large for a float, which stands for infinity.
_INFINITY = "1e309"


def canonical_text(tree: ast.Module) -> str:
    """The text of a module, without a newline at its end.

    Raises :class:`CanonicalTextError` for syntax newer than Python 3.9, and for expressions inside
    f-strings that cannot be written without a backslash.
    """
    return _Statements().module(tree)


class _Statements:
    """Writes statements; one object for one module."""

    def __init__(self) -> None:
        self._parts: List[str] = []
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
        method: Optional[Callable[[ast.stmt], None]] = getattr(
            self, "_write_" + type(node).__name__, None
        )
        if method is None:
            raise _unsupported(node)
        method(node)

    # simple statements

    def _write_Expr(self, node: ast.Expr) -> None:
        self._line(_text(node.value, _YIELD))

    def _write_Assign(self, node: ast.Assign) -> None:
        targets = "".join(f"{_text(target, _TUPLE)} = " for target in node.targets)
        self._line(targets + _text(node.value))

    def _write_AugAssign(self, node: ast.AugAssign) -> None:
        sign = _BINARY[type(node.op)][0]
        self._line(f"{_text(node.target)} {sign}= {_text(node.value)}")

    def _write_AnnAssign(self, node: ast.AnnAssign) -> None:
        target = _text(node.target)
        if not node.simple and isinstance(node.target, ast.Name):
            target = f"({target})"
        value = f" = {_text(node.value)}" if node.value is not None else ""
        self._line(f"{target}: {_text(node.annotation)}{value}")

    def _write_Return(self, node: ast.Return) -> None:
        self._line("return" if node.value is None else f"return {_text(node.value)}")

    def _write_Pass(self, node: ast.Pass) -> None:
        self._line("pass")

    def _write_Break(self, node: ast.Break) -> None:
        self._line("break")

    def _write_Continue(self, node: ast.Continue) -> None:
        self._line("continue")

    def _write_Delete(self, node: ast.Delete) -> None:
        self._line("del " + _joined(node.targets))

    def _write_Assert(self, node: ast.Assert) -> None:
        message = f", {_text(node.msg)}" if node.msg is not None else ""
        self._line(f"assert {_text(node.test)}{message}")

    def _write_Raise(self, node: ast.Raise) -> None:
        text = "raise"
        if node.exc is not None:
            text += f" {_text(node.exc)}"
        if node.cause is not None:
            text += f" from {_text(node.cause)}"
        self._line(text)

    def _write_Global(self, node: ast.Global) -> None:
        self._line("global " + ", ".join(node.names))

    def _write_Nonlocal(self, node: ast.Nonlocal) -> None:
        self._line("nonlocal " + ", ".join(node.names))

    def _write_Import(self, node: ast.Import) -> None:
        self._line("import " + ", ".join(map(_alias, node.names)))

    def _write_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self._line(f"from {module} import " + ", ".join(map(_alias, node.names)))

    # compound statements

    def _write_If(self, node: ast.If) -> None:
        self._line(f"if {_text(node.test)}:")
        self._block(node.body)
        orelse = node.orelse
        while len(orelse) == 1 and isinstance(orelse[0], ast.If):
            inner = orelse[0]
            self._line(f"elif {_text(inner.test)}:")
            self._block(inner.body)
            orelse = inner.orelse
        self._else(orelse)

    def _else(self, body: List[ast.stmt], word: str = "else") -> None:
        if body:
            self._line(f"{word}:")
            self._block(body)

    def _write_For(self, node: Union[ast.For, ast.AsyncFor]) -> None:
        word = "async for" if isinstance(node, ast.AsyncFor) else "for"
        self._line(f"{word} {_text(node.target, _TUPLE)} in {_text(node.iter)}:")
        self._block(node.body)
        self._else(node.orelse)

    _write_AsyncFor = _write_For

    def _write_While(self, node: ast.While) -> None:
        self._line(f"while {_text(node.test)}:")
        self._block(node.body)
        self._else(node.orelse)

    def _write_With(self, node: Union[ast.With, ast.AsyncWith]) -> None:
        word = "async with" if isinstance(node, ast.AsyncWith) else "with"
        items = []
        for item in node.items:
            text = _text(item.context_expr)
            if item.optional_vars is not None:
                text += f" as {_text(item.optional_vars)}"
            items.append(text)
        self._line(f"{word} {', '.join(items)}:")
        self._block(node.body)

    _write_AsyncWith = _write_With

    def _write_Try(self, node: ast.Try) -> None:
        self._line("try:")
        self._block(node.body)
        for handler in node.handlers:
            kind = f" {_text(handler.type)}" if handler.type is not None else ""
            name = f" as {handler.name}" if handler.name else ""
            self._line(f"except{kind}{name}:")
            self._block(handler.body)
        self._else(node.orelse)
        self._else(node.finalbody, "finally")

    def _write_ClassDef(self, node: ast.ClassDef) -> None:
        _refuse_type_parameters(node)
        self._blank_line()
        self._decorators(node.decorator_list)
        arguments = [_text(base) for base in node.bases]
        arguments += [_keyword(keyword) for keyword in node.keywords]
        self._line(f"class {node.name}" + (f"({', '.join(arguments)})" if arguments else "") + ":")
        self._body_with_docstring(node.body)

    def _write_FunctionDef(self, node: Union[ast.FunctionDef, ast.AsyncFunctionDef]) -> None:
        _refuse_type_parameters(node)
        self._blank_line()
        self._decorators(node.decorator_list)
        word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        returns = f" -> {_text(node.returns)}" if node.returns is not None else ""
        self._line(f"{word} {node.name}({_arguments(node.args, _Expressions())}){returns}:")
        self._body_with_docstring(node.body)

    _write_AsyncFunctionDef = _write_FunctionDef

    def _decorators(self, decorators: Iterable[ast.expr]) -> None:
        for decorator in decorators:
            self._line("@" + _text(decorator))

    def _body_with_docstring(self, body: List[ast.stmt]) -> None:
        docstring = _string_statement(body[0]) if body else None
        if docstring is not None:
            self._depth += 1
            text, quotes = _quoted(docstring, _TRIPLE_QUOTES)
            self._line(f"{quotes[0]}{text}{quotes[0]}")
            self._depth -= 1
            body = body[1:]
        self._block(body)


def _string_statement(node: ast.stmt) -> Optional[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        if isinstance(node.value.value, str):
            return node.value.value
    return None


def _alias(node: ast.alias) -> str:
    return f"{node.name} as {node.asname}" if node.asname else node.name


def _refuse_type_parameters(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise _unsupported(node)


def _unsupported(node: ast.AST) -> CanonicalTextError:
    line = getattr(node, "lineno", 0)
    return CanonicalTextError(
        f"line {line}: {type(node).__name__} has no canonical text",
        hint="write recipes in the syntax of Python 3.9",
    )


class _Expressions:
    """Writes expressions. Inside the fields of f-strings there are no backslashes, tuples are
    parenthesised only where needed, and lambdas are written without the extra blank."""

    def __init__(self, in_field: bool = False) -> None:
        self.in_field = in_field

    def text(self, node: ast.expr, required: int = _CONDITIONAL) -> str:
        """The text of ``node`` for a place that requires a binding strength."""
        method = getattr(self, "_write_" + type(node).__name__, None)
        if method is None:
            raise _unsupported(node)
        text, strength = method(node)
        return f"({text})" if strength < required else str(text)

    def joined(self, nodes: Iterable[ast.expr]) -> str:
        return ", ".join(self.text(node) for node in nodes)

    # atoms

    def _write_Name(self, node: ast.Name) -> Tuple[str, int]:
        return node.id, _ATOM

    def _write_Constant(self, node: ast.Constant) -> Tuple[str, int]:
        value = node.value
        if value is Ellipsis:
            return "...", _ATOM
        if isinstance(value, str) and self.in_field:
            text, quotes = _quoted(value, _QUOTES)
            return f"{quotes[0]}{text}{quotes[0]}", _ATOM
        if isinstance(value, (float, complex)):
            return repr(value).replace("inf", _INFINITY), _ATOM
        return repr(value), _ATOM

    def _write_JoinedStr(self, node: ast.JoinedStr) -> Tuple[str, int]:
        return "f" + _formatted_string(node, self.in_field), _ATOM

    def _write_List(self, node: ast.List) -> Tuple[str, int]:
        return f"[{self.joined(node.elts)}]", _ATOM

    def _write_Set(self, node: ast.Set) -> Tuple[str, int]:
        return f"{{{self.joined(node.elts)}}}" if node.elts else "{*()}", _ATOM

    def _write_Tuple(self, node: ast.Tuple) -> Tuple[str, int]:
        items = self._tuple_items(node)
        if self.in_field and node.elts:
            return items, _TUPLE
        return f"({items})", _ATOM

    def _tuple_items(self, node: ast.Tuple) -> str:
        if len(node.elts) == 1:
            return f"{self.text(node.elts[0])},"
        return self.joined(node.elts)

    def _write_Dict(self, node: ast.Dict) -> Tuple[str, int]:
        items = []
        for key, value in zip(node.keys, node.values):
            if key is None:
                items.append(f"**{self.text(value, _BIT_OR)}")
            else:
                items.append(f"{self.text(key)}: {self.text(value)}")
        return f"{{{', '.join(items)}}}", _ATOM

    def _write_ListComp(self, node: ast.ListComp) -> Tuple[str, int]:
        return f"[{self.text(node.elt)}{self._clauses(node.generators)}]", _ATOM

    def _write_SetComp(self, node: ast.SetComp) -> Tuple[str, int]:
        return f"{{{self.text(node.elt)}{self._clauses(node.generators)}}}", _ATOM

    def _write_GeneratorExp(self, node: ast.GeneratorExp) -> Tuple[str, int]:
        return f"({self.text(node.elt)}{self._clauses(node.generators)})", _ATOM

    def _write_DictComp(self, node: ast.DictComp) -> Tuple[str, int]:
        clauses = self._clauses(node.generators)
        return f"{{{self.text(node.key)}: {self.text(node.value)}{clauses}}}", _ATOM

    def _clauses(self, generators: Iterable[ast.comprehension]) -> str:
        text = ""
        for clause in generators:
            word = "async for" if clause.is_async else "for"
            text += f" {word} {self.text(clause.target, _TUPLE)} in {self.text(clause.iter, _OR)}"
            text += "".join(f" if {self.text(condition, _OR)}" for condition in clause.ifs)
        return text

    # trailers

    def _write_Attribute(self, node: ast.Attribute) -> Tuple[str, int]:
        base = self.text(node.value, _ATOM)
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
            base += " "
        return f"{base}.{node.attr}", _ATOM

    def _write_Subscript(self, node: ast.Subscript) -> Tuple[str, int]:
        index: ast.expr = node.slice
        if isinstance(index, ast.Tuple) and index.elts and not _has_star(index):
            inside = self._tuple_items(index)
        else:
            inside = self.text(index)
        return f"{self.text(node.value, _ATOM)}[{inside}]", _ATOM

    def _write_Slice(self, node: ast.Slice) -> Tuple[str, int]:
        lower = self.text(node.lower) if node.lower is not None else ""
        upper = self.text(node.upper) if node.upper is not None else ""
        step = f":{self.text(node.step)}" if node.step is not None else ""
        return f"{lower}:{upper}{step}", _ATOM

    def _write_Call(self, node: ast.Call) -> Tuple[str, int]:
        arguments = [self.text(argument) for argument in node.args]
        arguments += [_keyword(keyword, self) for keyword in node.keywords]
        return f"{self.text(node.func, _ATOM)}({', '.join(arguments)})", _ATOM

    def _write_Starred(self, node: ast.Starred) -> Tuple[str, int]:
        return f"*{self.text(node.value, _BIT_OR)}", _ATOM

    # operators

    def _write_BinOp(self, node: ast.BinOp) -> Tuple[str, int]:
        sign, strength = _BINARY[type(node.op)]
        left, right = strength, strength + 1
        if isinstance(node.op, ast.Pow):
            left, right = strength + 1, strength
        return f"{self.text(node.left, left)} {sign} {self.text(node.right, right)}", strength

    def _write_UnaryOp(self, node: ast.UnaryOp) -> Tuple[str, int]:
        sign, strength = _UNARY[type(node.op)]
        return f"{sign}{self.text(node.operand, strength)}", strength

    def _write_BoolOp(self, node: ast.BoolOp) -> Tuple[str, int]:
        word, strength = (" and ", _AND) if isinstance(node.op, ast.And) else (" or ", _OR)
        operands = [
            self.text(operand, min(strength + position, _ATOM))
            for position, operand in enumerate(node.values, start=1)
        ]
        return word.join(operands), strength

    def _write_Compare(self, node: ast.Compare) -> Tuple[str, int]:
        text = self.text(node.left, _BIT_OR)
        for operator, operand in zip(node.ops, node.comparators):
            text += f" {_COMPARE[type(operator)]} {self.text(operand, _BIT_OR)}"
        return text, _COMPARISON

    def _write_IfExp(self, node: ast.IfExp) -> Tuple[str, int]:
        body, test = self.text(node.body, _OR), self.text(node.test, _OR)
        return f"{body} if {test} else {self.text(node.orelse)}", _CONDITIONAL

    def _write_Lambda(self, node: ast.Lambda) -> Tuple[str, int]:
        arguments = _arguments(node.args, self)
        blank = " " if arguments or not self.in_field else ""
        return f"lambda{blank}{arguments}: {self.text(node.body)}", _CONDITIONAL

    def _write_NamedExpr(self, node: ast.NamedExpr) -> Tuple[str, int]:
        return f"{self.text(node.target, _ATOM)} := {self.text(node.value, _ATOM)}", _NAMED

    def _write_Await(self, node: ast.Await) -> Tuple[str, int]:
        return f"await {self.text(node.value, _ATOM)}", _AWAIT

    def _write_Yield(self, node: ast.Yield) -> Tuple[str, int]:
        value = f" {self.text(node.value, _ATOM)}" if node.value is not None else ""
        return f"yield{value}", _YIELD

    def _write_YieldFrom(self, node: ast.YieldFrom) -> Tuple[str, int]:
        return f"yield from {self.text(node.value, _ATOM)}", _YIELD


def _has_star(node: ast.Tuple) -> bool:
    return any(isinstance(item, ast.Starred) for item in node.elts)


def _text(node: ast.expr, required: int = _CONDITIONAL) -> str:
    return _Expressions().text(node, required)


def _joined(nodes: Iterable[ast.expr]) -> str:
    return _Expressions().joined(nodes)


def _keyword(node: ast.keyword, writer: Optional[_Expressions] = None) -> str:
    value = (writer or _Expressions()).text(node.value)
    return f"**{value}" if node.arg is None else f"{node.arg}={value}"


def _arguments(node: ast.arguments, writer: _Expressions) -> str:
    """The parameters of a function or lambda, without parentheses."""

    def one(argument: ast.arg, default: Optional[ast.expr] = None) -> str:
        text = argument.arg
        if argument.annotation is not None:
            text += f": {writer.text(argument.annotation)}"
        return text if default is None else f"{text}={writer.text(default)}"

    positional = [*node.posonlyargs, *node.args]
    defaults: List[Optional[ast.expr]] = [None] * (len(positional) - len(node.defaults))
    defaults += node.defaults
    items = []
    for position, (argument, default) in enumerate(zip(positional, defaults), start=1):
        items.append(one(argument, default))
        if position == len(node.posonlyargs):
            items.append("/")
    if node.vararg is not None:
        items.append("*" + one(node.vararg))
    elif node.kwonlyargs:
        items.append("*")
    items += [one(argument, value) for argument, value in zip(node.kwonlyargs, node.kw_defaults)]
    if node.kwarg is not None:
        items.append("**" + one(node.kwarg))
    return ", ".join(items)


# strings that are not written with repr


def _quoted(
    string: str, candidates: Sequence[str], escape_whitespace: bool = False
) -> Tuple[str, List[str]]:
    """The inside of a string literal, and the kinds of quotes that can stand around it.

    Backslashes and unprintable characters are escaped; newlines and tabs only if asked for.
    """
    text = "".join(_escaped(character, escape_whitespace) for character in string)
    quotes = [
        quote for quote in candidates if quote not in text and (len(quote) == 3 or "\n" not in text)
    ]
    if not quotes:
        literal = repr(string)
        fitting = [quote for quote in candidates if literal[0] in quote]
        return literal[1:-1], fitting[:1] or [literal[0]]
    if text:
        # A quote at the very end of the text must not touch closing quotes of its own kind.
        quotes.sort(key=lambda quote: quote[0] == text[-1])
        if quotes[0][0] == text[-1]:
            text = f"{text[:-1]}\\{text[-1]}"
    return text, quotes


def _escaped(character: str, escape_whitespace: bool) -> str:
    if character in "\n\t" and not escape_whitespace:
        return character
    if character == "\\" or not character.isprintable():
        return character.encode("unicode_escape").decode("ascii")
    return character


def _formatted_string(node: ast.JoinedStr, in_field: bool) -> str:
    """An f-string with its quotes, without the letter in front."""
    pieces = _pieces(node)
    if in_field:
        text, quotes = _quoted("".join(piece for piece, _ in pieces), _QUOTES)
        return f"{quotes[0]}{text}{quotes[0]}"
    quotes = list(_QUOTES)
    written = []
    for piece, is_constant in pieces:
        text, quotes = _quoted(piece, quotes, escape_whitespace=is_constant)
        written.append(text)
    return f"{quotes[0]}{''.join(written)}{quotes[0]}"


def _pieces(node: ast.JoinedStr) -> List[Tuple[str, bool]]:
    """Constant texts and fields of an f-string, each with whether it is constant."""
    pieces: List[Tuple[str, bool]] = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            pieces.append((_field(value), False))
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            text = _doubled_braces(value.value)
            if pieces and pieces[-1][1]:
                text = pieces.pop()[0] + text
            pieces.append((text, True))
        else:
            raise _unsupported(value)
    return pieces


def _doubled_braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _field(node: ast.FormattedValue) -> str:
    expression = _Expressions(in_field=True).text(node.value, _OR)
    if "\\" in expression:
        raise CanonicalTextError(
            f"line {node.lineno}: the expression {expression!r} inside an f-string cannot be "
            "written without a backslash",
            hint="compute the value in a statement of its own",
        )
    blank = " " if expression.startswith("{") else ""
    conversion = f"!{chr(node.conversion)}" if node.conversion != -1 else ""
    return f"{{{blank}{expression}{conversion}{_format_spec(node.format_spec)}}}"


def _format_spec(node: Optional[ast.expr]) -> str:
    if node is None:
        return ""
    if not isinstance(node, ast.JoinedStr):
        raise _unsupported(node)
    text = ""
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            text += _field(value)
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            constant = _doubled_braces(value.value).replace("\\", "\\\\")
            text += constant.replace("'", "\\'").replace('"', '\\"').replace("\n", "\\n")
        else:
            raise _unsupported(value)
    return f":{text}"
