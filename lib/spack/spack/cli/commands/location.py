"""``spack location``: directories of the program, of packages and of environments."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.flags import flag
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.installing import locations


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    add = which.add_argument
    add(
        "-r",
        "--spack-root",
        dest="what",
        action="store_const",
        const="root",
        help="root of the Spack installation",
    )
    add(
        "-m",
        "--module-dir",
        dest="what",
        action="store_const",
        const="module",
        help="directory of Spack's Python modules",
    )
    add(
        "-i",
        "--install-dir",
        dest="what",
        action="store_const",
        const="install",
        help="prefix of an installed spec",
    )
    add(
        "-p",
        "--package-dir",
        dest="what",
        action="store_const",
        const="package",
        help="directory of a recipe",
    )
    add(
        "-P",
        "--packages",
        "--repo",
        dest="repository",
        nargs="?",
        const="",
        metavar="NAMESPACE",
        help="directory of a recipe repository (default: the first one), or that of a package",
    )
    add(
        "-S",
        "--stages",
        dest="what",
        action="store_const",
        const="stages",
        help="directory of all stages",
    )
    add(
        "-s",
        "--stage-dir",
        dest="what",
        action="store_const",
        const="stage",
        help="stage of a spec",
    )
    add(
        "-c",
        "--source-dir",
        dest="what",
        action="store_const",
        const="source",
        help="unpacked sources in the stage of a spec (the default)",
    )
    add(
        "-b",
        "--build-dir",
        dest="what",
        action="store_const",
        const="build",
        help="build directory in the stage of a spec",
    )
    add(
        "-e",
        "--env",
        dest="environment",
        nargs="?",
        const="",
        metavar="NAME",
        help="directory of an environment (default: the active one)",
    )
    flag(parser, "--first", "take the first of several matches")
    arguments.add_spec(parser, "whose directory is meant", "*")


def run(args: argparse.Namespace, session: Session) -> None:
    text = args.spec
    if args.environment is not None:
        place = locations.of_environment(session, args.environment)
    elif args.repository is not None:
        place = locations.of_repository(session, args.repository or text)
    elif args.what in ("root", "module", "stages"):
        place = locations.of_instance(session, args.what)
    elif not text:
        raise UsageError("location needs a spec", hint="spack location -i zlib")
    else:
        place = locations.of_spec(session, args.what or "source", text, first=args.first)
    write(place + "\n")
