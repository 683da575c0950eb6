"""``spack compiler``: find, list, describe and drop compilers."""

from __future__ import annotations

import argparse
import os
from collections import Counter

from spack.cli import arguments
from spack.cli.commands.external import tell_passed_over
from spack.cli.display import as_json, write
from spack.cli.options import Verbs, flag, several
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.machine import compilers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    find = verbs.add("find add", "search for compilers and add them to the configuration")
    find.add_argument("paths", nargs="*", help="directories to search (default: PATH)")
    several(
        find, "--module MODULE", "search the directories that this environment module adds to PATH"
    )
    arguments.add_jobs(find)
    arguments.add_scope(find)
    show = verbs.add("list ls", "list the usable compilers")
    add_list_arguments(show)
    info = verbs.add("info", "show everything known about a compiler")
    info.add_argument("spec", help="a spec such as gcc@12, or the prefix of a compiler")
    flag(info, "--json", "print a JSON list")
    _add_remote(info)
    arguments.add_scope(info)
    remove = verbs.add("remove rm", "remove a compiler from the configuration")
    remove.add_argument("spec", help="a spec such as gcc@12, or the prefix of a compiler")
    flag(remove, "-a --all", "all that match, in every scope")
    arguments.add_scope(remove)


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``compiler list`` and ``compilers``."""
    _add_remote(parser)
    flag(parser, "--json", "print a JSON list")
    arguments.add_scope(parser)


def _add_remote(parser: argparse.ArgumentParser) -> None:
    flag(parser, "--remote", "include compilers from binary mirrors")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.verb in ("find", "add"):
        _find(args, session)
    elif args.verb in ("list", "ls"):
        show_list(args, session)
    elif args.verb == "info":
        _refuse_remote(args)
        if args.json:
            facts = compilers.compiler_facts(session, args.spec, args.scope)
            write(as_json(facts))
        else:
            write(compilers.compiler_description(session, args.spec, args.scope))
    else:
        removed = compilers.remove_compilers(session, args.spec, args.scope, everything=args.all)
        for one in removed:
            write(f"==> Removed {one.spec} in {one.prefix} from {one.file}\n")
            if one.left is not None:
                write(f"    It is still configured in {one.left}\n")


def show_list(args: argparse.Namespace, session: Session) -> None:
    """Print a line for each compiler, or all of them as JSON."""
    _refuse_remote(args)
    found = compilers.usable_compilers(session, args.scope)
    if args.json:
        write(as_json([compiler._asdict() for compiler in found]))
        return
    lines = Counter(compiler.line() for compiler in found)
    for compiler in found:
        # The same compiler in several files: what tells the entries apart is the file.
        write(compiler.line(with_origin=lines[compiler.line()] > 1) + "\n")
    if not found:
        write("==> No compilers; spack compiler find looks for them\n")


def _refuse_remote(args: argparse.Namespace) -> None:
    if args.remote:
        raise UsageError(
            "compilers from binary mirrors cannot be listed in this version, only those"
            " on this machine",
            hint="leave out --remote",
        )


def _find(args: argparse.Namespace, session: Session) -> None:
    outcome = compilers.find_compilers(
        session, args.paths, args.scope, modules=args.module, jobs=args.jobs
    )
    for text in outcome.added:
        write(f"==> Added {text}\n")
    for text in outcome.rejected:
        write(f"==> Passed over: {text}\n")
    if not outcome.added:
        write("==> No new compilers\n")
    if os.path.exists(outcome.file):
        write(f"==> Compilers are kept in {outcome.file}\n")
    tell_passed_over(session)
