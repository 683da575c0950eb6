"""``spack test-env``: show the variables of tests of a package, or run a command with them."""

from __future__ import annotations

import argparse

from spack.cli.commands import build_env
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    build_env.add_arguments(parser)
    parser.set_defaults(for_tests=True)


def run(args: argparse.Namespace, session: Session) -> None:
    build_env.run(args, session)
