"""``spack why-not``: what speaks against a spec."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_spec(parser, "the spec that was not chosen")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.explaining.decisions import why_not

    for line in why_not(session, [args.spec]):
        write(line + "\n")
