"""``spack mark``: note that installed packages were asked for, or are only dependencies."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import counted, write
from spack.cli.options import flag
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "installed packages")
    flag(parser, "-a --all", "mark all that match, not just one")
    how = parser.add_mutually_exclusive_group(required=True)
    flag(how, "-e --explicit", "mark as explicitly installed: gc keeps them")
    flag(how, "-i --implicit", "mark as dependencies: gc may remove them")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import upkeep

    count = upkeep.mark(session, args.specs, every=args.all, explicit=args.explicit)
    word = "explicit" if args.explicit else "implicit"
    write(f"==> Marked {counted(count, 'package')} as {word}\n")
