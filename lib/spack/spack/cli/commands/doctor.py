"""``spack doctor``: is everything there and does it work, and if not, what to do."""

from __future__ import annotations

import argparse

from spack.cli.display import as_json, counted, write
from spack.cli.options import flag
from spack.session.session import Session
from spack.work.machine import doctor

_MARKS = {doctor.FINE: "[ok]", doctor.WARNING: "[! ]", doctor.BROKEN: "[x ]"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "--json", "print a JSON list")
    flag(parser, "-q --quiet", "show only problems")


def run(args: argparse.Namespace, session: Session) -> int:
    session.tells_notes = False  # the checks list what would be warned of
    found = doctor.examine(session)
    broken = [finding for finding in found if finding.status == doctor.BROKEN]
    if args.json:
        write(as_json([finding.to_json() for finding in found]))
        return 1 if broken else 0
    width = max(len(finding.subject) for finding in found)
    for finding in found:
        if args.quiet and finding.status == doctor.FINE:
            continue
        text = finding.text.replace("\n", f"\n{'':{width + 7}}")
        write(f"{_MARKS[finding.status]} {finding.subject:<{width}}  {text}\n")
        if finding.advice:
            write(f"     {'':<{width}}  do: {finding.advice}\n")
    warnings = sum(finding.status == doctor.WARNING for finding in found)
    write(f"==> {len(broken)} broken, {counted(warnings, 'warning')}, {len(found)} checks\n")
    return 1 if broken else 0
