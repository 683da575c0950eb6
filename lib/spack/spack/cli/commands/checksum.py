"""``spack checksum``: checksums of versions, for the recipe."""

from __future__ import annotations

import argparse
import json

from spack.cli import arguments
from spack.cli.display import write
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", metavar="PACKAGE[@VERSION]")
    parser.add_argument("versions", nargs="*", metavar="VERSION", help="by default all new ones")
    parser.add_argument("-b", "--batch", action="store_true", help="ask nothing")
    parser.add_argument("-l", "--latest", action="store_true", help="the newest upstream version")
    parser.add_argument("-p", "--preferred", action="store_true", help="the preferred version")
    parser.add_argument("--keep-stage", action="store_true", help="keep what was fetched")
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "-a", "--add-to-package", action="store_true", help="put new versions in the recipe"
    )
    output.add_argument("--verify", action="store_true", help="compare with the recipe")
    output.add_argument("--json", action="store_true", help="print a JSON list")
    arguments.add_jobs(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.authoring import upstream_versions

    found = upstream_versions.checksums(
        session,
        args.package,
        args.versions,
        latest=args.latest,
        preferred=args.preferred,
        verified=args.verify,
        jobs=args.jobs,
        keep=args.keep_stage,
    )
    if args.json:
        write(json.dumps([checked._asdict() for checked in found], indent=2) + "\n")
        return
    for checked in found:
        write(upstream_versions.line_of(checked) + "\n")
    if not found:
        write("==> No new versions\n")
    if args.verify:
        upstream_versions.verify(found)
        write("==> All known checksums are right\n")
    elif args.add_to_package:
        path, count = upstream_versions.add_to_recipe(session, args.package, found)
        write(f"==> Added {count} version{'' if count == 1 else 's'} to {path}\n")
