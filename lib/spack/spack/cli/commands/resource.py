"""``spack resource``: patches and further sources that recipes name."""

from __future__ import annotations

import argparse
import json

from spack.cli.display import write
from spack.session.session import Session
from spack.work.queries import recipe_queries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    show_all = verbs.add_parser("list", help="every patch and resource")
    show_all.add_argument("--only-hashes", action="store_true", help="print digests only")
    one = verbs.add_parser("show", help="whose a patch or resource is, by its digest")
    one.add_argument("hash", help="digest or its beginning")
    for verb in (show_all, one):
        verb.add_argument("--json", action="store_true", help="print a JSON list")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.verb == "list":
        rows = recipe_queries.resources(session.repositories)
    else:
        rows = recipe_queries.resources_of_digest(session.repositories, args.hash)
    if args.json:
        write(json.dumps([row._asdict() for row in rows], indent=2) + "\n")
    elif args.verb == "list" and args.only_hashes:
        write("".join(f"{digest}\n" for digest in sorted({row.digest for row in rows} - {""})))
    else:
        for row in rows:
            when = f" when {row.when}" if row.when else ""
            write(f"{row.digest or '(none)'}\n    {row.kind} of {row.package}{when}\n")
            write(f"    {row.where}\n")
