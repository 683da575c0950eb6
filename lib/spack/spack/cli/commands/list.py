"""``spack list``: the packages that can be installed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from spack.cli.display import as_json, write
from spack.cli.options import flag, option, several
from spack.session.session import Session
from spack.work.queries.columns import columns
from spack.work.queries.queries import package_names, package_summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("filter", nargs="*", help="part of a name, or a pattern with * and ?")
    flag(parser, "-d --search-description", "search descriptions, too")
    flag(parser, "-v --virtuals", "list virtuals, too")
    several(parser, "-t --tag TAG", "list only packages with this tag")
    several(parser, "-N --namespace -r --repo NAMESPACE", "list only packages from this repository")
    flag(parser, "--count", "print only the number of packages")
    option(
        parser,
        "--format",
        "one name per line, JSON with versions, or an HTML page",
        choices=("name_only", "version_json", "html"),
    )
    flag(parser, "--json", "same as --format version_json", format="version_json")
    option(parser, "--update FILE", "write to FILE if it is older than any recipe repository")


def run(args: argparse.Namespace, session: Session) -> None:
    names = package_names(
        session.repositories,
        args.filter,
        descriptions=args.search_description,
        virtuals=args.virtuals,
        tags=args.tag,
        namespaces=args.namespace,
    )
    if args.count:
        text = f"{len(names)}\n"
    elif args.format == "version_json":
        text = as_json([package_summary(session, name) for name in names])
    elif args.format == "html":
        text = _page(session, names)
    elif args.format == "name_only" or args.update or not sys.stdout.isatty():
        text = "".join(f"{name}\n" for name in names)
    else:
        text = columns(names, session.width) + f"==> {len(names)} packages\n"
    if args.update:
        from spack.work.queries.recipe_queries import update_file

        update_file(session.repositories, args.update, text)
    else:
        write(text)


def _page(session: Session, names: Sequence[str]) -> str:
    """A list of definitions: names that link to the pages of the projects, and their versions."""
    from html import escape

    lines = ["<!DOCTYPE html>", "<title>Packages</title>", "<dl>"]
    for name in names:
        summary = package_summary(session, name)
        page = str(summary.get("homepage") or "")
        shown = f'<a href="{escape(page)}">{escape(name)}</a>' if page else escape(name)
        lines.append(f'<dt id="{escape(name)}">{shown}</dt>')
        versions = summary.get("versions")
        if isinstance(versions, (list, tuple)):
            lines.append(f"<dd>{escape(', '.join(map(str, versions)))}</dd>")
    return "\n".join([*lines, "</dl>", ""])
