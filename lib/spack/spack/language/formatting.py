"""Specs as text for people and for paths: format strings and trees.

A format string is literal text with fields in braces::

    field := [' '] [KEY '='] [sigil] ['^' DEPENDENCY '.'] attribute [':' LENGTH]
    sigil := '@' | '%' | '/'

An empty value prints nothing, neither its key nor its sigil. A backslash before a brace or another
backslash makes it literal. Where something is installed and what its status is are not known here:
callers pass functions. Long because one language of fields serves lines, paths and trees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from spack.errors import SpackError, Span
from spack.language import deptypes as dt
from spack.language.concrete_specs import AnySpec, ConcreteSpec, concrete_node
from spack.language.specs import (
    Edge,
    Spec,
    VariantConstraint,
    direct_name,
    flags_text,
    variants_text,
)
from spack.language.targets import family, generic, is_known
from spack.language.versions import Version
from spack.named_tuples import NamedTuple
from spack.type_names import Callable, Union

#: The prefix of a concrete spec.
Prefix = Union[str, Callable[[ConcreteSpec], str], None]

_NODE_FORMAT = (
    "{compiler_flags}{variants}{ namespace=anonymous_namespace}"
    "{ platform=platform}{ os=os}{ target=target}{/abstract_hash}"
)

#: Everything about one node, as the parser reads it.
DEFAULT_FORMAT = "{name}{@versions}" + _NODE_FORMAT

#: For people: the version without ``=``, and the compilers.
DISPLAY_FORMAT = "{name}{@version}" + _NODE_FORMAT + "{compilers}"

#: The format that ``{short_spec}`` stands for.
SHORT_FORMAT = "{name}{@version}{variants}{ platform=platform}{ os=os}{ target=target}{/hash:7}"

#: Marks of a node in a tree, by what the store knows about it.
STATUS_MARKS: Mapping[str, str] = {
    "installed": "[+]",
    "upstream": "[^]",
    "external": "[e]",
    "absent": " - ",
    "missing": "[-]",
}

_COMPILED_LANGUAGES = ("c", "cxx", "fortran")

_PIECE = re.compile(r"\\([\\{}])|\{([^{}]*)\}|([{}])|([^\\{}]+|\\)")
_FIELD = re.compile(
    r"(?P<blank> ?)(?:(?P<key>[A-Za-z_][A-Za-z0-9_-]*)=)?(?P<sigil>[@%/]?)"
    r"(?:\^(?P<dependency>[A-Za-z0-9_][A-Za-z0-9_-]*)\.)?"
    r"(?P<attribute>[A-Za-z_][A-Za-z0-9_.+-]*)(?::(?P<length>[0-9]+))?"
)
_UNSAFE_IN_PATH = re.compile(r"[^A-Za-z0-9_+.-]")

_COLORS = {
    "version": "\033[0;36m",
    "compiler": "\033[0;32m",
    "variant": "\033[0;94m",
    "architecture": "\033[0;35m",
    "hash": "\033[0;90m",
    "highlight": "\033[1;31m",
}
_PLAIN = "\033[0m"

_COLOR_OF_FIELD = {
    "version": "version",
    "versions": "version",
    "compiler": "compiler",
    "compilers": "compiler",
    "compiler_flags": "compiler",
    "variants": "variant",
    "architecture": "architecture",
    "arch": "architecture",
    "platform": "architecture",
    "os": "architecture",
    "target": "architecture",
    "hash": "hash",
    "abstract_hash": "hash",
}

_SIGIL_FIELDS = {
    "@": ("versions", {"version", "versions", "compiler.version", "compiler.versions"}),
    "%": ("compilers", {"compiler", "compiler.name"}),
    "/": ("hashes", {"hash", "abstract_hash", "dag_hash"}),
}

_VERSION_FORMS = frozenset(
    ("dotted", "dashed", "underscored", "joined", "up_to_1", "up_to_2", "up_to_3", "string")
)


class FormatError(SpackError):
    """A format string asks for something that specs do not have."""


class Highlight(NamedTuple):
    """The parts to stress in coloured output: whether a version or a variant is not the default."""

    version: Callable[[ConcreteSpec], bool]
    variant: Callable[[ConcreteSpec, str], bool]


class _Formatter:
    """One format string applied to specs."""

    def __init__(
        self,
        fmt: str,
        prefix: Prefix = None,
        values: Mapping[str, str] | None = None,
        color: bool = False,
        highlight: Highlight | None = None,
    ) -> None:
        self.fmt = fmt
        self.prefix = prefix
        self.values = values or {}
        self.color = color
        self.highlight = highlight
        self.place = (0, len(fmt))

    def render(self, spec: AnySpec) -> str:
        """The filled format string."""
        out: list[str] = []
        after_flags = False
        for match in _PIECE.finditer(self.fmt):
            escaped, field, brace, literal = match.groups()
            self.place = match.span()
            if brace is not None:
                raise self.error(f"the brace {brace!r} is not matched", "escape it as \\{ or \\}")
            if field is None:
                text, is_flags = escaped or literal, False
            else:
                text, is_flags = self.field(spec, field)
            if not text:
                continue
            if after_flags and not text[0].isspace():
                out.append(" ")
            out.append(text)
            after_flags = is_flags
        return "".join(out)

    def error(self, reason: str, hint: str | None = None) -> FormatError:
        return FormatError(reason, span=Span(self.fmt, *self.place), hint=hint)

    def field(self, spec: AnySpec, text: str) -> tuple[str, bool]:
        """The text of one field, and whether it consists of compiler flags."""
        match = _FIELD.fullmatch(text)
        if match is None:
            raise self.error(f"{{{text}}} is not a field", "write {name}, {@version}, {/hash:7}, …")
        attribute = match["attribute"].lower()
        if not attribute.startswith("variants."):
            path = attribute.split(".")
        else:
            path = ["variants"] + match["attribute"].split(".")[1:]
        sigil = match["sigil"]
        if sigil and attribute not in _SIGIL_FIELDS[sigil][1]:
            raise self.error(f"the sign {sigil} is only for {_SIGIL_FIELDS[sigil][0]}")
        if match["length"] is not None and path[0] not in ("hash", "abstract_hash"):
            raise self.error("only hashes can have a length")
        if any(part.startswith("_") for part in path):
            raise self.error(f"{attribute} is private")
        node: AnySpec = spec
        if match["dependency"] is not None:
            node = self.dependency(spec, match["dependency"])
        value = self.value(node, path)
        if match["length"] is not None:
            value = value[: int(match["length"])]
        if not value:
            return "", False
        if sigil:
            value = sigil + value
        lead = match["blank"]
        if match["key"]:
            value = f"{match['key']}={value.lstrip()}"
        return lead + self.colored(node, path, value), path == ["compiler_flags"]

    def dependency(self, spec: AnySpec, name: str) -> AnySpec:
        """The dependency, by package or virtual name."""
        if isinstance(spec, ConcreteSpec):
            found = spec.lookup(name)
            if found is not None:
                return found
        else:
            for edge in _abstract_edges(spec):
                if edge.spec.name == name or name in edge.virtuals:
                    return edge.spec
        raise self.error(f"{spec} has no dependency {name}")

    def colored(self, node: AnySpec, path: Sequence[str], value: str) -> str:
        if not self.color:
            return value
        kind = _COLOR_OF_FIELD.get(path[0])
        if kind is None or not value.strip():
            return value
        if self.highlight is not None and isinstance(node, ConcreteSpec):
            if kind == "version" and self.highlight.version(node):
                kind = "highlight"
            elif path == ["variants"]:
                return self.stressed_variants(node, self.highlight)
            elif kind == "variant" and self.highlight.variant(node, path[1]):
                kind = "highlight"
        return _painted(value, kind)

    @staticmethod
    def stressed_variants(node: ConcreteSpec, highlight: Highlight) -> str:
        text = ""
        ordered = sorted(_variants(node).values(), key=lambda v: (not v.is_boolean, v.name))
        for variant in ordered:
            shown = _variant_text(variant)
            stress = highlight.variant(node, variant.name)
            color = _COLORS["highlight" if stress else "variant"]
            text += f"{'' if variant.is_boolean else ' '}{color}{shown}{_PLAIN}"
        return text

    # -- values --------------------------------------------------------------------------------

    def value(self, spec: AnySpec, path: Sequence[str]) -> str:
        """The text of an attribute, empty when the spec does not have it."""
        first, rest = path[0], path[1:]
        if first in ("architecture", "arch") and rest and rest[0] in ("platform", "os", "target"):
            first, rest = rest[0], rest[1:]
        if first == "variants" and rest:
            return self.variant(spec, rest)
        if first == "compiler":
            return self.compiler(spec, rest)
        if first == "version" and len(rest) == 1 and rest[0] in _VERSION_FORMS:
            version = spec.version
            return "" if version is None else str(getattr(version, rest[0]))
        if first == "target" and len(rest) == 1:
            return self.target(spec, rest[0])
        rule = _VALUES.get(first)
        if rule is not None and not rest:
            return rule(spec)
        if first == "prefix" and not rest:
            return self.prefix_of(spec)
        if first == "long_spec" and not rest:
            return tree(spec, fmt=DISPLAY_FORMAT, color=self.color).rstrip("\n")
        if not rest and first in self.values:
            return self.values[first]
        raise self.error(
            f"specs have no attribute {'.'.join(path)}",
            "see the manual for the list of fields",
        )

    def variant(self, spec: AnySpec, rest: Sequence[str]) -> str:
        variants = _variants(spec)
        known = {name.lower(): name for name in variants}
        part = "" if len(rest) == 1 or rest[-1] not in ("name", "value") else rest[-1]
        name = ".".join(rest[:-1] if part else rest)
        name = name if name in variants else known.get(name.lower(), "")
        if not name:
            raise self.error(f"{spec} has no variant {'.'.join(rest)}")
        if part == "name":
            return name
        if part == "value":
            return variants[name].value_text
        return _variant_text(variants[name])

    def compiler(self, spec: AnySpec, rest: Sequence[str]) -> str:
        node = _compiler(spec)
        recorded = spec.annotations.get("compiler") if isinstance(spec, ConcreteSpec) else None
        if node is None and recorded:
            name, _, version = str(recorded).replace("@=", "@").partition("@")
        elif node is None:
            return "none" if list(rest) in ([], ["name"], ["version"]) else ""
        else:
            name, version = node.name, str(node.version)
        if not rest:
            return str(node) if node is not None else f"{name}@{version}"
        if len(rest) == 1 and rest[0] == "name":
            return name
        if len(rest) == 1 and rest[0] in ("version", "versions"):
            return version
        if len(rest) == 2 and rest[0] == "version" and rest[1] in _VERSION_FORMS:
            return str(getattr(Version(version), rest[1]))
        raise self.error(f"compilers have no attribute {'.'.join(rest)}")

    def target(self, spec: AnySpec, part: str) -> str:
        name = str(spec.target or "")
        if part == "name":
            return name
        if part == "family":
            return family(name) if name else ""
        if part == "generic":
            return generic(name) if is_known(name) else name
        raise self.error(f"targets have no attribute {part}")

    def prefix_of(self, spec: AnySpec) -> str:
        if isinstance(spec, ConcreteSpec):
            if callable(self.prefix):
                return self.prefix(spec)
            if self.prefix is not None:
                return self.prefix
            if spec.external is not None:
                return spec.external.path or ""
        raise self.error(f"{spec} is not installed in any known store")


def _painted(text: str, kind: str) -> str:
    lead = text[: len(text) - len(text.lstrip())]
    return f"{lead}{_COLORS[kind]}{text.lstrip()}{_PLAIN}"


def painted(text: str, field: str) -> str:
    """A text that is not blank in the colour that a field of a format string has."""
    return _painted(text, _COLOR_OF_FIELD[field])


def _abstract_edges(spec: Spec) -> Iterable[Edge]:
    for edge in spec.dependencies:
        yield edge
        yield from _abstract_edges(edge.spec)


def _variants(spec: AnySpec) -> Mapping[str, VariantConstraint]:
    return spec.variants if isinstance(spec, Spec) else concrete_node(spec).variants


def _shortened(variant: VariantConstraint) -> VariantConstraint:
    """Patches by the first seven characters of their digests."""
    if variant.name != "patches":
        return variant
    return variant._replace(values=tuple(str(value)[:7] for value in variant.values))


def _variant_text(variant: VariantConstraint) -> str:
    return str(_shortened(variant))


def _architecture(spec: AnySpec) -> str:
    if isinstance(spec, ConcreteSpec):
        return str(spec.arch)
    if not (spec.platform or spec.os or spec.target):
        return ""
    return f"{spec.platform}-{spec.os}-{spec.target}"


def _compiler(spec: AnySpec) -> ConcreteSpec | None:
    """The node that compiles this one: for C, else for C++, else for Fortran."""
    if isinstance(spec, Spec):
        return None
    for language in _COMPILED_LANGUAGES:
        for edge in spec.dependencies:
            if language in edge.virtuals:
                return edge.spec
    return None


def _compilers(spec: AnySpec) -> str:
    """`` %c,cxx=gcc@12.2.0``, one entry a compiler."""
    if isinstance(spec, Spec):
        return ""
    texts = []
    for edge in spec.dependencies:
        languages = [name for name in _COMPILED_LANGUAGES if name in edge.virtuals]
        if languages:
            name = f"{direct_name(edge.spec.name)}@{edge.spec.version}"
            texts.append(f" %{','.join(languages)}={name}")
    if not texts and spec.annotations.get("compiler"):
        return f" %{str(spec.annotations['compiler']).replace('@=', '@')}"
    return "".join(texts)


def _version(spec: AnySpec) -> str:
    if isinstance(spec, ConcreteSpec):
        return str(spec.version)
    if spec.versions.is_any:
        return ""
    return str(spec.version or spec.versions)


def _flags(spec: AnySpec) -> str:
    return flags_text(spec.flags if isinstance(spec, Spec) else concrete_node(spec).flags)


_VALUES: Mapping[str, Callable[[AnySpec], str]] = {
    "name": lambda spec: spec.name or "",
    "fullname": lambda spec: spec.fullname,
    "namespace": lambda spec: spec.namespace or "",
    "anonymous_namespace": lambda spec: "" if spec.name else spec.namespace or "",
    "version": _version,
    "versions": lambda spec: "" if spec.versions.is_any else str(spec.versions),
    "compilers": _compilers,
    "compiler_flags": _flags,
    "variants": lambda spec: variants_text(map(_shortened, _variants(spec).values())),
    "architecture": _architecture,
    "arch": _architecture,
    "platform": lambda spec: spec.platform or "",
    "os": lambda spec: spec.os or "",
    "target": lambda spec: str(spec.target or ""),
    "hash": lambda spec: spec.dag_hash() if isinstance(spec, ConcreteSpec) else "",
    "abstract_hash": lambda spec: spec.abstract_hash or "" if isinstance(spec, Spec) else "",
    "external": lambda spec: str(isinstance(spec, ConcreteSpec) and spec.external is not None),
    "concrete": lambda spec: str(spec.concrete),
    "spliced": lambda spec: str(isinstance(spec, ConcreteSpec) and spec.spliced),
    "short_spec": lambda spec: format_spec(spec, SHORT_FORMAT),
    "specfile_version": lambda spec: (
        "" if isinstance(spec, Spec) else f"v{spec.annotations['original_specfile_version']}"
    ),
}


def format_spec(
    spec: AnySpec,
    fmt: str = DEFAULT_FORMAT,
    *,
    prefix: Prefix = None,
    values: Mapping[str, str] | None = None,
    color: bool = False,
    highlight: Highlight | None = None,
) -> str:
    """``fmt`` with its fields filled from ``spec``, without blanks at the ends.

    Args:
        prefix: the install prefix, or a function from a concrete spec to it, for ``{prefix}``.
        values: further fields that do not depend on the spec, such as ``spack_root``.
        color: whether to add terminal colours.
        highlight: what to stress when there are colours.

    Raises :class:`FormatError` for unknown fields, wrong signs and unmatched braces.
    """
    return _Formatter(fmt, prefix, values, color, highlight).render(spec).strip()


def format_path(
    spec: AnySpec,
    fmt: str,
    *,
    prefix: Prefix = None,
    values: Mapping[str, str] | None = None,
) -> str:
    """``fmt`` filled as a relative or absolute path: only slashes of ``fmt`` itself separate.

    Characters that are not letters, digits or ``_ + . -`` become ``_``. A leading field such as
    ``{prefix}`` keeps its slashes. Raises :class:`FormatError`.
    """
    components = _split_path(fmt)
    filled: list[str] = []
    for place, component in enumerate(components):
        text = format_spec(spec, component, prefix=prefix, values=values)
        if place == 0 and component in ("{prefix}", "{spack_root}", "{spack_install}"):
            filled.append(text.rstrip("/"))
        elif text or place == 0:
            filled.append(_UNSAFE_IN_PATH.sub("_", text))
    return "/".join(filled)


def _split_path(fmt: str) -> list[str]:
    """The components of a format string; a slash inside braces does not separate."""
    components = [""]
    depth = 0
    for character in fmt:
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        if character == "/" and depth == 0:
            components.append("")
        else:
            components[-1] += character
    return components


# -- trees -----------------------------------------------------------------------------------------


def tree(
    specs: AnySpec | Sequence[AnySpec],
    *,
    fmt: str = DISPLAY_FORMAT,
    cover: str = "nodes",
    deptypes: int = dt.ALL,
    hash_length: int = 0,
    show_types: bool = False,
    show_depth: bool = False,
    status: Callable[[ConcreteSpec], str] | None = None,
    namespaces: bool = False,
    indent: int = 0,
    recurse: bool = True,
    prefix: Prefix = None,
    values: Mapping[str, str] | None = None,
    color: bool = False,
    highlight: Highlight | None = None,
) -> str:
    """The graph below one or several roots as an indented tree, every line ending in a newline.

    Args:
        cover: ``nodes`` shows each node once, at its smallest depth; ``edges`` shows each edge
            once; ``paths`` shows everything below everything.
        deptypes: which edges to follow.
        hash_length: characters of the DAG hash before each line (``-l`` 7, ``-L`` 32), 0 for none.
        show_types: add ``[bl  ]``, for ``nodes`` the union over all parents shown.
        status: the mark of a node, such as a value of :data:`STATUS_MARKS`.
        namespaces: print full names.
        indent: blanks before every line.
        recurse: whether to show dependencies at all.

    Raises :class:`FormatError`, and ValueError for an unknown ``cover``.
    """
    if cover not in ("nodes", "edges", "paths"):
        raise ValueError(f"cover must be nodes, edges or paths, not {cover!r}")
    roots = [specs] if isinstance(specs, (Spec, ConcreteSpec)) else list(specs)
    if namespaces:
        fmt = re.sub(r"\{name\}", "{fullname}", fmt)
    from spack.language.trees import tree_lines

    formatter = _Formatter(fmt, prefix, values, color, highlight)
    lines = []
    for line in tree_lines(roots, cover, deptypes, recurse):
        parts = [" " * indent]
        spec = line.spec
        if show_depth:
            parts.append(f"{line.depth:<4}")
        if status is not None:
            parts.append(f"{status(spec) if isinstance(spec, ConcreteSpec) else ' - '}  ")
        if hash_length:
            code = spec.dag_hash() if isinstance(spec, ConcreteSpec) else "-" * hash_length
            shown = code[:hash_length]
            parts.append(f"{_COLORS['hash']}{shown}{_PLAIN}  " if color else f"{shown}  ")
        if show_types:
            parts.append(f"[{dt.letters(line.deptypes)}]  ")
        parts.append("    " * line.depth + ("^" if line.depth else ""))
        parts.append(formatter.render(spec).strip())
        lines.append("".join(parts) + "\n")
    return "".join(lines)
