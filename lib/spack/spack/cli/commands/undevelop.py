"""``spack undevelop``: build packages from their usual sources again."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.commands.develop import add_lock_option
from spack.cli.display import write
from spack.cli.options import flag
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "packages to stop developing")
    flag(parser, "-a --all", "stop developing all packages")
    add_lock_option(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import development
    from spack.work.queries.queries import parse_words

    if not args.specs and not args.all:
        raise UsageError("no specs given", hint="spack undevelop --all")
    names = development.undevelop(
        session, parse_words(args.specs), everything=args.all, modify_lock=args.modify_lock
    )
    for name in names:
        write(f"==> {name} is built from its usual sources again; yours stay where they are\n")
    if not names:
        write("==> No developed package matches\n")
