"""``spack module``: write, find and remove module files, for Environment Modules and for Lmod."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import counted, write
from spack.cli.options import Verbs, flag, option, several
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for kind, help in (
        ("tcl", "module files in Tcl, for Environment Modules and Lmod"),
        ("lmod", "module files in Lua, in a hierarchy, for Lmod"),
    ):
        one = kinds.add_parser(kind, help=help)
        option(
            one,
            "-n --name SET",
            "set of module files (default: default)",
            default="default",
            dest="set_name",
        )
        _add_verbs(Verbs(one))


def _add_verbs(verbs: Verbs) -> None:
    refresh = verbs.add("refresh", "write module files of installed packages")
    flag(refresh, "--delete-tree", "remove all other files below the root of the set")
    flag(refresh, "--upstream-modules", "write module files of what upstreams have, too")
    arguments.add_yes(refresh)
    arguments.add_specs(refresh, "only of what satisfies these specs")

    find = verbs.add("find", "print the name of the module of a package")
    flag(find, "--full-path", "print the path of the file")
    flag(find, "-r --dependencies", "print the modules of what it needs at run time before it")
    arguments.add_spec(find, "an installed package")

    remove = verbs.add("rm", "remove module files")
    arguments.add_yes(remove)
    arguments.add_specs(remove, "packages whose module files are removed", nargs="+")

    loads = verbs.add("loads", "print commands that load modules")
    flag(loads, "--input-only", "print only the names of modules")
    option(loads, "-p --prefix PREFIX", "put this before the names of modules", default="")
    several(loads, "-x --exclude SPEC", "except these")
    flag(loads, "-r --dependencies", "load the modules of what the packages need at run time, too")
    arguments.add_specs(loads, "installed packages")

    default = verbs.add("setdefault", "make a module the default of its package")
    arguments.add_spec(default, "an installed package")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.projects import module_commands as modules

    which = (args.set_name, args.kind)
    if args.verb == "refresh":
        _refresh(args, session)
    elif args.verb == "find":
        found = modules.modules_of(session, *which, args.spec, dependencies=args.dependencies)
        write(" ".join(e.path if args.full_path else e.use_name for e in found) + "\n")
    elif args.verb == "rm":
        rows = modules.to_remove(session, *which, args.specs)
        if not rows:
            command = f"spack module {args.kind} -n {args.set_name} refresh"
            raise UsageError(
                f"these packages have no {args.kind} module files",
                hint=f"if they should have some, write them with {command}",
            )
        for spec, entry in rows:
            write(f"    {entry.use_name}  {spec.label}\n")
        files = counted(len(rows), "module file")
        session.reporter.confirm(f"Remove {files}?", args.yes_to_all)
        removed = modules.remove(session.settings, *which, [spec for spec, _ in rows])
        write(f"==> Removed {counted(len(removed), 'module file')}\n")
    elif args.verb == "loads":
        text = modules.loads(
            session,
            *which,
            args.specs,
            args.exclude,
            dependencies=args.dependencies,
            prefix=args.prefix,
            input_only=args.input_only,
        )
        write(text)
    else:
        write(f"==> {modules.set_default(session, *which, args.spec)} is the default\n")


def _refresh(args: argparse.Namespace, session: Session) -> None:
    from spack.work.projects import module_commands as modules

    specs = modules.matching(session, args.specs, upstream=args.upstream_modules)
    what = f"{args.kind} module files of {counted(len(specs), 'package')}"
    session.reporter.confirm(f"Write the {what}?", args.yes_to_all)
    outcome = modules.refresh(
        session,
        args.set_name,
        args.kind,
        specs,
        delete_tree=args.delete_tree,
        upstream=args.upstream_modules,
    )
    for line in modules.warnings_of(outcome):
        session.reporter.warning(line)
    write(f"==> Wrote {counted(outcome.written, 'module file')}")
    write(f"; {outcome.unchanged} did not change" if outcome.unchanged else "")
    write(f"; removed {counted(outcome.removed, 'file')}\n" if outcome.removed else "\n")
