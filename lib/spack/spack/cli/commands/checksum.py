"""``spack checksum``: checksums of versions, for the recipe."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import as_json, counted, write
from spack.cli.options import flag, words
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", metavar="PACKAGE[@VERSION]")
    words(parser, "versions", "VERSION", "versions (default: all new ones)")
    flag(parser, "-b --batch", "ask no questions")
    flag(parser, "-l --latest", "only the latest upstream version")
    flag(parser, "-p --preferred", "only the preferred version")
    flag(parser, "--keep-stage", "keep the fetched files")
    output = parser.add_mutually_exclusive_group()
    flag(output, "-a --add-to-package", "add new versions to the recipe")
    flag(output, "--verify", "compare with the checksums in the recipe")
    flag(output, "--json", "print a JSON list")
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
        write(as_json([checked._asdict() for checked in found]))
        return
    for checked in found:
        write(upstream_versions.line_of(checked) + "\n")
    if not found:
        write("==> No new versions\n")
    if args.verify:
        upstream_versions.verify(found)
        write("==> All known checksums are correct\n")
    elif args.add_to_package:
        path, count = upstream_versions.add_to_recipe(session, args.package, found)
        write(f"==> Added {counted(count, 'version')} to {path}\n")
