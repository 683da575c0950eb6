"""``spack audit``: faults of recipes and configuration that can be seen without building."""

from __future__ import annotations

import argparse
import json

from spack.cli.display import write
from spack.cli.flags import flag
from spack.session.session import Session
from spack.work.authoring import audits, detection_audits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    packages = verbs.add_parser("packages", help="check recipes")
    packages.add_argument(
        "names", nargs="*", metavar="PACKAGE", help="packages to check (default: all)"
    )
    https = verbs.add_parser("packages-https", help="check that recipes use https")
    https.add_argument("names", nargs="*", metavar="PACKAGE")
    flag(https, "--all", "check all recipes")
    configs = verbs.add_parser("configs", help="check the configuration")
    externals = verbs.add_parser("externals", help="run the detection tests of recipes")
    externals.add_argument(
        "names",
        nargs="*",
        metavar="PACKAGE",
        help="packages to check (default: all that have tests)",
    )
    flag(externals, "--list", "list the packages that have tests")
    checks = verbs.add_parser("list", help="list the checks")
    for verb in (packages, https, configs, externals, checks):
        flag(verb, "--json", "print a JSON list")


def run(args: argparse.Namespace, session: Session) -> int:
    if args.verb == "list" and args.json:
        rows = [{"name": check.name, "description": check.description} for check in audits.CHECKS]
        write(json.dumps(rows, indent=2) + "\n")
        return 0
    if args.verb == "list":
        write("".join(f"{check.name}: {check.description}\n" for check in audits.CHECKS))
        return 0
    found: list[audits.Fault]
    if args.verb == "configs":
        found = audits.audit_configuration(session)
        counted = "the configuration"
    elif args.verb == "externals":
        tested = args.names or detection_audits.tested_packages(session.repositories)
        if args.list:
            write(json.dumps(tested, indent=2) + "\n" if args.json else "\n".join(tested) + "\n")
            return 0
        found = detection_audits.audit_externals(session.repositories, args.names)
        counted = _packages(len(tested))
    else:
        names = audits.chosen_names(session, args.names)
        found = audits.audit_packages(
            session.repositories, names, https=args.verb == "packages-https"
        )
        counted = _packages(len(names))
    if args.json:
        write(json.dumps([finding.to_json() for finding in found], indent=2) + "\n")
    else:
        for finding in found:
            write(f"{finding.origin}: {finding.text} [{finding.check}]\n")
        noun = "fault" if len(found) == 1 else "faults"
        write(f"==> {len(found)} {noun} in {counted}\n")
    return 1 if found else 0


def _packages(count: int) -> str:
    return f"{count} package" + ("" if count == 1 else "s")
