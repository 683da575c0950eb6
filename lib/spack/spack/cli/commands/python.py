"""``spack python``: the interpreter that runs this program, with what scripts import from Spack.

A new process, so that scripts have an interpreter as they expect it; see ``spack.scripting.start``.
"""

from __future__ import annotations

import argparse
import sys

from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "-V --version", "print the version of Python")
    option(parser, "-c CODE", "run this code", dest="code")
    flag(parser, "-u", "do not buffer output", default=False, unbuffered=True)
    flag(
        parser,
        "-i",
        "continue interactively afterwards; python or ipython may follow",
        default=False,
        interactive=True,
    )
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


def _ipython(args: argparse.Namespace) -> list[str]:
    """The module and arguments that start IPython. Raises UsageError where it is missing."""
    import importlib.util

    if importlib.util.find_spec("IPython") is None:
        raise UsageError(
            f"IPython is not installed in {sys.executable}", hint="install it there, or omit -i"
        )
    return ["IPython", *(["-c", args.code] if args.code else []), *args.python_args]


def _check_readable(path: str) -> None:
    """Raise UsageError for a script that cannot be read."""
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise UsageError(
            f"cannot read the script {path}: {error.strerror}",
            hint="spack python -c CODE runs code, spack python -m MODULE a module",
        ) from error


def run(args: argparse.Namespace, session: Session) -> None:
    if args.version:
        print("Python " + sys.version.split()[0])
        return
    if args.path:
        print(sys.executable)
        return
    from spack.scripting.start import start

    if args.interactive and args.python_args[:1] in (["python"], ["ipython"]):
        shell = args.python_args.pop(0)
        args.interactive = shell == "python" and not (args.code or args.python_args)
        if shell == "ipython":
            args.module = _ipython(args)
    if args.module is None and args.code is not None:
        kind, words = "code", [args.code, *args.python_args]
    elif args.module is not None:
        kind, words = "module", args.module
    elif args.python_args[:1] == ["-"]:
        kind, words = "input", args.python_args
    elif args.python_args:
        kind, words = "file", args.python_args
        _check_readable(words[0])
    elif sys.stdin.isatty():
        kind, words = "shell", [""]
    else:
        kind, words = "input", ["-"]
    _ = session.environment_directory  # raises where the chosen one does not exist
    start(session, kind, words, unbuffered=args.unbuffered, interactive=args.interactive)
