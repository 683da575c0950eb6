"""``spack deconcretize``: take specs out of the lock of the active environment."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to remove, along with the roots that need them")
    flag(parser, "--root", "match only roots")
    flag(parser, "-a --all", "remove all that match, not just one")
    arguments.add_yes(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import development
    from spack.work.projects.environments import active
    from spack.work.queries.queries import parse_words

    if not args.specs and not args.all:
        raise UsageError("no specs given", hint="spack deconcretize --all")
    session.reporter.confirm(
        f"Remove {' '.join(args.specs) or 'everything'} from the lock file?", args.yes_to_all
    )
    gone = development.deconcretize(
        active(session),
        parse_words(args.specs),
        root=args.root,
        everything=args.all and not args.specs,
    )
    for text in gone:
        write(f"==> {text} is no longer concrete\n")
    if not gone:
        write("==> No locked spec matches\n")
