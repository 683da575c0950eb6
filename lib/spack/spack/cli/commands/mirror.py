"""``spack mirror``: places that keep copies of sources and binaries."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import table, write
from spack.session import settings_edits
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", help="put a mirror before the others")
    add.add_argument("name")
    add.add_argument("url", help="URL or directory")
    add.add_argument(
        "--type",
        action="append",
        choices=("source", "binary"),
        help="what it has; by default both",
    )
    add.add_argument("--autopush", action="store_true", help="push every build to it")
    signing = add.add_mutually_exclusive_group()
    signing.add_argument("--unsigned", dest="signed", action="store_false", default=None)
    signing.add_argument("--signed", dest="signed", action="store_true")
    arguments.add_scope(add)
    remove = verbs.add_parser("remove", aliases=["rm"], help="drop a mirror")
    remove.add_argument("name")
    arguments.add_scope(remove)
    show = verbs.add_parser("list", aliases=["ls"], help="the mirrors, tried in this order")
    arguments.add_scope(show)


def run(args: argparse.Namespace, session: Session) -> None:
    if args.verb == "add":
        settings_edits.add_mirror(
            session,
            args.name,
            args.url,
            types=args.type,
            autopush=args.autopush,
            signed=args.signed,
            scope=args.scope,
        )
        write(f"==> Added mirror {args.name}\n")
    elif args.verb in ("remove", "rm"):
        settings_edits.remove_mirror(session, args.name, args.scope)
        write(f"==> Removed mirror {args.name}\n")
    else:
        rows = [
            (
                m.name,
                "s" if m.source else "-",
                "b" if m.binary else "-",
                m.fetch.url,
            )
            for m in session.settings.mirrors.values()
        ]
        write(table(rows) if rows else "==> No mirrors configured\n")
