"""``spack resource``: patches and further sources that recipes name."""

from __future__ import annotations

import argparse

from spack.cli.display import as_json, write
from spack.cli.options import Verbs, flag
from spack.session.session import Session
from spack.work.queries import recipe_queries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    show_all = verbs.add("list", "list every patch and resource")
    flag(show_all, "--only-hashes", "print only digests")
    one = verbs.add("show", "show the patch or resource with this digest")
    one.add_argument("hash", help="a digest or the first characters of one")
    for verb in (show_all, one):
        flag(verb, "--json", "print a JSON list")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.verb == "list":
        rows = recipe_queries.resources(session.repositories)
    else:
        rows = recipe_queries.resources_of_digest(session.repositories, args.hash)
    if args.json:
        write(as_json([row._asdict() for row in rows]))
    elif args.verb == "list" and args.only_hashes:
        write("".join(f"{digest}\n" for digest in sorted({row.digest for row in rows} - {""})))
    else:
        for row in rows:
            when = f" when {row.when}" if row.when else ""
            write(f"{row.digest or '(none)'}\n    {row.kind} of {row.package}{when}\n")
            write(f"    {row.where}\n")
