"""Installed specs as text: below headings, in columns, or as trees. Chooses and prints none."""

from __future__ import annotations

from collections.abc import Sequence

from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import DISPLAY_FORMAT, format_spec, painted, tree
from spack.named_tuples import NamedTuple
from spack.type_names import Callable
from spack.work.queries.columns import columns, table
from spack.work.queries.queries import Installed

#: Shows the version of the specfile that a spec was first written in.
_FORMAT_PREFIX = "[{specfile_version}] "


class Form(NamedTuple):
    """Choice of what is shown of each spec, and how.

    Attributes:
        deps: as trees.
        paths, variants, flags, namespaces, specfile_format: show these, too.
        groups: below headings of architecture and compilers.
        hash_length: characters of the DAG hash before each spec.
        status: the mark of each spec, None for no marks.
        width: columns of the screen, 0 for one spec a line.
        color: whether escape sequences colour the specs.
    """

    deps: bool = False
    paths: bool = False
    variants: bool = False
    flags: bool = False
    namespaces: bool = False
    specfile_format: bool = False
    groups: bool = True
    hash_length: int = 0
    status: Callable[[ConcreteSpec], str] | None = None
    width: int = 0
    color: bool = False


def listing(found: Sequence[Installed], form: Form) -> str:
    """Specs below a heading for each architecture and compiler, sorted; "" if there are none."""
    headings: dict[tuple[str, ...], str] = {}
    groups: dict[str, list[tuple[tuple[str, str], Installed]]] = {}
    for item in found:
        heading, order = "", _order(item)
        if form.groups:
            key = _toolchain(item)
            if key not in headings:
                compilers = format_spec(item.spec, "{compilers}") or "no compilers"
                headings[key] = f"{item.spec.arch} / {compilers}"
            heading = headings[key]
        groups.setdefault(heading, []).append((order, item))
    parts = []
    for heading in sorted(groups):
        if heading:
            parts.append(f"-- {heading} " + "-" * max(2, 70 - len(heading)) + "\n")
        items = [item for _, item in sorted(groups[heading], key=lambda pair: pair[0])]
        if form.paths:
            parts.append(table((_line(item, form), item.prefix) for item in items))
        elif form.deps or form.variants or form.flags or form.status is not None:
            parts.append(lines([item.spec for item in items], form))
        else:
            parts.append(columns([_line(item, form) for item in items], form.width))
        parts.append("\n")
    return "".join(parts)


def _order(item: Installed) -> tuple[str, str]:
    """Name and version."""
    known = item.known
    return known.name, str(known.version)


def _toolchain(item: Installed) -> tuple[str, ...]:
    """The same for specs with the same heading; only what is at hand is looked at."""
    known = item.known
    if isinstance(known, ConcreteSpec):
        return (known.dag_hash(),)
    return known.platform, known.os, known.target, known.row.compilers


def lines(specs: Sequence[ConcreteSpec], form: Form) -> str:
    """Specs, one a line, with what is below them if the form shows dependencies."""
    fmt = DISPLAY_FORMAT if form.variants else "{name}{@version}"
    if form.flags and not form.variants:
        fmt += "{compiler_flags}"
    if form.specfile_format:
        fmt = _FORMAT_PREFIX + fmt
    return tree(
        list(specs),
        fmt=fmt,
        hash_length=form.hash_length,
        namespaces=form.namespaces,
        recurse=form.deps,
        status=form.status,
        color=form.color,
    )


def _line(item: Installed, form: Form) -> str:
    known = item.known
    if not (form.variants or form.specfile_format or isinstance(known, ConcreteSpec)):
        name = f"{known.namespace}.{known.name}" if form.namespaces else known.name
        version, code = f"@{known.version}", known.hash[: form.hash_length]
        if form.color:
            version, code = painted(version, "version"), code and painted(code, "hash")
        return f"{code} {name}{version}" if code else name + version
    fmt = "{fullname}{@version}" if form.namespaces else "{name}{@version}"
    if form.variants:
        fmt += "{variants}"
    if form.specfile_format:
        fmt = _FORMAT_PREFIX + fmt
    if form.hash_length:
        fmt = f"{{hash:{form.hash_length}}} {fmt}"
    return format_spec(item.spec, fmt, color=form.color)
