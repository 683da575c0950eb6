"""``spack maintainers``: who maintains which package."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from spack.cli.display import as_json, write
from spack.cli.options import flag, words
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.queries import recipe_queries
from spack.work.queries.columns import columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words(parser, "names", "PACKAGE|USER")
    which = parser.add_mutually_exclusive_group()
    flag(which, "--maintained", "list packages that have maintainers")
    flag(which, "--unmaintained", "list packages without maintainers")
    flag(parser, "-a --all", "list all packages with their maintainers")
    flag(parser, "--by-user", "list users with their packages")
    flag(parser, "--json", "print JSON")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.maintained or args.unmaintained:
        everything = recipe_queries.maintainers(session.repositories)
        names = [name for name, users in everything.items() if bool(users) == args.maintained]
        write(as_json(names, indent=None) if args.json else columns(names, session.width))
        return
    if not args.all and not args.names:
        raise UsageError("whose?", hint="name packages, or users with --by-user, or give --all")
    found: Mapping[str, Sequence[str]]
    if args.by_user:
        found = recipe_queries.maintained_by(session.repositories, args.names)
    elif args.names:
        found = recipe_queries.maintainers_of(session.repositories, args.names)
    else:
        found = {
            n: users
            for n, users in recipe_queries.maintainers(session.repositories).items()
            if users
        }
    if args.json:
        write(as_json(found))
    elif args.all:
        write("".join(f"{name}: {', '.join(others)}\n" for name, others in found.items()))
    else:
        write(columns(sorted({o for others in found.values() for o in others}), session.width))
