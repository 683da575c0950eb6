"""``spack dependents``: what may depend on a package, or what depends on an installed one."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import flag
from spack.language.formatting import format_spec
from spack.session.session import Session
from spack.work.queries import recipe_queries
from spack.work.queries.columns import columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_spec(parser, "a package or a virtual")
    flag(parser, "-i --installed", "show those of the installed spec")
    flag(parser, "-t --transitive", "include dependents of dependents")
    flag(parser, "--json", "print a JSON list")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.installed:
        specs = recipe_queries.installed_dependents(session, args.spec, transitive=args.transitive)
        lines = [format_spec(spec, "{name}{@version}{/hash:7}") for spec in specs]
    else:
        lines = recipe_queries.possible_dependents(
            session.repositories, args.spec, transitive=args.transitive
        )
    write(as_json(lines, indent=None) if args.json else columns(lines, session.width))
