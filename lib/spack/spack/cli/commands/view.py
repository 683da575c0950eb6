"""``spack view``: put installed packages together in a directory, outside environments."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import counted, write
from spack.cli.options import Verbs, flag, option, several
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.queries.columns import table

#: Verbs that add, with their other names.
_ADD: dict[str, tuple[str, ...]] = {
    "symlink": ("add", "soft"),
    "hardlink": ("hard",),
    "copy": ("relocate",),
}
_YES = ("true", "yes", "1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "-v --verbose", "print what is done")
    several(parser, "-e --exclude TEXT", "leave out packages whose name contains TEXT")
    option(
        parser,
        "-d --dependencies",
        "include dependencies (default)",
        choices=("true", "false", "yes", "no"),
        default="true",
    )
    verbs = Verbs(parser)
    for name, others in _ADD.items():
        add = verbs.add(" ".join((name, *others)), f"add packages ({name} files)")
        add.add_argument("path", metavar="DIR", help="directory of the view")
        arguments.add_specs(add, "installed packages", nargs="+")
        option(add, "--projection-file FILE", "file with the projections of the view")
        flag(add, "-i --ignore-conflicts", "keep existing files")
        add.set_defaults(link=name)
    remove = verbs.add("remove rm", "remove packages from a view")
    remove.add_argument("path", metavar="DIR")
    arguments.add_specs(remove, "packages to remove")
    flag(remove, "--no-remove-dependents", "refuse to remove packages that others in the view need")
    flag(remove, "-a --all", "remove all packages")
    status = verbs.add("statlink status check", "list the packages in a view")
    status.add_argument("path", metavar="DIR")
    arguments.add_specs(status, "only these packages")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import hand_made_views as views

    if args.verb in ("remove", "rm"):
        view = views.view_at(session.repositories, session.store, args.path)
        if not args.specs and not args.all:
            raise UsageError("no specs given", hint="--all removes all packages")
        specs = (
            views.held(session, view)
            if args.all
            else views.chosen(session, args.specs, dependencies=False)
        )
        gone = views.take(session, view, specs, dependents=not args.no_remove_dependents)
        write(f"==> Removed {', '.join(gone) or 'nothing'} from {args.path}\n")
    elif args.verb in ("statlink", "status", "check"):
        rows = [
            (s.spec.label, s.state)
            for s in views.states(
                session, views.view_at(session.repositories, session.store, args.path), args.specs
            )
        ]
        write(table(rows) or "==> No packages\n")
    else:
        view = views.view_at(
            session.repositories, session.store, args.path, args.link, args.projection_file
        )
        specs = views.chosen(
            session,
            args.specs,
            dependencies=args.dependencies in _YES,
            exclude=args.exclude,
        )
        left_out = views.put(session.store, view, specs, ignore_conflicts=args.ignore_conflicts)
        if args.verbose:
            for spec in specs:
                write(f"    {spec.label}\n")
        for path in left_out:
            session.reporter.warning(f"{path} is already in the view")
        write(f"==> Added {counted(len(specs), 'package')} to {args.path}\n")
