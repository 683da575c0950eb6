"""``spack concretize``: solve the active environment and write its lock file."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import status_of, write
from spack.cli.members import add_lock_modes, add_members
from spack.cli.options import flag
from spack.language.formatting import tree
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "-q --quiet", "do not print the graphs")
    flag(parser, "--non-defaults", "highlight what differs from the defaults")
    arguments.add_tests(parser)
    arguments.add_solver_jobs(parser)
    arguments.add_concretizer(parser)
    text = "concretize only this environment of the project, with its bases; may be repeated"
    add_members(parser, "-e --environment --env", text)
    add_lock_modes(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.members import locking
    from spack.work.queries.queries import non_defaults

    options = arguments.solve_options(args)._replace(jobs=args.jobs)
    result = locking.concretize(session, options, only=args.environments, mode=args.lock_mode)
    locking.show_views(session, result)
    if not result.changed:
        if args.force:
            write("==> Concretized again: the lock file did not change\n")
        else:
            write("==> Nothing to concretize: the lock file matches the manifest\n")
        return
    for text in result.removed:
        write(f"==> Dropped {text}\n")
    for root, spec in result.added:
        write(f"==> Concretized {root.label}\n")
        if not args.quiet:
            shown = tree(
                spec,
                hash_length=7,
                status=status_of(session),
                color=session.color,
                highlight=non_defaults(session.repositories) if args.non_defaults else None,
            )
            write(shown + "\n")
    if result.fitted_to:
        noun = "root stays" if result.fitted_to == 1 else "roots stay"
        write(f"==> {result.fitted_to} {noun} as locked; concretize --force decides all again\n")
