"""``spack deprecate``: let one installed package take the place of another."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "the old spec, then the new one")
    below = parser.add_mutually_exclusive_group()
    flag(
        below,
        "-d --dependencies",
        "deprecate dependencies of the old spec, too (default)",
        default=True,
        dependencies=True,
    )
    flag(below, "-D --no-dependencies", "deprecate only the old spec", dependencies=False)
    deprecator = parser.add_mutually_exclusive_group()
    flag(deprecator, "-i --install-deprecator", "install the new spec first if necessary")
    flag(deprecator, "-I --no-install-deprecator", default=True, install_deprecator=False)
    option(
        parser,
        "-l --link-type",
        "kind of link to the new prefix",
        choices=("soft", "hard"),
        default="soft",
    )
    arguments.add_yes(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import upkeep

    if len(args.specs) != 2:
        raise UsageError(
            "deprecate needs two specs, the old and the new one", hint="deprecate a@1 a@2"
        )
    old, new = args.specs
    if args.install_deprecator:
        from spack.work.installing import installation

        installation.install(session, [new], installation.InstallOptions())
    pairs = upkeep.replacements(session, old, new, dependencies=args.dependencies)
    for pair in pairs:
        write(f"    {pair.old.label} -> {pair.new.label}\n")
    session.reporter.confirm("Remove the old ones and link to the new ones?", args.yes_to_all)
    upkeep.deprecate(session, pairs, hard=args.link_type == "hard")
    write("==> Deprecated\n")
