"""``spack develop``: build packages of the active environment from local sources."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING
from spack.work.queries.columns import table

if TYPE_CHECKING:
    from spack.work.installing.development import Developed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "package and version (default: fetch all missing sources)")
    option(parser, "-p --path DIR", "directory with the sources")
    option(parser, "-b --build-directory DIR", "directory to build the package in")
    clone = parser.add_mutually_exclusive_group()
    flag(clone, "--clone", "fetch the sources if the directory has none (default)", clone=True)
    flag(clone, "--no-clone", "do not fetch: the sources are already there", clone=False)
    flag(parser, "-f --force", "replace the content of the directory")
    flag(parser, "-r --recursive", "also develop all packages between this one and the roots")
    add_lock_option(parser)
    flag(parser, "-l --list", "list the developed packages")


def add_lock_option(parser: argparse.ArgumentParser) -> None:
    """Whether locked specs follow at once; also for ``undevelop``."""
    flag(
        parser,
        "--no-modify-concrete-specs",
        "do not change the lock file; run spack concretize --force afterwards",
        default=True,
        modify_lock=False,
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
        write(table(rows) or "==> No packages are developed\n")
        return
    if not args.specs:
        for entry in development.entries(session.configuration, active(session)):
            done = development.develop(
                session,
                entry.located,
                path=entry.path,
                clone=args.clone is not False,
                force=False,
                modify_lock=args.modify_lock,
            )
            _show(done, args)
        return
    wanted = parse_words(args.specs)
    if args.recursive:
        wanted = development.with_dependents(active(session), wanted)
    if args.path is not None and len(wanted) > 1:
        raise UsageError("--path needs exactly one package", hint="name one package at a time")
    for located in wanted:
        done = development.develop(
            session,
            located,
            path=args.path,
            clone=args.clone is not False,
            force=args.force,
            modify_lock=args.modify_lock,
        )
        if args.build_directory is not None:
            development.set_build_directory(session, located, args.build_directory)
        _show(done, args)


def _show(done: Developed, args: argparse.Namespace) -> None:
    """Say what is built from where, what that means for what is locked, and what it does not."""
    write(f"==> {done.text} is built from {done.path}\n")
    if done.changed:
        above = f", and with it {', '.join(done.dependents)}" if done.dependents else ""
        write(f"==> The next install rebuilds it{above}\n")
    elif done.locked:
        write("==> The next install rebuilds it if the sources have changed\n")
    elif args.modify_lock:
        write("==> No locked spec changes; for a root to use it, run spack concretize --force\n")
    else:
        write("==> Locked specs stay as they are until spack concretize --force\n")
