"""``spack develop``: build packages of the active environment from local sources."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import table, write
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "package and version; without, fetch all that is missing")
    parser.add_argument("-p", "--path", metavar="DIR", help="where the sources are")
    parser.add_argument(
        "-b", "--build-directory", metavar="DIR", help="where builds of the package go"
    )
    clone = parser.add_mutually_exclusive_group()
    clone.add_argument(
        "--clone", action="store_true", default=None, help="fetch the sources if none are there"
    )
    clone.add_argument(
        "--no-clone", dest="clone", action="store_false", help="the sources are there already"
    )
    parser.add_argument(
        "-f", "--force", action="store_true", help="replace what is in the directory"
    )
    parser.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="also everything between the package and the roots",
    )
    add_lock_option(parser)
    parser.add_argument("-l", "--list", action="store_true", help="show what is developed")


def add_lock_option(parser: argparse.ArgumentParser) -> None:
    """Whether locked specs follow at once; also for ``undevelop``."""
    parser.add_argument(
        "--no-modify-concrete-specs",
        dest="modify_lock",
        action="store_false",
        help="leave the lock as it is: spack concretize --force has to follow",
    )


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import development
    from spack.work.projects.environments import active
    from spack.work.queries.queries import parse_words

    if args.list:
        rows = [
            (e.name, e.located.text, e.path)
            for e in development.entries(session.configuration, active(session))
        ]
        write(table(rows) or "==> Nothing is being developed\n")
        return
    if not args.specs:
        for entry in development.entries(session.configuration, active(session)):
            path = development.develop(
                session,
                entry.located,
                path=entry.path,
                clone=args.clone is not False,
                force=False,
                modify_lock=args.modify_lock,
            )
            write(f"==> {entry.located.text} is built from {path}\n")
        return
    wanted = parse_words(args.specs)
    if args.recursive:
        wanted = development.with_dependents(active(session), wanted)
    if args.path is not None and len(wanted) > 1:
        raise UsageError("--path is for one package", hint="develop the packages one by one")
    for located in wanted:
        path = development.develop(
            session,
            located,
            path=args.path,
            clone=args.clone is not False,
            force=args.force,
            modify_lock=args.modify_lock,
        )
        if args.build_directory is not None:
            development.set_build_directory(session, located, args.build_directory)
        write(f"==> {located.text} is built from {path}\n")
