"""``spack why``: what brought a package into an answer, and what decided its version."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", help="a package or a virtual")
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="in SPEC",
        help="spec to look in (default: the active environment)",
    )


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.explaining.decisions import why

    words = args.words[1:] if args.words[:1] == ["in"] else args.words
    text = arguments.one_text(words, "why")
    for line in why(session, args.package, [text] if text else []):
        write(line + "\n")
