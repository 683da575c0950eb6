"""``spack restage``: unpack sources anew and lose what was changed in them."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "packages to stage again", nargs="+")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.answers.selection import concrete_specs
    from spack.work.installing import staging

    for spec in concrete_specs(session, args.specs):
        path = staging.restage(session, spec)
        write(f"==> Staged {spec.name}@{spec.version} again in {path}\n")
