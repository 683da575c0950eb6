"""``spack info``: what a recipe declares."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable, Sequence

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import flag
from spack.language import deptypes
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING
from spack.work.queries.columns import table
from spack.work.queries.queries import narrowed, package_summary, phases, version_rows
from spack.work.queries.queries import record as record_of

if TYPE_CHECKING:
    from spack.work.queries.queries import PackageRecord, VariantRecord


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_spec(parser, "a package, optionally with constraints on what to show")
    flag(parser, "-a --all", "show every section")
    for section in ("detectable", "maintainers", "namespace", "phases", "tags", "tests"):
        flag(parser, f"--{section}", f"show {section}")
    flag(parser, "--virtuals", "show the virtual packages it provides")
    for section in ("dependencies", "variants", "versions"):
        flag(parser, f"--no-{section}", f"do not show {section}", default=True, **{section: False})
    order = parser.add_mutually_exclusive_group()
    flag(
        order,
        "--by-name --variants-by-name",
        "list variants and dependencies by name",
        default=False,
        by_when=False,
    )
    flag(order, "--by-when", "list variants and dependencies by condition")
    flag(parser, "--json", "print a JSON object")


def run(args: argparse.Namespace, session: Session) -> None:
    record = record_of(session, args.spec)
    if args.json:
        write(as_json(package_summary(session, args.spec)))
        return
    out: list[str] = [f"{', '.join(record.build_systems) or 'Package'}: {record.name}", ""]
    out += ["Description:"]
    text = record.description or "None"
    out += textwrap.wrap(text, 76, initial_indent="    ", subsequent_indent="    ")
    out += ["", f"Homepage: {record.homepage or 'None'}"]
    if args.all or args.namespace:
        out += ["", f"Namespace: @{record.namespace} at {record.path}"]
    for name, values, wanted in (
        ("Maintainers", record.maintainers, args.maintainers),
        ("Tags", record.tags, args.tags),
        ("Stand-alone tests", record.test_names, args.tests),
    ):
        if args.all or wanted:
            out += ["", f"{name}:", f"    {', '.join(values) or 'None'}"]
    if args.all or args.phases:
        built = [
            (f"{name}:", ", ".join(words)) for name, words in phases(session.repositories, record)
        ]
        lines = table(built).splitlines() if len(built) > 1 else [text for _, text in built]
        out += ["", "Phases:", *(f"    {line}" for line in lines or ["None"])]
    if args.all or args.detectable:
        out += ["", f"Externally detectable: {'yes' if record.detectable else 'no'}"]
    write("\n".join(out) + "\n")
    record = narrowed(record, args.spec)
    if args.versions:
        _versions(record)
    if args.variants and args.by_when:
        _by_when("Variants", [(v.when_text, *_variant(v)) for v in record.variants])
    elif args.variants:
        _section("Variants", _variants(record.variants))
    if args.dependencies and args.by_when:
        rows = [(d.when_text, f"{d.spec_text} [{_types(d.deptypes)}]") for d in record.dependencies]
        _by_when("Dependencies", rows)
    elif args.dependencies:
        kinds = (("Build", deptypes.BUILD), ("Link", deptypes.LINK), ("Run", deptypes.RUN))
        for word, flag in kinds:
            names = sorted({d.spec.name or "" for d in record.dependencies if d.deptypes & flag})
            _section(f"{word} dependencies", [("  ".join(names) or "None",)])
    if args.all or args.virtuals or record.provides:
        provided = [
            (" ".join(p.spec_texts), f"when {p.when_text}" if p.when_text else "")
            for p in record.provides
        ]
        _section("Virtual packages", provided)
    licenses = [
        (entry.identifier, f"when {entry.when_text}" if entry.when_text else "")
        for entry in record.licenses
    ]
    _section("Licenses", licenses)


def _versions(record: PackageRecord) -> None:
    rows = version_rows(record)
    preferred = [(row.text, row.source) for row in rows if row.preferred][:1]
    _section("Preferred version", preferred)
    _section("Safe versions", [(r.text, r.source) for r in rows if not r.deprecated])
    deprecated = [(r.text, r.source) for r in rows if r.deprecated]
    if deprecated:
        _section("Deprecated versions", deprecated)


def _variants(variants: Iterable[VariantRecord]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for variant in variants:
        name, values, description = _variant(variant)
        when = f"  when {variant.when_text}" if variant.when_text else ""
        rows.append((name + when, values))
        rows.append((f"    {description}", ""))
    return rows


def _variant(variant: VariantRecord) -> tuple[str, str, str]:
    """Name with default, values, description."""
    values = "any"
    if variant.values is not None:
        values = ", ".join(_word(value.value) for value in variant.values)
    return f"{variant.name} [{_word(variant.default)}]", values, variant.description


def _types(flags: int) -> str:
    return ",".join(deptypes.to_names(flags))


def _by_when(title: str, rows: Sequence[Sequence[str | None]]) -> None:
    """Rows below their conditions, those without a condition first."""
    write(f"\n{title}:\n")
    conditions = sorted({row[0] or "" for row in rows})
    for condition in conditions:
        write(f"    when {condition}\n" if condition else "    always\n")
        own = [[cell or "" for cell in row[1:]] for row in rows if (row[0] or "") == condition]
        for line in table(own).splitlines():
            write(f"        {line}\n")
    if not rows:
        write("    None\n")


def _word(value: bool | str | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else ",".join(value)


def _section(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    write(f"\n{title}:\n")
    if not rows:
        write("    None\n")
        return
    for line in table(rows).splitlines():
        write(f"    {line}\n")
