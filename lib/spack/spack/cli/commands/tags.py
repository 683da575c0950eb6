"""``spack tags``: tags and the packages that have them."""

from __future__ import annotations

import argparse

from spack.cli.display import as_json, write
from spack.cli.options import flag, words
from spack.session.session import Session
from spack.work.queries import recipe_queries
from spack.work.queries.columns import columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words(parser, "tags", "TAG", "tags whose packages to list (default: list the tags)")
    flag(parser, "-i --installed", "list only installed packages")
    flag(parser, "-a --all", "list every tag with its packages")
    flag(parser, "--json", "print a JSON object")


def run(args: argparse.Namespace, session: Session) -> int | None:
    known = recipe_queries.tags(session.repositories)
    if args.installed:
        installed = recipe_queries.installed_names(session.store)
        known = {tag: [n for n in names if n in installed] for tag, names in known.items()}
        known = {tag: names for tag, names in known.items() if names}
    if args.tags:
        chosen = {tag: known.get(tag.lower(), []) for tag in args.tags}
    else:
        chosen = known
    if args.json:
        write(as_json(chosen))
    elif not args.tags and not args.all:
        write(columns(sorted(chosen), session.width))
    else:
        for tag, names in chosen.items():
            write(f"{tag}:\n")
            text = columns(names, session.width) or "None\n"
            write("".join(f"    {line}\n" for line in text.splitlines()))
    return 1 if args.tags and not any(chosen.values()) else None
