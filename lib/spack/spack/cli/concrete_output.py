"""Printing of concrete specs: the options and the output that ``spec`` and ``solve`` share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from spack.cli import arguments
from spack.cli.display import as_json, status_of, write
from spack.cli.options import flag, option
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
    flag(
        status,
        "-I --install-status",
        "show the install status of each package",
        install_status=True,
    )
    flag(status, "--no-install-status", "do not show the install status", install_status=False)
    output = parser.add_mutually_exclusive_group()
    flag(output, "-j --json", "print a JSON specfile")
    flag(output, "-y --yaml", "print a YAML specfile")
    option(output, "--format FORMAT", "print each root in this format")
    option(
        parser,
        "-c --cover",
        "how to show shared dependencies",
        choices=("nodes", "edges", "paths"),
        default="nodes",
    )
    flag(parser, "--non-defaults", "highlight what differs from the defaults")
    flag(parser, "-t --types", "show dependency types")


def show(args: argparse.Namespace, session: Session, roots: Sequence[ConcreteSpec]) -> None:
    """Print concrete specs in the form that the options ask for."""
    if args.json:
        for root in roots:
            write(as_json(specfile_to_dict(root), indent=None))
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
