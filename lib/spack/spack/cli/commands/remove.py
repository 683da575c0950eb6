"""``spack remove``: remove root specs from the active environment."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.projects import environments
from spack.work.queries.queries import parse_words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to remove")
    flag(parser, "-a --all", "remove every root")
    flag(parser, "-f --force", "remove them from the lock file at once, too")
    option(parser, "-l --list-name LIST", "remove from this list in the definitions")


def run(args: argparse.Namespace, session: Session) -> None:
    if not args.specs and not args.all:
        raise UsageError("remove needs specs", hint="spack remove --all removes every root")
    removed = environments.remove_roots(
        session, parse_words(args.specs), args.list_name, everything=args.all
    )
    environment = environments.active(session)
    for text in removed:
        write(f"==> Removed {text} from environment {environment.label}\n")
    if args.force and removed:
        from spack.work.installing import development

        for text in development.unlock_roots(environment, removed):
            write(f"==> {text} is no longer concrete\n")
