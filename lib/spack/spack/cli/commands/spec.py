"""``spack spec``: show what would be installed."""

from __future__ import annotations

import argparse

from spack.cli import arguments, concrete_output
from spack.session.session import Session
from spack.work.answers.finished_solves import concretized


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to concretize (default: the roots of the environment)")
    concrete_output.add_options(parser)
    arguments.add_concretizer(parser)
    arguments.add_tests(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    roots = concretized(session, args.specs, arguments.solve_options(args))
    concrete_output.show(args, session, roots)
