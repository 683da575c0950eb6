"""``spack fetch``: download the sources of packages."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "whose sources; without, those of the environment")
    arguments.add_no_checksum(parser)
    parser.add_argument("-m", "--missing", action="store_true", help="only what is not installed")
    parser.add_argument(
        "-D", "--dependencies", action="store_true", help="also the sources of dependencies"
    )
    arguments.add_concretizer(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.answers.selection import concrete_specs
    from spack.work.installing import staging

    roots = concrete_specs(session, args.specs, arguments.solve_options(args))
    wanted = staging.sources(
        session,
        roots,
        dependencies=args.dependencies or not args.specs,
        missing=args.missing,
    )
    for spec in wanted:
        staging.fetch(session, spec, checksum=not args.no_checksum, within=roots)
    noun = "package" if len(wanted) == 1 else "packages"
    write(f"==> The sources of {len(wanted)} {noun} are here\n")
