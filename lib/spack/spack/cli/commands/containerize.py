"""``spack containerize``: write the recipe of a container image with an environment."""

from __future__ import annotations

import argparse
import os

from spack.cli.display import write
from spack.cli.options import flag, option
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "--list-os", "list the operating systems that images can start from")
    option(
        parser,
        "--last-stage STAGE",
        "last stage of the recipe (default: final)",
        choices=("bootstrap", "build", "final"),
        default="final",
    )


def run(args: argparse.Namespace, session: Session) -> None:
    if args.list_os:
        from spack.environments.container_images import SYSTEMS

        write("".join(f"{name}\n" for name in SYSTEMS))
        return
    from spack.work.projects import containers

    here = os.getcwd()
    chosen = session
    if session.environment is None and os.path.exists(os.path.join(here, "spack.yaml")):
        chosen = session.for_environment(here)
    write(containers.recipe(chosen, args.last_stage))
