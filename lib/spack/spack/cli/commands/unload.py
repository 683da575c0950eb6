"""``spack unload``: undo ``spack load``."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.projects import loading


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "what to unload; without, everything")
    arguments.add_shells(parser)
    parser.add_argument("-a", "--all", action="store_true", help="unload everything")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.shell is None:
        raise UsageError(
            "spack unload changes variables of the shell, which needs the shell function",
            hint=". share/spack/setup-env.sh, or eval the output of spack unload --sh SPEC",
        )
    write(loading.unload_code(session, [] if args.all else args.specs, args.shell))
