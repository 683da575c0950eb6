"""``spack providers``: the packages that provide a virtual."""

from __future__ import annotations

import argparse

from spack.cli.display import as_json, write
from spack.cli.options import flag, words
from spack.session.session import Session
from spack.work.queries import recipe_queries
from spack.work.queries.columns import columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words(parser, "virtuals", "VIRTUAL", "a virtual package (default: list all of them)")
    flag(parser, "--json", "print a JSON object")


def run(args: argparse.Namespace, session: Session) -> None:
    if not args.virtuals:
        names = list(session.repositories.virtuals())
        write(as_json(names, indent=None) if args.json else columns(names, session.width))
        return
    found = {name: recipe_queries.providers(session.repositories, name) for name in args.virtuals}
    if args.json:
        data = {name: [row._asdict() for row in rows] for name, rows in found.items()}
        write(as_json(data))
        return
    for name, rows in found.items():
        indent = ""
        if len(found) > 1:
            write(f"{name}:\n")
            indent = "    "
        for line in sorted({f"{r.package}{_condition(r.when)}" for r in rows}):
            write(f"{indent}{line}\n")


def _condition(when: str | None) -> str:
    if not when:
        return ""
    return when if when[0] in "@+~" else f" {when}"
