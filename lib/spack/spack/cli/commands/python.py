"""``spack python``: the interpreter that runs this program, with ``spack`` importable."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-V", "--version", action="store_true", help="print the version of Python")
    parser.add_argument("-c", dest="code", metavar="CODE", help="run this code")
    parser.add_argument("-u", dest="unbuffered", action="store_true", help="do not buffer output")
    parser.add_argument(
        "-i", dest="interactive", action="store_true", help="continue interactively afterwards"
    )
    parser.add_argument(
        "-m",
        dest="module",
        nargs=argparse.REMAINDER,
        metavar="MODULE",
        help="run this module with the arguments that follow",
    )
    parser.add_argument("--path", action="store_true", help="print the path of the interpreter")
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
    command = [sys.executable]
    command += ["-u"] if args.unbuffered else []
    command += ["-i"] if args.interactive else []
    if args.code is not None:
        command += ["-c", args.code]
    elif args.module is not None:
        command += ["-m", *args.module]
    command += args.python_args
    variables = dict(session.variables)
    library = os.path.join(session.root, "lib", "spack")
    others = variables.get("PYTHONPATH")
    variables["PYTHONPATH"] = f"{library}{os.pathsep}{others}" if others else library
    sys.stdout.flush()
    os.execve(sys.executable, command, variables)
