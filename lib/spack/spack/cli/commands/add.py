"""``spack add``: add root specs to the active environment."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import option
from spack.session.session import Session
from spack.work.projects import environments
from spack.work.queries.queries import parse_words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "what to add", nargs="+")
    option(parser, "-l --list-name LIST", "add to this list in the definitions")


def run(args: argparse.Namespace, session: Session) -> None:
    specs = parse_words(args.specs)
    environment = environments.active(session)
    added = environments.add(
        environment, session.repositories, session.instance, specs, args.list_name
    )
    label = environment.label
    for located in specs:
        if located.text in added:
            write(f"==> Added {located.text} to environment {label}\n")
        else:
            write(f"==> {located.text} is already in environment {label}\n")
