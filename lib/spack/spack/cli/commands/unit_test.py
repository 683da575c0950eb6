"""``spack unit-test``: the tests of this program, with test tools that it gets by itself."""

from __future__ import annotations

import argparse
import os
import sys

from spack.cli.options import flag
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.session.session import Session

#: Options of pytest for how much it says about the tests it finds, for each of our lists.
_QUIET = {"list": ("-qq",), "list-names": ("-q",), "list-long": ()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(unknown_words="pytest_args")
    show = parser.add_mutually_exclusive_group()
    flag(show, "-H --pytest-help", "show the options of pytest", show="pytest-help")
    flag(show, "-l --list", "list the files with tests", show="list")
    flag(show, "-L --list-long", "list the files and the tests in them", show="list-long")
    flag(show, "-N --list-names", "list the full names of the tests", show="list-names")
    parser.add_argument(
        "pytest_args",
        nargs=argparse.REMAINDER,
        metavar="ARGUMENT",
        help="arguments for pytest: files in tests, -k EXPRESSION, -x, -n PROCESSES …",
    )


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.machine.own_python import test_interpreter

    python = test_interpreter(session.instance)
    command = [python, "-m", "pytest"]
    if args.show == "pytest-help":
        command.append("--help")
    elif args.show is not None:
        command += ["--collect-only", *_QUIET[args.show]]
    elif not any(word.startswith(("-n", "--numprocesses")) for word in args.pytest_args):
        # Files stay together as long as there are enough: what they share is made once.
        command += ["-n", "auto", "--dist", "worksteal"]
    if not os.access(session.root, os.W_OK):
        cache = os.path.join(session.instance.state, "var", "spack", "cache", "pytest")
        command += ["-o", f"cache_dir={cache}"]
    variables = dict(session.variables)
    variables.pop("PYTHONPATH", None)
    os.chdir(session.root)
    sys.stdout.flush()
    os.execve(python, command + args.pytest_args, variables)
