"""``spack uninstall``: remove installed specs."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.flags import flag
from spack.errors import UsageError
from spack.language.formatting import tree
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to uninstall")
    flag(parser, "-f --force", "uninstall even if other packages need it")
    flag(parser, "-R --dependents", "uninstall dependents, too")
    flag(parser, "-a --all", "uninstall all that match, not just one")
    flag(parser, "--remove", "remove it from the roots of the environment, too")
    parser.add_argument(
        "--origin",
        metavar="ORIGIN",
        help="uninstall only packages with this origin in the database",
    )
    arguments.add_yes(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import removal

    if not args.specs and not args.all:
        raise UsageError("uninstall needs specs", hint="spack uninstall --all removes everything")
    chosen = removal.to_uninstall(
        session,
        args.specs,
        all_matches=args.all,
        dependents=args.dependents,
        force=args.force,
        origin=args.origin,
    )
    if not chosen:
        write("==> Nothing to remove\n")
        return
    write(tree(chosen, hash_length=7, recurse=False, color=session.color))
    noun = "package" if len(chosen) == 1 else "packages"
    session.reporter.confirm(f"Remove {len(chosen)} {noun}?", args.yes_to_all)
    removal.uninstall(session, chosen, force=args.force, remove_roots=args.remove)
