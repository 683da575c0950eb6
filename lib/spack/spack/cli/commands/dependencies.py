"""``spack dependencies``: what packages may depend on, or what an installed one does depend on."""

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
    arguments.add_specs(parser, "a package or a virtual", nargs="+")
    flag(parser, "-i --installed", "show those of the installed spec")
    flag(parser, "-t --transitive", "include dependencies of dependencies")
    arguments.add_deptype(parser)
    flag(
        parser,
        "-V --no-expand-virtuals",
        "list virtuals instead of their providers",
        default=True,
        expand=False,
    )
    flag(parser, "--json", "print a JSON list")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.installed:
        specs = recipe_queries.installed_dependencies(
            session,
            arguments.one_text(args.specs, "dependencies -i"),
            types=args.deptype,
            transitive=args.transitive,
        )
        lines = [format_spec(spec, "{name}{@version}{/hash:7}") for spec in specs]
    else:
        lines = recipe_queries.possible_dependencies(
            session.repositories,
            args.specs,
            types=args.deptype,
            transitive=args.transitive,
            expand_virtuals=args.expand,
        )
    write(as_json(lines, indent=None) if args.json else columns(lines, session.width))
