"""Installed specs as text: below headings, in columns, or as trees. Chooses and prints none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable

from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import DISPLAY_FORMAT, format_spec, tree
from spack.named_tuples import NamedTuple
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
    groups: dict[str, list[Installed]] = {}
    for item in found:
        compiler = format_spec(item.spec, "{compilers}") or "no compilers"
        heading = f"{item.spec.arch} / {compiler}" if form.groups else ""
        groups.setdefault(heading, []).append(item)
    parts = []
    for heading in sorted(groups):
        if heading:
            parts.append(f"-- {heading} " + "-" * max(2, 70 - len(heading)) + "\n")
        items = sorted(groups[heading], key=lambda item: (item.spec.name, str(item.spec.version)))
        if form.paths:
            parts.append(table((_line(item.spec, form), item.prefix) for item in items))
        elif form.deps or form.variants or form.flags or form.status is not None:
            parts.append(lines([item.spec for item in items], form))
        else:
            parts.append(columns([_line(item.spec, form) for item in items], form.width))
        parts.append("\n")
    return "".join(parts)


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


def _line(spec: ConcreteSpec, form: Form) -> str:
    fmt = "{fullname}{@version}" if form.namespaces else "{name}{@version}"
    if form.variants:
        fmt += "{variants}"
    if form.specfile_format:
        fmt = _FORMAT_PREFIX + fmt
    if form.hash_length:
        fmt = f"{{hash:{form.hash_length}}} {fmt}"
    return format_spec(spec, fmt, color=form.color)
