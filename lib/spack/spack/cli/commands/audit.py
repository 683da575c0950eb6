"""``spack audit``: faults of recipes and configuration that can be seen without building."""

from __future__ import annotations

import argparse

from spack.cli.display import as_json, counted, write
from spack.cli.options import Verbs, flag, words
from spack.session.session import Session
from spack.work.authoring import audits, detection_audits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    packages = verbs.add("packages", "check recipes")
    words(packages, "names", "PACKAGE", "packages to check (default: all)")
    https = verbs.add("packages-https", "check that recipes use https")
    words(https, "names", "PACKAGE")
    flag(https, "--all", "check all recipes")
    configs = verbs.add("configs", "check the configuration")
    externals = verbs.add("externals", "run the detection tests of recipes")
    words(externals, "names", "PACKAGE", "packages to check (default: all that have tests)")
    flag(externals, "--list", "list the packages that have tests")
    checks = verbs.add("list", "list the checks")
    for verb in (packages, https, configs, externals, checks):
        flag(verb, "--json", "print a JSON list")


def run(args: argparse.Namespace, session: Session) -> int:
    if args.verb == "list" and args.json:
        rows = [{"name": check.name, "description": check.description} for check in audits.CHECKS]
        write(as_json(rows))
        return 0
    if args.verb == "list":
        write("".join(f"{check.name}: {check.description}\n" for check in audits.CHECKS))
        return 0
    found: list[audits.Fault]
    if args.verb == "configs":
        found = audits.audit_configuration(
            session.repositories, session.configuration, session.settings
        )
        what = "the configuration"
    elif args.verb == "externals":
        tested = args.names or detection_audits.tested_packages(session.repositories)
        if args.list:
            write(as_json(tested) if args.json else "\n".join(tested) + "\n")
            return 0
        found = detection_audits.audit_externals(session.repositories, args.names)
        what = counted(len(tested), "package")
    else:
        names = audits.chosen_names(session, args.names)
        found = audits.audit_packages(
            session.repositories, names, https=args.verb == "packages-https"
        )
        what = counted(len(names), "package")
    if args.json:
        write(as_json([finding.to_json() for finding in found]))
    else:
        for finding in found:
            write(f"{finding.origin}: {finding.text} [{finding.check}]\n")
        write(f"==> {counted(len(found), 'fault')} in {what}\n")
    return 1 if found else 0
