"""``spack diff``: compare two specs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import flag, several
from spack.session.session import Session
from spack.type_names import Any
from spack.work.answers import comparison
from spack.work.answers.comparison import Attribute


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "the two specs")
    flag(parser, "--json", "print JSON")
    flag(parser, "--first", "take the first of several matches")
    several(
        parser,
        "-a --attribute KIND",
        "compare only this kind, such as version, variant or depends_on; can be repeated",
    )
    several(parser, "--ignore PACKAGE", "ignore this package")


def run(args: argparse.Namespace, session: Session) -> None:
    first, second = comparison.specs_to_compare(session, args.specs, first=args.first)
    found = comparison.compare(first, second, args.attribute, args.ignore)
    if args.json:
        data = {
            "a_name": found.first,
            "b_name": found.second,
            "intersect": _rows(found.both),
            "a_not_b": _rows(found.only_first),
            "b_not_a": _rows(found.only_second),
        }
        write(as_json(data))
        return
    red, green, plain = ("\x1b[31m", "\x1b[32m", "\x1b[0m") if session.color else ("", "", "")
    write(f"{red}--- {found.first}{plain}\n{green}+++ {found.second}{plain}\n")
    changes = [(a, "-", red) for a in found.only_first if a.kind != "hash"]
    changes += [(a, "+", green) for a in found.only_second if a.kind != "hash"]
    kind = ""
    for attribute, sign, color in sorted(changes, key=lambda c: (c[0].kind, c[0].words, c[1])):
        if attribute.kind != kind:
            kind = attribute.kind
            write(f"@@ {kind} @@\n")
        write(f"{color}{sign} {' '.join(attribute.words)}{plain}\n")
    if not changes:
        write("==> No differences\n")


def _rows(attributes: Sequence[Attribute]) -> list[Any]:
    return [[attribute.kind, " ".join(attribute.words)] for attribute in attributes]
