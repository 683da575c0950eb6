"""``spack build-env``: show the variables of a build, or run a command with them."""

from __future__ import annotations

import argparse
import os
import sys

from spack.cli import arguments
from spack.cli.display import write, write_output
from spack.cli.options import option
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="SPEC [-- COMMAND …]",
        help="the package whose build it is",
    )
    arguments.add_dirty(parser)
    where = parser.add_mutually_exclusive_group()
    option(where, "--dump FILE", "write sh code that sets the variables to a file")
    option(where, "--pickle FILE", "write the variables to a file for Python's pickle.load")
    arguments.add_concretizer(parser)
    parser.set_defaults(for_tests=False)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import build_shell

    specs, command = _split(args.words)
    if not specs:
        raise UsageError("no spec given", hint="spack build-env zlib -- bash")
    variables = build_shell.variables_for(
        session,
        specs,
        dirty=args.dirty,
        for_tests=args.for_tests,
        options=arguments.solve_options(args),
    )
    if args.dump is not None:
        write_output(_lines(variables), args.dump)
    if args.pickle is not None:
        import pickle

        with open(args.pickle, "wb") as binary:
            pickle.dump(variables, binary)
        write(f"==> Wrote {args.pickle}\n")
    if command:
        sys.stdout.flush()
        build_shell.run(command, variables)
    elif args.dump is None and args.pickle is None:
        write(_lines(variables))


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """The spec and the command: after ``--``, or everything after the first word."""
    if "--" in words:
        place = words.index("--")
        return words[:place], words[place + 1 :]
    return words[:1], words[1:]


def _lines(variables: dict[str, str]) -> str:
    import shlex

    return "".join(
        f"export {name}={shlex.quote(value)}\n"
        for name, value in sorted(variables.items())
        if os.environ.get(name) != value
    )
