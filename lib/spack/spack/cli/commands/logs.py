"""``spack logs``: print the build log of a package."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_spec(parser, "an installed package, or one being built")
    flag(parser, "--path", "print the path of the log")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import build_logs

    path = build_logs.log_of(session, args.spec)
    if args.path:
        write(path + "\n")
        return
    for line in build_logs.lines(path):
        write(line + "\n")
