"""``spack compiler``: find, list, describe and drop compilers."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.session import compilers
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    find = verbs.add_parser("find", aliases=["add"], help="look for compilers and keep them")
    find.add_argument("paths", nargs="*", help="directories to search; by default PATH")
    arguments.add_scope(find)
    show = verbs.add_parser("list", aliases=["ls"], help="the usable compilers")
    arguments.add_scope(show)
    info = verbs.add_parser("info", help="everything known about a compiler")
    info.add_argument("spec")
    arguments.add_scope(info)
    remove = verbs.add_parser("remove", aliases=["rm"], help="drop a compiler")
    remove.add_argument("spec")
    arguments.add_scope(remove)


def run(args: argparse.Namespace, session: Session) -> None:
    if args.verb in ("find", "add"):
        _find(args, session)
    elif args.verb in ("list", "ls"):
        for line in compilers.compiler_lines(session):
            write(line + "\n")
    elif args.verb == "info":
        write(compilers.compiler_description(session, args.spec))
    else:
        for text in compilers.remove_compilers(session, args.spec, args.scope):
            write(f"==> Removed {text}\n")


def _find(args: argparse.Namespace, session: Session) -> None:
    outcome = compilers.find_compilers(session, args.paths, args.scope)
    for text in outcome.added:
        write(f"==> Added {text}\n")
    for text in outcome.rejected:
        write(f"==> Passed over {text}\n")
    if not outcome.added:
        write("==> No new compilers\n")
    write(f"==> Compilers are kept in {outcome.file}\n")
