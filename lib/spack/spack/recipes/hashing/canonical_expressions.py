"""Canonical text of expressions, f-strings among them.

The rules are said in :mod:`spack.recipes.hashing.canonical_text`, which writes statements with it.
Expressions and f-strings contain each other, so they are written in one place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from spack.errors import SpackError


class CanonicalTextError(SpackError):
    """The tree holds syntax that has no canonical text."""


# Binding strength of expressions, low to high. A node is parenthesised iff the place where it
# stands requires more than the node has.
NAMED = 0
TUPLE = 1
YIELD = 2
CONDITIONAL = 3
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

BINARY: dict[type[ast.operator], tuple[str, int]] = {
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
_UNARY: dict[type[ast.unaryop], tuple[str, int]] = {
    ast.Not: ("not ", _NOT),
    ast.UAdd: ("+", _SIGN),
    ast.USub: ("-", _SIGN),
    ast.Invert: ("~", _SIGN),
}
_COMPARE: dict[type[ast.cmpop], str] = {
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
TRIPLE_QUOTES = ('"""', "'''")

#: A literal too large for a float, which stands for infinity.
_INFINITY = "1e309"


def unsupported(node: ast.AST) -> CanonicalTextError:
    line = getattr(node, "lineno", 0)
    return CanonicalTextError(
        f"line {line}: {type(node).__name__} has no canonical text",
        hint="write recipes in the syntax of Python 3.9",
    )


class Expressions:
    """Writes expressions. Inside the fields of f-strings there are no backslashes, tuples are
    parenthesised only where needed, and lambdas are written without the extra blank."""

    def __init__(self, in_field: bool = False) -> None:
        self.in_field = in_field

    def text(self, node: ast.expr, required: int = CONDITIONAL) -> str:
        """The text of ``node`` for a place that requires a binding strength."""
        method = getattr(self, "_write_" + type(node).__name__, None)
        if method is None:
            raise unsupported(node)
        text, strength = method(node)
        return f"({text})" if strength < required else str(text)

    def joined(self, nodes: Iterable[ast.expr]) -> str:
        return ", ".join(self.text(node) for node in nodes)

    # atoms

    def _write_Name(self, node: ast.Name) -> tuple[str, int]:
        return node.id, _ATOM

    def _write_Constant(self, node: ast.Constant) -> tuple[str, int]:
        value = node.value
        if value is Ellipsis:
            return "...", _ATOM
        if isinstance(value, str) and self.in_field:
            text, quotes = quoted(value, _QUOTES)
            return f"{quotes[0]}{text}{quotes[0]}", _ATOM
        if isinstance(value, (float, complex)):
            return repr(value).replace("inf", _INFINITY), _ATOM
        return repr(value), _ATOM

    def _write_JoinedStr(self, node: ast.JoinedStr) -> tuple[str, int]:
        return "f" + _formatted_string(node, self.in_field), _ATOM

    def _write_List(self, node: ast.List) -> tuple[str, int]:
        return f"[{self.joined(node.elts)}]", _ATOM

    def _write_Set(self, node: ast.Set) -> tuple[str, int]:
        return f"{{{self.joined(node.elts)}}}" if node.elts else "{*()}", _ATOM

    def _write_Tuple(self, node: ast.Tuple) -> tuple[str, int]:
        items = self._tuple_items(node)
        if self.in_field and node.elts:
            return items, TUPLE
        return f"({items})", _ATOM

    def _tuple_items(self, node: ast.Tuple) -> str:
        if len(node.elts) == 1:
            return f"{self.text(node.elts[0])},"
        return self.joined(node.elts)

    def _write_Dict(self, node: ast.Dict) -> tuple[str, int]:
        items = []
        for key, value in zip(node.keys, node.values):
            if key is None:
                items.append(f"**{self.text(value, _BIT_OR)}")
            else:
                items.append(f"{self.text(key)}: {self.text(value)}")
        return f"{{{', '.join(items)}}}", _ATOM

    def _write_ListComp(self, node: ast.ListComp) -> tuple[str, int]:
        return f"[{self.text(node.elt)}{self._clauses(node.generators)}]", _ATOM

    def _write_SetComp(self, node: ast.SetComp) -> tuple[str, int]:
        return f"{{{self.text(node.elt)}{self._clauses(node.generators)}}}", _ATOM

    def _write_GeneratorExp(self, node: ast.GeneratorExp) -> tuple[str, int]:
        return f"({self.text(node.elt)}{self._clauses(node.generators)})", _ATOM

    def _write_DictComp(self, node: ast.DictComp) -> tuple[str, int]:
        clauses = self._clauses(node.generators)
        return f"{{{self.text(node.key)}: {self.text(node.value)}{clauses}}}", _ATOM

    def _clauses(self, generators: Iterable[ast.comprehension]) -> str:
        text = ""
        for clause in generators:
            word = "async for" if clause.is_async else "for"
            text += f" {word} {self.text(clause.target, TUPLE)} in {self.text(clause.iter, _OR)}"
            text += "".join(f" if {self.text(condition, _OR)}" for condition in clause.ifs)
        return text

    # trailers

    def _write_Attribute(self, node: ast.Attribute) -> tuple[str, int]:
        base = self.text(node.value, _ATOM)
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
            base += " "
        return f"{base}.{node.attr}", _ATOM

    def _write_Subscript(self, node: ast.Subscript) -> tuple[str, int]:
        index: ast.expr = node.slice
        if isinstance(index, ast.Tuple) and index.elts and not _has_star(index):
            inside = self._tuple_items(index)
        else:
            inside = self.text(index)
        return f"{self.text(node.value, _ATOM)}[{inside}]", _ATOM

    def _write_Slice(self, node: ast.Slice) -> tuple[str, int]:
        lower = self.text(node.lower) if node.lower is not None else ""
        upper = self.text(node.upper) if node.upper is not None else ""
        step = f":{self.text(node.step)}" if node.step is not None else ""
        return f"{lower}:{upper}{step}", _ATOM

    def _write_Call(self, node: ast.Call) -> tuple[str, int]:
        arguments = [self.text(argument) for argument in node.args]
        arguments += [keyword_of(keyword, self) for keyword in node.keywords]
        return f"{self.text(node.func, _ATOM)}({', '.join(arguments)})", _ATOM

    def _write_Starred(self, node: ast.Starred) -> tuple[str, int]:
        return f"*{self.text(node.value, _BIT_OR)}", _ATOM

    # operators

    def _write_BinOp(self, node: ast.BinOp) -> tuple[str, int]:
        sign, strength = BINARY[type(node.op)]
        left, right = strength, strength + 1
        if isinstance(node.op, ast.Pow):
            left, right = strength + 1, strength
        return f"{self.text(node.left, left)} {sign} {self.text(node.right, right)}", strength

    def _write_UnaryOp(self, node: ast.UnaryOp) -> tuple[str, int]:
        sign, strength = _UNARY[type(node.op)]
        return f"{sign}{self.text(node.operand, strength)}", strength

    def _write_BoolOp(self, node: ast.BoolOp) -> tuple[str, int]:
        word, strength = (" and ", _AND) if isinstance(node.op, ast.And) else (" or ", _OR)
        operands = [
            self.text(operand, min(strength + position, _ATOM))
            for position, operand in enumerate(node.values, start=1)
        ]
        return word.join(operands), strength

    def _write_Compare(self, node: ast.Compare) -> tuple[str, int]:
        text = self.text(node.left, _BIT_OR)
        for operator, operand in zip(node.ops, node.comparators):
            text += f" {_COMPARE[type(operator)]} {self.text(operand, _BIT_OR)}"
        return text, _COMPARISON

    def _write_IfExp(self, node: ast.IfExp) -> tuple[str, int]:
        body, test = self.text(node.body, _OR), self.text(node.test, _OR)
        return f"{body} if {test} else {self.text(node.orelse)}", CONDITIONAL

    def _write_Lambda(self, node: ast.Lambda) -> tuple[str, int]:
        arguments = arguments_of(node.args, self)
        blank = " " if arguments or not self.in_field else ""
        return f"lambda{blank}{arguments}: {self.text(node.body)}", CONDITIONAL

    def _write_NamedExpr(self, node: ast.NamedExpr) -> tuple[str, int]:
        return f"{self.text(node.target, _ATOM)} := {self.text(node.value, _ATOM)}", NAMED

    def _write_Await(self, node: ast.Await) -> tuple[str, int]:
        return f"await {self.text(node.value, _ATOM)}", _AWAIT

    def _write_Yield(self, node: ast.Yield) -> tuple[str, int]:
        value = f" {self.text(node.value, _ATOM)}" if node.value is not None else ""
        return f"yield{value}", YIELD

    def _write_YieldFrom(self, node: ast.YieldFrom) -> tuple[str, int]:
        return f"yield from {self.text(node.value, _ATOM)}", YIELD


def _has_star(node: ast.Tuple) -> bool:
    return any(isinstance(item, ast.Starred) for item in node.elts)


def text_of(node: ast.expr, required: int = CONDITIONAL) -> str:
    return Expressions().text(node, required)


def joined(nodes: Iterable[ast.expr]) -> str:
    return Expressions().joined(nodes)


def keyword_of(node: ast.keyword, writer: Expressions | None = None) -> str:
    value = (writer or Expressions()).text(node.value)
    return f"**{value}" if node.arg is None else f"{node.arg}={value}"


def arguments_of(node: ast.arguments, writer: Expressions) -> str:
    """The parameters of a function or lambda, without parentheses."""

    def one(argument: ast.arg, default: ast.expr | None = None) -> str:
        text = argument.arg
        if argument.annotation is not None:
            text += f": {writer.text(argument.annotation)}"
        return text if default is None else f"{text}={writer.text(default)}"

    positional = [*node.posonlyargs, *node.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults))
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


def quoted(
    string: str, candidates: Sequence[str], escape_whitespace: bool = False
) -> tuple[str, list[str]]:
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
        text, quotes = quoted("".join(piece for piece, _ in pieces), _QUOTES)
        return f"{quotes[0]}{text}{quotes[0]}"
    quotes = list(_QUOTES)
    written = []
    for piece, is_constant in pieces:
        text, quotes = quoted(piece, quotes, escape_whitespace=is_constant)
        written.append(text)
    return f"{quotes[0]}{''.join(written)}{quotes[0]}"


def _pieces(node: ast.JoinedStr) -> list[tuple[str, bool]]:
    """Constant texts and fields of an f-string, each with whether it is constant."""
    pieces: list[tuple[str, bool]] = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            pieces.append((_field(value), False))
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            text = _doubled_braces(value.value)
            if pieces and pieces[-1][1]:
                text = pieces.pop()[0] + text
            pieces.append((text, True))
        else:
            raise unsupported(value)
    return pieces


def _doubled_braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _field(node: ast.FormattedValue) -> str:
    expression = Expressions(in_field=True).text(node.value, _OR)
    if "\\" in expression:
        raise CanonicalTextError(
            f"line {node.lineno}: the expression {expression!r} inside an f-string cannot be "
            "written without a backslash",
            hint="compute the value in a statement of its own",
        )
    blank = " " if expression.startswith("{") else ""
    conversion = f"!{chr(node.conversion)}" if node.conversion != -1 else ""
    return f"{{{blank}{expression}{conversion}{_format_spec(node.format_spec)}}}"


def _format_spec(node: ast.expr | None) -> str:
    if node is None:
        return ""
    if not isinstance(node, ast.JoinedStr):
        raise unsupported(node)
    text = ""
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            text += _field(value)
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            constant = _doubled_braces(value.value).replace("\\", "\\\\")
            text += constant.replace("'", "\\'").replace('"', '\\"').replace("\n", "\\n")
        else:
            raise unsupported(value)
    return f":{text}"
