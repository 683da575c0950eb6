"""``spack python``: the interpreter that runs this program, with what scripts import from Spack.

A new process, so that scripts have an interpreter as they expect it; see ``spack.scripting.start``.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from spack.cli.options import flag, option

if TYPE_CHECKING:
    from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "-V --version", "print the version of Python")
    option(parser, "-c CODE", "run this code", dest="code")
    flag(parser, "-u", "do not buffer output", default=False, unbuffered=True)
    flag(parser, "-i", "continue interactively afterwards", default=False, interactive=True)
    option(
        parser,
        "-m MODULE",
        "run this module with the arguments that follow",
        dest="module",
        nargs=argparse.REMAINDER,
    )
    flag(parser, "--path", "print the path of the interpreter")
    parser.add_argument(
        "python_args", nargs=argparse.REMAINDER, help="file to run, and its arguments"
    )


def run(args: argparse.Namespace, session: Session) -> None:
    if args.version:
        print("Python " + sys.version.split()[0])
        return
    if args.path:
        print(sys.executable)
        return
    from spack.scripting.start import start

    if args.code is not None:
        kind, words = "code", [args.code, *args.python_args]
    elif args.module is not None:
        kind, words = "module", args.module
    elif args.python_args:
        kind, words = "file", args.python_args
    elif sys.stdin.isatty():
        kind, words = "shell", [""]
    else:
        kind, words = "code", [sys.stdin.read()]
    start(session, kind, words, unbuffered=args.unbuffered, interactive=args.interactive)
