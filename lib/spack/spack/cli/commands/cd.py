"""``spack cd``: change to a directory that ``spack location`` prints; needs the shell function."""

from __future__ import annotations

import argparse

from spack.cli.commands import location
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    location.add_arguments(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    raise UsageError(
        "only the shell function can change the directory of the shell",
        hint='. share/spack/setup-env.sh, or cd "$(spack location …)"',
    )
