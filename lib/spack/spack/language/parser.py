"""The parser of specs: text to :class:`Spec` values.

One regular expression of named patterns cuts the text in tokens; the first pattern that fits wins.
Every rule of :class:`_Parser` has its grammar line as docstring (``{x}`` repetition, ``[x]``
optional, ``|`` choice; capitals are tokens). The same errors serve the command line, YAML and
recipes: they carry the text, the place in it, a reason and, where there is one, a suggestion.

Knows no recipe, no store and no file. Long because the grammar stands beside the code that parses
it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from re import Match

from spack.errors import Origin, SpackError, Span
from spack.language import deptypes as dt
from spack.language.constraints import UnsatisfiableSpecError, join_edges
from spack.language.specs import (
    FLAG_TYPES,
    LEGACY_COMPILER_NAMES,
    Edge,
    FlagConstraint,
    Spec,
    VariantConstraint,
    quoted,
)
from spack.language.version_keys import VersionError
from spack.language.versions import VersionSet, parse_version_set
from spack.type_names import Callable

#: Names that a recipe may not give to a variant.
RESERVED_VARIANT_NAMES = frozenset(
    "arch architecture branch commit dev_path namespace operating_system os patches platform ref "
    "tag target".split()
)

#: Keys of attributes that are not variants, with the attribute that they set.
_ARCHITECTURE_KEYS = {
    "platform": "platform",
    "os": "os",
    "operating_system": "os",
    "target": "target",
    "arch": "arch",
    "architecture": "arch",
}

_EDGE_KEYS = ("deptypes", "virtuals", "when")

_FLAG_KEYS = frozenset(FLAG_TYPES)

_PROPAGATION_REFUSED = RESERVED_VARIANT_NAMES | frozenset(_ARCHITECTURE_KEYS)

_IDENT = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
_VNAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_EXACT = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_ITEM = rf"(?:={_EXACT}(?!:)|(?:{_EXACT})?:(?:{_EXACT}(?![A-Za-z0-9_.-]|\s*=))?|{_EXACT})"
_GIT = r"(?:git\.[A-Za-z0-9_][A-Za-z0-9_./-]*|[0-9a-f]{40}(?![A-Za-z0-9_.:-]))"
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z0-9_+*.,:=%^~/\\-]+)"""
_BIND = rf"(?:\s*{_IDENT}(?:,{_IDENT})*=(?=[A-Za-z0-9_*]))?"

_TOKENS = (
    ("EDGE", r"(?:\^|%%|%)\["),
    ("EDGE_END", rf"\]{_BIND}"),
    ("SIGIL", rf"(?:\^|%%|%){_BIND}"),
    ("GIT", rf"@\s*=?\s*{_GIT}(?:={_EXACT})?"),
    ("VERSION", rf"@\s*{_ITEM}(?:\s*,\s*{_ITEM})*"),
    ("SPREAD", rf"(?:\+\+|~~|--)\s*{_VNAME}"),
    ("BOOL", rf"[+~-]\s*{_VNAME}"),
    ("PAIR", rf"{_VNAME}:?==?{_VALUE}"),
    ("FILE", r"(?:\.{0,2}/|[A-Za-z0-9_.-]+/)[A-Za-z0-9_./~+-]*\.(?:json|yaml)(?![A-Za-z0-9_.-])"),
    ("DOTTED", rf"{_IDENT}(?:\.{_IDENT})+"),
    ("NAME", rf"{_IDENT}|\*"),
    ("HASH", r"/[A-Za-z0-9_]+"),
    ("BLANK", r"\s+"),
    ("OTHER", r"."),
)

_MASTER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _TOKENS), re.DOTALL)
_NAME = re.compile(_IDENT)
_PAIR_PARTS = re.compile(rf"({_VNAME})(:?)(==?)(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\'\"])")
_SHELL_PAIR = re.compile(rf"({_VNAME}:?==?)(.*)", re.DOTALL)
_BARE = re.compile(r"[A-Za-z0-9_+*.,:=%^~/\\-]+")


class SpecSyntaxError(SpackError):
    """A text is not a spec: the text, where in it, why, and what was probably meant."""


class _Problem(Exception):
    """Internal: a reason and an optional suggestion, before text and place are known."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


_TRUE = (True,)
_FALSE = (False,)


def _pair(token: str) -> tuple[str, str, str, str]:
    """Key, ``:`` or nothing, ``=`` or ``==``, value of a PAIR token."""
    match = _PAIR_PARTS.match(token)
    assert match is not None
    key, exact, equals, value = match.groups()
    if value[:1] in ("'", '"'):
        mark = value[0]
        value = value[1:-1]
        if "\\" in value:
            value = _ESCAPE.sub(
                lambda found: found.group(1 if found.group(1) in (mark, "\\") else 0), value
            )
    return key, exact, equals, value


def _variant(key: str, value: str, exact: bool, propagate: bool) -> VariantConstraint:
    word = value.lower()
    if word == "true" or word == "false":
        return VariantConstraint(key, (word == "true",), propagate=propagate)
    if value == "*":
        return VariantConstraint(key, ("*",), propagate=propagate)
    if "," not in value:
        return VariantConstraint(key, (value,), exact, propagate)
    words = {item.strip() for item in value.split(",")}
    if "" in words:
        raise _Problem(f"the list of values of {key} has an empty item", "remove the extra comma")
    if "*" in words:
        raise _Problem(f"'*' cannot be combined with other values of {key}", f"write {key}=*")
    values: tuple[bool | str, ...] = tuple(sorted(words))
    return VariantConstraint(key, values, exact, propagate)


class _Node:
    """The attributes of one node while it is being read."""

    __slots__ = (
        "abstract_hash",
        "flags",
        "name",
        "namespace",
        "os",
        "platform",
        "seen",
        "target",
        "variants",
        "versions",
    )

    def __init__(self) -> None:
        self.name: str | None = None
        self.namespace: str | None = None
        self.versions: VersionSet | None = None
        self.variants: dict[str, VariantConstraint] = {}
        self.flags: dict[str, tuple[FlagConstraint, ...]] = {}
        self.platform: str | None = None
        self.os: str | None = None
        self.target: str | None = None
        self.abstract_hash: str | None = None
        self.seen = False

    def finish(self, dependencies: tuple[Edge, ...] = ()) -> Spec:
        variants = self.variants
        if len(variants) > 1:
            variants = dict(sorted(variants.items()))
        return Spec(
            self.name,
            namespace=self.namespace,
            versions=VersionSet.ANY if self.versions is None else self.versions,
            variants=variants,
            flags=self.flags,
            platform=self.platform,
            os=self.os,
            target=self.target,
            abstract_hash=self.abstract_hash,
            dependencies=dependencies,
        )

    # -- rules of attributes -------------------------------------------------------------------

    def version(self, token: str) -> None:
        """``VERSION := '@' item {',' item}``, ``GIT := '@' gitref ['=' exact]``"""
        if self.versions is not None:
            raise _Problem(
                "a node can have only one version constraint",
                f"write both as a list: @{self.versions},{token[1:].strip()}",
            )
        self.versions = parse_version_set(token[1:])

    def boolean(self, token: str) -> None:
        """``BOOL := ('+' | '~' | '-') vname``"""
        self.add_variant(
            VariantConstraint(token[1:].lstrip(), _TRUE if token[0] == "+" else _FALSE)
        )

    def spread(self, token: str) -> None:
        """``SPREAD := ('++' | '~~' | '--') vname``"""
        values = _TRUE if token[0] == "+" else _FALSE
        self.add_variant(VariantConstraint(token[2:].lstrip(), values, propagate=True))

    def key_value(self, token: str) -> None:
        """``PAIR := vname [':'] ('=' | '==') (BARE | QUOTED)``"""
        key, exact, equals, value = _pair(token)
        propagate = equals == "=="
        if propagate and key in _PROPAGATION_REFUSED:
            raise _Problem(f"{key} cannot be propagated to dependencies", f"write {key}={value}")
        if key in _FLAG_KEYS:
            self.add_flags(key, value, propagate)
        elif key in _ARCHITECTURE_KEYS:
            self.add_architecture(_ARCHITECTURE_KEYS[key], value)
        elif key == "namespace":
            if self.namespace not in (None, value):
                raise _Problem(f"the namespace is {self.namespace} already")
            self.namespace = value
        else:
            self.add_variant(_variant(key, value, bool(exact), propagate))

    def hash(self, token: str) -> None:
        """``HASH := '/' [A-Za-z0-9_]+``"""
        if self.abstract_hash is not None:
            raise _Problem(
                "a node can have only one hash", f"keep /{self.abstract_hash} or {token}"
            )
        self.abstract_hash = token[1:]

    # -- their parts ---------------------------------------------------------------------------

    def add_variant(self, variant: VariantConstraint) -> None:
        other = self.variants.get(variant.name)
        if other is not None:
            hint = f"keep either {other} or {variant}"
            if not other.is_boolean and not variant.is_boolean:
                both = f"{other.value_text},{variant.value_text}"
                hint = f"write several values as {variant.name}={both}"
            raise _Problem(f"variant {variant.name} is given twice", hint)
        self.variants[variant.name] = variant

    def add_flags(self, kind: str, value: str, propagate: bool) -> None:
        flags: list[str] = []
        for word in value.split():
            if flags and word[0] != "-":
                flags[-1] += " " + word
            else:
                flags.append(word)
        if flags:
            self.flags[kind] = self.flags.get(kind, ()) + tuple(
                FlagConstraint(flag, propagate, value) for flag in flags
            )

    def add_architecture(self, part: str, value: str) -> None:
        parts = {part: value}
        if part == "arch":
            words = value.split("-", 1)
            if len(words) == 2 and "-" in words[1]:
                system, _, target = words[1].rpartition("-")
                parts = {"platform": words[0], "os": system, "target": target}
            else:
                parts = {"target": value}
        for name, word in parts.items():
            if not word or (part == "arch" and word == "None"):
                continue
            if getattr(self, name) is not None:
                raise _Problem(f"{name} is given twice", f"keep only one {name}=")
            setattr(self, name, word)


_ATTRIBUTES: Mapping[str, Callable[[_Node, str], None]] = {
    "VERSION": _Node.version,
    "GIT": _Node.version,
    "BOOL": _Node.boolean,
    "SPREAD": _Node.spread,
    "PAIR": _Node.key_value,
    "HASH": _Node.hash,
}


class _Parser:
    """One pass over the tokens of one text."""

    __slots__ = ("origin", "place", "text", "tokens")

    def __init__(self, text: str, origin: Origin | None = None) -> None:
        self.text = text
        self.origin = origin
        self.tokens: list[Match[str]] = list(_MASTER.finditer(text))
        self.place = 0

    # -- rules ---------------------------------------------------------------------------------

    def specs(self) -> list[tuple[Spec, str]]:
        """``input := [spec {BLANK spec}]``, each with its text"""
        found: list[tuple[Spec, str]] = []
        self.skip_blanks()
        while self.place < len(self.tokens):
            start = self.tokens[self.place].start()
            spec = self.spec()
            end = self.tokens[self.place - 1].end()
            found.append((spec, self.text[start:end].rstrip()))
        return found

    def spec(self) -> Spec:
        """``spec := node {dependency}``"""
        start = self.place
        if self.kind() == "FILE":
            raise self.error(
                "a specfile cannot be used here",
                start,
                hint="write a spec, or /HASH for an installed one",
            )
        root = self.node(_Node())
        if root.seen is False and self.kind() not in ("SIGIL", "EDGE"):
            self.unexpected()
        direct: list[Edge] = []
        below: list[tuple[Edge, list[Edge]]] = []
        while True:
            kind = self.kind()
            if kind == "SIGIL" or kind == "EDGE":
                edge = self.dependency(kind)
                if edge.sigil == "^":
                    below.append((edge, []))
                elif below:
                    below[-1][1].append(edge)
                else:
                    direct.append(edge)
            else:
                break
        if not (direct or below):
            return root.finish()
        try:
            edges = direct
            for edge, children in below:
                if children:
                    child = edge.spec.replace(
                        dependencies=join_edges(children) if len(children) > 1 else tuple(children)
                    )
                    edge = edge._replace(spec=child)
                edges.append(edge)
            return root.finish(join_edges(edges) if len(edges) > 1 else tuple(edges))
        except UnsatisfiableSpecError as error:
            raise self.error(error.message, start, self.place - 1, error.hint) from None

    def dependency(self, kind: str) -> Edge:
        """``dependency := (SIGIL | EDGE {PAIR} EDGE_END) node``"""
        start = self.place
        token = self.tokens[start].group()
        self.place += 1
        deptypes: int = 0
        virtuals: tuple[str, ...] = ()
        when: Spec | None = None
        if kind == "EDGE":
            sigil = token[:-1]
            deptypes, virtuals, when, token = self.edge_attributes(start)
            bound = token[1:]
        else:
            sigil = "%%" if token[:2] == "%%" else token[0]
            bound = token[len(sigil) :]
        if bound:
            virtuals = tuple(sorted({*virtuals, *bound.strip()[:-1].split(",")}))
        node = _Node()
        self.skip_blanks()
        self.node(node)
        if sigil != "^" and not (node.seen or virtuals):
            raise self.error(
                f"{sigil} is not followed by a package",
                start,
                hint=f"write {sigil}NAME, such as {sigil}gcc",
            )
        if sigil[0] == "%" and node.name is not None and node.namespace is None:
            node.name = LEGACY_COMPILER_NAMES.get(node.name, node.name)
        return Edge(sigil, node.finish(), deptypes, virtuals, when)

    def edge_attributes(self, start: int) -> tuple[int, tuple[str, ...], Spec | None, str]:
        """``attributes := {PAIR} EDGE_END`` with the keys deptypes, virtuals and when."""
        deptypes: int = 0
        virtuals: tuple[str, ...] = ()
        when: Spec | None = None
        seen = set()
        while True:
            self.skip_blanks()
            kind = self.kind()
            if kind == "EDGE_END":
                token = self.tokens[self.place].group()
                self.place += 1
                return deptypes, virtuals, when, token
            if kind != "PAIR":
                if self.place >= len(self.tokens):
                    raise self.error("the bracket is not closed", start, hint="add ']'")
                raise self.error(
                    "only key=value is allowed between brackets",
                    self.place,
                    hint=f"the keys are {', '.join(_EDGE_KEYS)}",
                )
            key, exact, equals, value = _pair(self.tokens[self.place].group())
            if key not in _EDGE_KEYS or exact or equals != "=":
                raise self.error(
                    f"{key!r} is not an attribute of a dependency",
                    self.place,
                    hint=f"the keys are {', '.join(_EDGE_KEYS)}",
                )
            if key in seen:
                raise self.error(f"{key} is given twice", self.place)
            seen.add(key)
            if key == "when":
                try:
                    when = parse_spec(value)
                except SpecSyntaxError as error:
                    raise self.error(
                        f"the condition is not a spec: {error.message}", self.place, hint=error.hint
                    ) from None
            elif key == "virtuals":
                virtuals = tuple(sorted(self.words(value)))
                for name in virtuals:
                    if not _NAME.fullmatch(name):
                        raise self.error(f"{name!r} is not the name of a virtual", self.place)
            else:
                try:
                    deptypes = dt.from_names(self.words(value))
                except ValueError as error:
                    raise self.error(str(error), self.place) from None
            self.place += 1

    def node(self, node: _Node) -> _Node:
        """``node := [NAME | DOTTED] {VERSION | GIT | SPREAD | BOOL | PAIR | HASH}``"""
        tokens, text_end = self.tokens, len(self.tokens)
        if self.place < text_end:
            token = tokens[self.place]
            kind = token.lastgroup
            if kind == "NAME":
                name = token.group()
                node.name = None if name == "*" else name
                node.seen = True
                self.place += 1
            elif kind == "DOTTED":
                node.namespace, _, node.name = token.group().rpartition(".")
                node.seen = True
                self.place += 1
        while self.place < text_end:
            token = tokens[self.place]
            kind = token.lastgroup
            if kind == "HASH" and node.abstract_hash is not None and self.after_blank():
                break  # the hash of another spec, as in `/abc /def`
            if kind != "BLANK":
                rule = _ATTRIBUTES.get(kind)  # type: ignore[arg-type]
                if rule is None:
                    if kind == "OTHER" or kind == "EDGE_END":
                        self.unexpected()
                    break
                try:
                    rule(node, token.group())
                except _Problem as problem:
                    raise self.error(problem.reason, self.place, hint=problem.hint) from None
                except VersionError as error:
                    raise self.error(error.message, self.place, hint=error.hint) from None
                node.seen = True
            self.place += 1
        return node

    def words(self, value: str) -> list[str]:
        words = [word.strip() for word in value.split(",")]
        if not all(words):
            raise self.error("a list has an empty item", self.place, hint="remove the extra comma")
        return words

    # -- tokens --------------------------------------------------------------------------------

    def kind(self) -> str | None:
        return self.tokens[self.place].lastgroup if self.place < len(self.tokens) else None

    def after_blank(self) -> bool:
        return self.tokens[self.place - 1].lastgroup == "BLANK"

    def skip_blanks(self) -> None:
        while self.kind() == "BLANK":
            self.place += 1

    def error(
        self, reason: str, first: int, last: int | None = None, hint: str | None = None
    ) -> SpecSyntaxError:
        """The error over the tokens ``first`` to ``last``."""
        last = first if last is None else last
        while last > first and self.tokens[last].lastgroup == "BLANK":
            last -= 1
        span = Span(self.text, self.tokens[first].start(), self.tokens[last].end())
        return SpecSyntaxError(reason, origin=self.origin, span=span, hint=hint)

    def unexpected(self) -> None:
        """Raise for the token at the current place, with a guess at what was meant."""
        token = self.tokens[self.place]
        text, start = self.text, token.start()
        reason = f"{token.group()!r} is not allowed here"
        hint: str | None = None
        before, after = text[:start], text[start + 1 :]
        sign = token.group()[0]
        if sign == "=":
            if before.rstrip().endswith("@") or re.search(r"@[^\s=]*$", before):
                reason = "only git references are followed by '=' and a version"
                hint = "write @=VERSION for an exact version, @git.REF=VERSION for a reference"
            elif before != before.rstrip() or after[:1].isspace():
                hint = "write key=value without spaces"
            elif not after or after[:1].isspace():
                reason, hint = "the value is missing", "write '' for an empty value"
            elif after[0] in "\"'" and after[0] not in after[1:]:
                reason, hint = "the quote is not closed", f"add {after[0]}"
                raise self.error(reason, self.place + 1, hint=hint)
        elif sign == "@":
            reason = "'@' is not followed by a version"
            hint = "write @1.2, @1.2:1.4 or @=1.2"
        elif sign in "\"'":
            if sign not in after:
                reason, hint = "the quote is not closed", f"add {sign}"
            else:
                hint = f"quote only the value: key={sign}value{sign}"
        elif sign in "+~-":
            reason, hint = f"{sign!r} is not followed by the name of a variant", None
        elif sign == ":" and re.search(r"@\S*\s+$", before):
            hint = "write ranges without spaces: @1.2:1.4"
        elif sign == "/":
            reason = "'/' is not followed by a hash"
        elif sign in "[]":
            hint = "edge attributes follow a sigil: ^[virtuals=mpi] mpich"
        elif sign == ",":
            hint = "separate specs with spaces; commas only join versions and values"
        raise self.error(reason, self.place, hint=hint)


@lru_cache(maxsize=8192)
def _parse_one(text: str) -> Spec:
    parser = _Parser(text)
    parser.skip_blanks()
    if parser.place == len(parser.tokens):
        return Spec()
    spec = parser.spec()
    parser.skip_blanks()
    second = parser.place
    if second < len(parser.tokens):
        parser.specs()  # a fault in what follows explains more than the fact that it follows
        raise parser.error(
            "a second spec starts where only one is expected",
            second,
            hint="attributes need a sign (@ + ~ ^ % /) or '='; pass two specs separately",
        )
    return spec


def parse_spec(text: str, origin: Origin | None = None) -> Spec:
    """The one spec written in ``text``; nothing but blanks is the spec without constraints.

    Raises :class:`SpecSyntaxError`, which says where ``text`` stood if ``origin`` is given.
    """
    try:
        return _parse_one(text)
    except SpecSyntaxError as error:
        if origin is not None:
            error.at(origin)
        raise


def parse_specs(text: str, origin: Origin | None = None) -> list[Spec]:
    """All specs written in ``text``, in order. Raises :class:`SpecSyntaxError`."""
    return [spec for spec, _ in _Parser(text, origin).specs()]


def parse_arguments(
    arguments: Sequence[str], origin: Origin | None = None
) -> list[tuple[Spec, str]]:
    """The specs that words of a command line form, each with a text that means it as one word.

    Words belong to the spec before them as blanks in a text do. The texts, as words, form the same
    specs again. Raises :class:`SpecSyntaxError`.
    """
    found = []
    for spec, text in _Parser(join_arguments(arguments), origin).specs():
        # A text that looks like one value with blanks gets the name that any package has.
        found.append((spec, text if join_arguments([text]) == text else f"* {text}"))
    return found


def join_arguments(arguments: Sequence[str]) -> str:
    """Words of a command line as one text: values that a shell has unquoted get quotes again."""
    words = []
    for argument in arguments:
        match = _SHELL_PAIR.fullmatch(argument)
        if match is not None and not _BARE.fullmatch(match.group(2)):
            value = match.group(2)
            quotes_balance = value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1
            if not quotes_balance and " " in value:
                argument = match.group(1) + quoted(value)
        words.append(argument)
    return " ".join(words)
