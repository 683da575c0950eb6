"""``spack stage``: fetch and unpack the sources of packages."""

from __future__ import annotations

import argparse
import os

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag, option, several
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(
        parser, "packages whose sources to stage (default: those of the environment)"
    )
    arguments.add_no_checksum(parser)
    option(parser, "-p --path DIR", "unpack into this directory")
    several(parser, "-e --exclude SPEC", "except these")
    flag(parser, "-s --skip-installed", "skip installed packages")
    arguments.add_concretizer(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.answers.selection import concrete_specs
    from spack.work.installing import staging

    roots = concrete_specs(session, args.specs, arguments.solve_options(args))
    wanted = staging.sources(
        session,
        roots,
        dependencies=not args.specs,
        missing=args.skip_installed,
        exclude=args.exclude,
    )
    if args.path and len(wanted) == 1 and os.path.isfile(args.path):
        raise UsageError(f"{args.path} is a file", hint="name a directory")
    for spec in wanted:
        path = staging.stage(session, spec, checksum=not args.no_checksum, root=args.path)
        write(f"==> Staged {spec.name}@{spec.version} in {path}\n")
