"""``spack uninstall``: remove installed specs."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import counted, write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.language.formatting import tree
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to uninstall")
    flag(parser, "-f --force", "uninstall even if other packages need it")
    flag(parser, "-R --dependents", "uninstall dependents, too")
    flag(parser, "-a --all", "uninstall all that match, not just one")
    flag(parser, "--remove", "remove it from the roots of the environment, too")
    option(parser, "--origin ORIGIN", "uninstall only packages with this origin in the database")
    arguments.add_yes(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import removal

    if not args.specs and not args.all:
        raise UsageError("uninstall needs specs", hint="spack uninstall --all removes everything")
    plan = removal.plan_removal(
        session,
        args.specs,
        all_matches=args.all,
        dependents=args.dependents,
        force=args.force,
        remove_roots=args.remove,
        origin=args.origin,
    )
    for line in plan.kept:
        write(f"==> {line}: it stays installed\n")
    for text in plan.roots:
        write(f"==> {text} is no longer a root of the environment\n")
    if not plan.specs and not plan.roots:
        write("==> Nothing to remove\n")
        return
    write(tree(plan.specs, hash_length=7, recurse=False, color=session.color))
    session.reporter.confirm(f"Remove {counted(len(plan.specs), 'package')}?", args.yes_to_all)
    removal.uninstall(session, plan, force=args.force)
