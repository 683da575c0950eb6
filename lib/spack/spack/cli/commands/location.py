"""``spack location``: directories of the program, of packages and of environments."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.installing import locations


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    flag(which, "-r --spack-root", "root of the Spack installation", what="root")
    flag(which, "-m --module-dir", "directory of Spack's Python modules", what="module")
    flag(which, "-i --install-dir", "prefix of an installed spec", what="install")
    flag(which, "-p --package-dir", "directory of a recipe", what="package")
    option(
        which,
        "-P --packages --repo NAMESPACE",
        "directory of a recipe repository (default: the first one), or that of a package",
        dest="repository",
        nargs="?",
        const="",
    )
    flag(which, "-S --stages", "directory of all stages", what="stages")
    flag(which, "-s --stage-dir", "stage of a spec", what="stage")
    flag(
        which,
        "-c --source-dir",
        "unpacked sources in the stage of a spec (the default)",
        what="source",
    )
    flag(which, "-b --build-dir", "build directory in the stage of a spec", what="build")
    option(
        which,
        "-e --env NAME",
        "directory of an environment (default: the active one)",
        dest="environment",
        nargs="?",
        const="",
    )
    flag(parser, "--first", "take the first of several matches")
    arguments.add_spec(parser, "the package or stage to look up", "*")


def run(args: argparse.Namespace, session: Session) -> None:
    text = args.spec
    if args.environment is not None:
        place = locations.of_environment(session, args.environment)
    elif args.repository is not None:
        place = locations.of_repository(session, args.repository or text)
    elif args.what in ("root", "module"):
        place = locations.of_program(session.root, args.what)
    elif args.what == "stages":
        place = locations.of_stages(session.settings)
    elif not text:
        raise UsageError("location needs a spec", hint="spack location -i zlib")
    else:
        place = locations.of_spec(session, args.what or "source", text, first=args.first)
    write(place + "\n")
