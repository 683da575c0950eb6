"""``spack extensions``: the packages that extend one, such as those of Python."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import flag, option
from spack.language.formatting import DISPLAY_FORMAT, tree
from spack.session.session import Session
from spack.work.queries import recipe_queries
from spack.work.queries.columns import columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_format(parser)
    flag(parser, "-d --deps", "show dependencies as trees")
    flag(parser, "-p --paths", "show prefixes")
    option(parser, "-s --show", "which", choices=("packages", "installed", "all"), default="all")
    flag(parser, "--json", "print a JSON object")
    arguments.add_spec(parser, "an extendable package (default: list all of them)", "*")


def run(args: argparse.Namespace, session: Session) -> None:
    if not args.spec:
        names = recipe_queries.extendable(session.repositories)
        write(as_json(names, indent=None) if args.json else columns(names, session.width))
        return
    text = args.spec
    names = (
        recipe_queries.extensions(session.repositories, text) if args.show != "installed" else []
    )
    specs = recipe_queries.installed_extensions(session, text) if args.show != "packages" else []
    if args.json:
        installed = [
            {
                "name": spec.name,
                "version": str(spec.version),
                "hash": spec.dag_hash(),
                "prefix": session.store.prefix(spec),
            }
            for spec in specs
        ]
        write(as_json({"packages": names, "installed": installed}))
        return
    if args.show != "installed":
        write(f"==> {len(names)} extensions of {text}\n" + columns(names, session.width))
    if args.show != "packages":
        write(f"==> {len(specs)} installed extensions of {text}\n")
        for spec in specs:
            line = tree(
                spec,
                fmt=DISPLAY_FORMAT if args.deps else "{name}{@version}",
                hash_length=args.hash_length or 0,
                namespaces=args.namespaces,
                recurse=args.deps,
                color=session.color,
            ).rstrip("\n")
            write(f"{line}  {session.store.prefix(spec)}\n" if args.paths else f"{line}\n")
