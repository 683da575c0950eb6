"""``spack url``: what is recognised in the address of a source."""

from __future__ import annotations

import argparse
import json
from typing import Any, Dict

from spack.cli.display import write
from spack.session import upstream_versions
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    parse = verbs.add_parser("parse", help="show name and version in an address")
    parse.add_argument("url")
    parse.add_argument(
        "-s", "--spider", action="store_true", help="look for other versions beside it"
    )
    parse.add_argument("--json", action="store_true", help="print a JSON object")


def run(args: argparse.Namespace, session: Session) -> int:
    found = upstream_versions.parse_url(args.url)
    data: Dict[str, Any] = dict(found._asdict())
    if args.spider:
        data["versions"] = upstream_versions.linked_archives(session, args.url)
    if args.json:
        write(json.dumps(data, indent=2) + "\n")
    else:
        write(f"name:     {found.name or '(none)'}\nversion:  {found.version or '(none)'}\n")
        for version, url in data.get("versions", {}).items():
            write(f"    {version}  {url}\n")
    return 0 if found.name and found.version else 1
