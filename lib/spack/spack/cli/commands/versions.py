"""``spack versions``: what the recipe knows and what its servers have."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import flag
from spack.errors import SpackError
from spack.language.versions import parse_version
from spack.session.session import Session
from spack.work.queries.columns import columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", metavar="PACKAGE")
    which = parser.add_mutually_exclusive_group()
    flag(which, "-s --safe", "list only versions with a checksum")
    flag(which, "-r --remote", "list only versions on the servers")
    flag(which, "-n --new", "list only versions on the servers newer than those in the recipe")
    arguments.add_jobs(parser)
    flag(parser, "--json", "print a JSON object")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.authoring import upstream_versions
    from spack.work.queries.queries import package_name

    args.package = package_name(args.package)
    safe = upstream_versions.safe_versions(session, args.package)
    found: dict[str, list[str]] = {}
    if not args.remote and not args.new:
        found["safe"] = safe
    if not args.safe:
        found["remote"] = _remote(args, session, safe)
    if args.json:
        write(as_json(found))
        return
    for word, versions in found.items():
        if len(found) > 1:
            write(f"==> {_HEADINGS[word]}:\n")
        text = columns(versions, session.width) or ("None\n" if len(found) > 1 else "")
        write("".join(f"  {line}\n" for line in text.splitlines()) if len(found) > 1 else text)


_HEADINGS = {"safe": "In the recipe, with checksum", "remote": "On the servers, not in the recipe"}


def _remote(args: argparse.Namespace, session: Session, safe: list[str]) -> list[str]:
    from spack.work.authoring import upstream_versions

    try:
        remote = list(
            upstream_versions.remote_versions(
                session.repositories, session.host, session.settings, args.package
            )
        )
    except SpackError as error:
        if args.remote or args.new:
            raise
        session.reporter.warning(f"cannot list versions on the servers: {error.message}")
        return []
    if args.remote:
        return remote
    if args.new:
        newest = max(map(parse_version, safe), default=None)
        return [v for v in remote if newest is None or parse_version(v) > newest]
    known = set(map(parse_version, safe))
    return [version for version in remote if parse_version(version) not in known]
