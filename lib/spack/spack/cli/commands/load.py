"""``spack load``: put installed packages in the variables of the shell."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.projects import loading


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to load")
    arguments.add_shells(parser, "bat", "pwsh")
    flag(parser, "--first", "take the first of several matches")
    flag(parser, "--list", "list the loaded packages")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.list or not args.specs:
        for text in loading.loaded_texts(session.store, session.variables):
            write(text + "\n")
        return
    if args.shell is None:
        raise UsageError(
            "only the shell function can change the variables of the shell",
            hint=". share/spack/setup-env.sh, or evaluate the output of spack load --sh SPEC",
        )
    write(loading.load_code(session, args.specs, args.shell, first=args.first))
