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
        "this changes the directory of the shell, which needs the shell function",
        hint='. share/spack/setup-env.sh, or cd "$(spack location …)"',
    )
