"""``spack unit-test``: the tests of this program, with test tools that it gets by itself."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from spack.errors import SpackError

if TYPE_CHECKING:
    from spack.session.session import Session

#: Modules of the test tools of pyproject.toml, in the interpreter that runs this program.
_TOOLS = ("pytest", "xdist", "hypothesis", "mypy", "ruff")

#: How much pytest says about the tests it finds, for each of our lists.
_QUIET = {"list": ("-qq",), "list-names": ("-q",), "list-long": ()}


class TestToolsError(SpackError):
    """The test tools could not be installed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(unknown_words="pytest_args")
    show = parser.add_mutually_exclusive_group()
    for flags, text in (
        (("-H", "--pytest-help"), "show the options of pytest"),
        (("-l", "--list"), "list the files with tests"),
        (("-L", "--list-long"), "list the files and the tests in them"),
        (("-N", "--list-names"), "list the full names of the tests"),
    ):
        show.add_argument(
            *flags, dest="show", action="store_const", const=flags[1].lstrip("-"), help=text
        )
    parser.add_argument(
        "pytest_args",
        nargs=argparse.REMAINDER,
        metavar="ARGUMENT",
        help="arguments for pytest: files in tests, -k EXPRESSION, -x, -n PROCESSES …",
    )


def run(args: argparse.Namespace, session: Session) -> None:
    python = _test_interpreter(session)
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


def _test_interpreter(session: Session) -> str:
    """The interpreter that has the test tools; makes an environment with them if there is none."""
    import importlib.util

    if all(importlib.util.find_spec(name) for name in _TOOLS):
        return sys.executable
    folder = os.path.join(session.instance.state, "var", "spack", "python")
    script = os.path.join(session.root, "lib", "spack", "private_python.py")
    result = subprocess.run([sys.executable, "-I", script, folder, "test", "test"])
    if result.returncode != 0:
        raise TestToolsError("the test tools could not be installed; see the messages above")
    return os.path.join(folder, "test", "bin", "python")
