"""``spack change``: change root specs of the active environment."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "the new spec for roots of the same package")
    option(parser, "-l --list-name LIST", "change this list in the definitions")
    option(parser, "--match-spec SPEC", "change only roots that satisfy this spec")
    flag(parser, "-a --all", "change all that match, not just one")
    which = parser.add_mutually_exclusive_group()
    flag(which, "-c --concrete", "change the concrete specs in the lock file, too")
    flag(which, "-C --concrete-only", "change only the concrete specs")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import development
    from spack.work.queries.queries import parse_words

    if not args.specs:
        raise UsageError("no specs given", hint="spack change hdf5@1.14")
    changed = development.change(
        session,
        parse_words(args.specs),
        list_name=args.list_name,
        match=args.match_spec,
        every=args.all,
        concrete=args.concrete,
        concrete_only=args.concrete_only,
    )
    for text in changed:
        write(f"==> Changed {text}\n")
