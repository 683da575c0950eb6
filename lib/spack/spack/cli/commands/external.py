"""``spack external``: installations made by others, found, listed and checked."""

from __future__ import annotations

import argparse
import os

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import Verbs, flag, option, several, words
from spack.session.session import Session
from spack.work.machine import externals
from spack.work.queries.columns import columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    find = verbs.add("find", "search for external packages and add them to the configuration")
    words(
        find, "packages", "PACKAGE", "packages to look for (default: core packages and build tools)"
    )
    flag(find, "--all", "look for every detectable package")
    several(find, "--exclude PACKAGE", "do not look for this package")
    several(find, "-p --path DIR", "search this directory instead of PATH")
    several(
        find, "--module MODULE", "search the directories that this environment module adds to PATH"
    )
    several(find, "-t --tag TAG", "look for packages with this tag")
    flag(find, "--not-buildable", "set buildable: false for the packages that are found")
    flag(find, "-v --verbose", "also list the rejected candidates")
    arguments.add_jobs(find)
    arguments.add_scope(find)
    flag(find, "--json", "print JSON")
    listed = verbs.add("list ls", "list the detectable packages")
    flag(listed, "--json", "print a JSON list")
    audit = verbs.add("audit", "check the configured externals")
    words(audit, "packages", "PACKAGE", "packages to check (default: all)")
    flag(audit, "--json", "print a JSON list")
    cray = verbs.add(
        "read-cray-manifest", "add the packages listed in the manifests of a Cray system"
    )
    option(cray, "--file FILE", "read this file")
    option(cray, "--directory DIR", "read the files in this directory")
    flag(cray, "--ignore-default-dir", "ignore the default directory of the system")
    flag(cray, "--dry-run", "show what would be added")
    flag(cray, "--fail-on-error", "stop at the first file with errors")
    arguments.add_scope(cray)


def run(args: argparse.Namespace, session: Session) -> int:
    if args.verb == "find":
        _find(args, session)
    elif args.verb in ("list", "ls"):
        names = list(externals.detectable_names(session.repositories))
        write(as_json(names) if args.json else columns(names, session.width))
        tell_passed_over(session)
    elif args.verb == "audit":
        return _audit(args, session)
    else:
        _read_cray_manifest(args, session)
    return 0


def _find(args: argparse.Namespace, session: Session) -> None:
    names = externals.chosen_packages(
        session.repositories,
        args.packages,
        tags=args.tag,
        everything=args.all,
        exclude=args.exclude,
    )
    outcome = externals.search(
        session,
        names,
        paths=args.path,
        modules=args.module,
        scope=args.scope,
        not_buildable=args.not_buildable,
        jobs=args.jobs,
    )
    if args.json:
        write(as_json(outcome._asdict()))
        return
    for text in outcome.added:
        write(f"==> Added {text}\n")
    if args.verbose or args.packages:
        for text in outcome.rejected:
            write(f"==> Rejected: {text}\n")
    elif outcome.rejected:
        write(f"==> Rejected {len(outcome.rejected)} candidates; -v lists them with reasons\n")
    if not outcome.added:
        write("==> No new external packages\n")
    if os.path.exists(outcome.file):
        write(f"==> Externals are in {outcome.file}\n")
    if not args.packages:  # those that are named were told of above
        tell_passed_over(session)


def tell_passed_over(session: Session) -> None:
    """Say which recipes could not take part because they cannot be loaded."""
    for text in externals.passed_over(session.repositories):
        session.reporter.warning(text)


def _audit(args: argparse.Namespace, session: Session) -> int:
    found = externals.audit(session, args.packages)
    if args.json:
        write(as_json([drift.to_json() for drift in found]))
    for drift in [] if args.json else found:
        write(f"{drift.origin}: {drift.spec}: {drift.text}\n")
    if not found and not args.json:
        write("==> All configured externals are as configured\n")
    return 1 if found else 0


def _read_cray_manifest(args: argparse.Namespace, session: Session) -> None:
    from spack.work.machine import cray_manifests

    files = cray_manifests.manifest_files(
        args.file, args.directory, default=not args.ignore_default_dir
    )
    outcome = cray_manifests.read(
        session, files, scope=args.scope, dry_run=args.dry_run, strict=args.fail_on_error
    )
    for text in outcome.rejected:
        session.reporter.warning(text)
    for text in outcome.added:
        write(f"==> {'Would add' if args.dry_run else 'Added'} {text}\n")
    if not outcome.added:
        write("==> No new external packages\n")
