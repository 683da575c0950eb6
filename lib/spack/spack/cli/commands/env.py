"""``spack env``: create, activate, list, remove environments and their views."""

from __future__ import annotations

import argparse
import os

from spack.cli import arguments
from spack.cli.display import confirm, write
from spack.errors import UsageError
from spack.session import environments
from spack.session.session import Session

_NEEDS_SHELL = "this changes variables of the shell, which needs the shell function"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _create(verbs.add_parser("create", help="make an environment"))
    _activate(verbs.add_parser("activate", help="set the variables of the shell"))
    off = verbs.add_parser("deactivate", help="give the variables back their values")
    arguments.add_shells(off)
    verbs.add_parser("list", aliases=["ls"], help="the managed environments")
    remove = verbs.add_parser("remove", aliases=["rm"], help="remove environments")
    remove.add_argument("names", nargs="+", metavar="NAME")
    remove.add_argument("-f", "--force", action="store_true", help="also the active one")
    arguments.add_yes(remove)
    view = verbs.add_parser("view", help="regenerate, enable or disable the view")
    view.add_argument("action", choices=("regenerate", "enable", "disable"))
    view.add_argument("path", nargs="?", help="where the default view goes")


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="name, or a directory with --dir")
    parser.add_argument(
        "source", nargs="?", metavar="FILE", help="a spack.yaml, a spack.lock or an environment"
    )
    parser.add_argument("-d", "--dir", action="store_true", help="NAME is a directory")
    parser.add_argument("--keep-relative", action="store_true", help="keep relative paths")
    view = parser.add_mutually_exclusive_group()
    view.add_argument(
        "--with-view", nargs="?", const=True, default=None, metavar="PATH", help="make a view"
    )
    view.add_argument(
        "--without-view", dest="with_view", action="store_false", help="make no view"
    )
    parser.add_argument(
        "--include-concrete", action="append", default=[], metavar="ENV", help="include its lock"
    )


def _activate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="name or directory")
    arguments.add_shells(parser)
    parser.add_argument("-d", "--dir", action="store_true", help="NAME is a directory")
    parser.add_argument("-p", "--prompt", action="store_true", help="show the name in the prompt")
    view = parser.add_mutually_exclusive_group()
    view.add_argument(
        "-v", "--with-view", nargs="?", const="default", default="default", metavar="VIEW"
    )
    view.add_argument("-V", "--without-view", dest="with_view", action="store_const", const=None)


def run(args: argparse.Namespace, session: Session) -> None:
    if args.verb == "create":
        _run_create(args, session)
    elif args.verb == "activate":
        _run_activate(args, session)
    elif args.verb == "deactivate":
        if args.shell is None:
            raise UsageError(_NEEDS_SHELL, hint=". share/spack/setup-env.sh, then despacktivate")
        from spack.session import environment_work as work

        write(work.deactivate_text(args.shell))
    elif args.verb in ("list", "ls"):
        lines = environments.environment_lines(session)
        for line in lines:
            write(f"    {line.name}{'  (active)' if line.active else ''}\n")
        if not lines:
            write("==> No environments\n")
    elif args.verb in ("remove", "rm"):
        confirm(f"Remove {', '.join(args.names)}?", args.yes_to_all)
        for name in environments.remove(session, args.names, force=args.force):
            write(f"==> Removed environment {name}\n")
    else:
        _run_view(args, session)


def _run_create(args: argparse.Namespace, session: Session) -> None:
    environment = environments.create(
        session,
        args.name,
        args.source,
        directory=args.dir,
        view=args.with_view,
        keep_relative=args.keep_relative,
        include_concrete=args.include_concrete,
    )
    where = environment.directory
    write(f"==> Created environment {environment.label} in {where}\n")
    managed = environment.location.name is not None
    write("==> To activate it: spacktivate " + (args.name if managed else f"-d {where}") + "\n")


def _run_activate(args: argparse.Namespace, session: Session) -> None:
    name = args.name or (os.getcwd() if args.dir else None)
    if name is None:
        raise UsageError("which environment?", hint="spack env list shows them")
    if args.shell is None:
        raise UsageError(_NEEDS_SHELL, hint=f". share/spack/setup-env.sh, then spacktivate {name}")
    from spack.session import environment_work as work

    write(
        work.activate_text(
            session,
            name,
            args.shell,
            directory=args.dir,
            view=args.with_view,
            prompt=args.prompt,
        )
    )


def _run_view(args: argparse.Namespace, session: Session) -> None:
    from spack.session import environment_work as work

    label = environments.active(session).label
    if args.action == "regenerate":
        reports = work.update_views(session, force=True)
        for report in reports:
            write(f"==> Regenerated the view {report.root} of {len(report.specs)} specs\n")
        if not reports:
            write(f"==> Environment {label} has no view\n")
    elif args.action == "enable":
        work.enable_view(session, args.path)
        write(f"==> Environment {label} has a view\n")
    else:
        work.disable_view(session)
        write(f"==> Environment {label} has no default view any more\n")
