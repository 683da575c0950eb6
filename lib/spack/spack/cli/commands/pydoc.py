"""``spack pydoc``: the documentation of a module, class or function that scripts import."""

from __future__ import annotations

import argparse

from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("entity", metavar="NAME", help="such as spack.scripting.interface")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.scripting.start import start

    start(session, "module", ["pydoc", args.entity])
