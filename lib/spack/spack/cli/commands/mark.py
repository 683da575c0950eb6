"""``spack mark``: note that installed packages were asked for, or are only dependencies."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "which installed packages")
    parser.add_argument("-a", "--all", action="store_true", help="all that match, not just one")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("-e", "--explicit", action="store_true", help="asked for: gc keeps them")
    how.add_argument("-i", "--implicit", action="store_true", help="dependencies: gc may go")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import upkeep

    count = upkeep.mark(session, args.specs, every=args.all, explicit=args.explicit)
    word = "explicit" if args.explicit else "implicit"
    noun = "package" if count == 1 else "packages"
    write(f"==> Marked {count} {noun} as {word}\n")
