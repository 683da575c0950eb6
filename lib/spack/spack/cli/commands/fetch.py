"""``spack fetch``: download the sources of packages."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import counted, write
from spack.cli.options import flag
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(
        parser, "packages whose sources to fetch (default: those of the environment)"
    )
    arguments.add_no_checksum(parser)
    flag(parser, "-m --missing", "fetch only for packages that are not installed")
    flag(parser, "-D --dependencies", "fetch the sources of dependencies, too")
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
    write(f"==> The sources of {counted(len(wanted), 'package')} are available\n")
