"""``spack list``: the packages that can be installed."""

from __future__ import annotations

import argparse
import json
import sys

from spack.cli.display import columns, write
from spack.session.queries import package_names, package_summary
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("filter", nargs="*", help="part of a name, or a pattern with * and ?")
    parser.add_argument(
        "-d", "--search-description", action="store_true", help="search descriptions too"
    )
    parser.add_argument("-v", "--virtuals", action="store_true", help="list virtuals too")
    parser.add_argument("-t", "--tag", action="append", default=[], help="only with this tag")
    parser.add_argument(
        "-N", "--namespace", "-r", "--repo", action="append", default=[], help="only from there"
    )
    parser.add_argument("--count", action="store_true", help="print their number only")
    parser.add_argument(
        "--format",
        choices=("name_only", "version_json"),
        default=None,
        help="one name a line, or names with versions as JSON",
    )


def run(args: argparse.Namespace, session: Session) -> None:
    names = package_names(
        session,
        args.filter,
        descriptions=args.search_description,
        virtuals=args.virtuals,
        tags=args.tag,
        namespaces=args.namespace,
    )
    if args.count:
        write(f"{len(names)}\n")
    elif args.format == "version_json":
        write(json.dumps([package_summary(session, name) for name in names], indent=2) + "\n")
    elif args.format == "name_only" or not sys.stdout.isatty():
        write("".join(f"{name}\n" for name in names))
    else:
        write(columns(names, session.width))
        write(f"==> {len(names)} packages\n")
