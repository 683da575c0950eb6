"""``spack compilers``: short for ``spack compiler list``."""

from __future__ import annotations

import argparse

from spack.cli.commands import compiler
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    compiler.add_list_arguments(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    compiler.show_list(args, session)
