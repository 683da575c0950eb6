"""How concrete specs are printed: the options and the output that ``spec`` and ``solve`` share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from spack.cli import arguments
from spack.cli.display import status_of, write
from spack.cli.flags import flag
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import DISPLAY_FORMAT, format_spec, tree
from spack.language.serialization import specfile_to_dict
from spack.session.session import Session
from spack.work.queries.queries import non_defaults


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options that choose the form of the output."""
    arguments.add_format(parser)
    status = parser.add_mutually_exclusive_group()
    status.add_argument(
        "-I",
        "--install-status",
        action="store_true",
        default=None,
        help="show the install status of each package",
    )
    status.add_argument(
        "--no-install-status",
        dest="install_status",
        action="store_false",
        help="do not show the install status",
    )
    output = parser.add_mutually_exclusive_group()
    flag(output, "-j --json", "print a JSON specfile")
    flag(output, "-y --yaml", "print a YAML specfile")
    output.add_argument("--format", metavar="FORMAT", help="print each root in this format")
    parser.add_argument(
        "-c",
        "--cover",
        choices=("nodes", "edges", "paths"),
        default="nodes",
        help="how to show shared dependencies",
    )
    flag(parser, "--non-defaults", "highlight what differs from the defaults")
    flag(parser, "-t --types", "show dependency types")


def show(args: argparse.Namespace, session: Session, roots: Sequence[ConcreteSpec]) -> None:
    """Print concrete specs in the form that the options ask for."""
    if args.json:
        for root in roots:
            write(json.dumps(specfile_to_dict(root)) + "\n")
        return
    if args.yaml:
        for root in roots:
            # Only this form needs what solves need.
            from spack.work.answers.concretization import yaml_text

            write(yaml_text(specfile_to_dict(root)))
        return
    if args.format:
        for root in roots:
            write(format_spec(root, args.format, prefix=session.store.prefix) + "\n")
        return
    wanted = args.install_status
    if wanted is None:
        wanted = session.settings.config.install_status
    for root in roots:
        write(
            tree(
                root,
                fmt=DISPLAY_FORMAT,
                cover=args.cover,
                deptypes=deptypes.ALL,
                hash_length=args.hash_length or 0,
                show_types=args.types,
                status=status_of(session) if wanted else None,
                namespaces=args.namespaces,
                prefix=session.store.prefix,
                color=session.color,
                highlight=non_defaults(session.repositories) if args.non_defaults else None,
            )
            + "\n"
        )
