"""``spack unload``: undo ``spack load``."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.projects import loading


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to unload (default: everything)")
    arguments.add_shells(parser, "bat", "pwsh")
    flag(parser, "-a --all", "unload everything")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.shell is None:
        raise UsageError(
            "only the shell function can change the variables of the shell",
            hint=". share/spack/setup-env.sh, or evaluate the output of spack unload --sh SPEC",
        )
    write(loading.unload_code(session, [] if args.all else args.specs, args.shell))
