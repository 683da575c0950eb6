"""``spack verify``: check installed files, libraries and versions."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import Verbs, flag, words
from spack.errors import UsageError
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.work.installing.verification import Irregularity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    manifest = verbs.add("manifest", "compare files with the manifest of their installation")
    words(manifest, "words", "SPEC|FILE")
    flag(manifest, "-l --local", "ignore upstream stores")
    flag(manifest, "-j --json", "print JSON")
    flag(manifest, "-a --all", "check all installed packages")
    kind = manifest.add_mutually_exclusive_group()
    flag(kind, "-s --specs", "the arguments are specs (default)")
    flag(kind, "-f --files", "the arguments are files")
    for name, text in (
        ("libraries", "find needed shared libraries that are missing"),
        ("versions", "find versions that are no longer in the recipes"),
    ):
        other = verbs.add(name, text)
        arguments.add_specs(other, "specs to check (default: all)")
        flag(other, "-a --all", "check all installed packages")
        flag(other, "-j --json", "print JSON")


def run(args: argparse.Namespace, session: Session) -> int:
    from spack.work.installing import verification

    if args.verb != "manifest":
        check = {"libraries": verification.libraries, "versions": verification.versions}[args.verb]
        words = [] if args.all else args.specs
        return _show(args, check(session, verification.packages(session, words)))
    if not args.words and not args.all:
        raise UsageError("nothing to verify given", hint="spack verify manifest SPEC, or --all")
    if args.files:
        return _show(args, verification.files(session.store, args.words))
    specs = verification.packages(session, [] if args.all else args.words, local=args.local)
    return _show(args, verification.manifests(session.store, specs))


def _show(args: argparse.Namespace, found: list[Irregularity]) -> int:
    """Print what was found; 1 if there is anything."""
    if args.json:
        write(as_json([finding._asdict() for finding in found]))
        return 1 if found else 0
    package = ""
    for finding in found:
        if finding.package != package:
            package = finding.package
            write(f"{package}\n")
        write(f"    {finding.path}: {finding.what}\n")
    if not found:
        write("==> No problems found\n")
    return 1 if found else 0
