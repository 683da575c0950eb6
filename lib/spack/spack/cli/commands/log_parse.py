"""``spack log-parse``: show the errors and warnings of a build log."""

from __future__ import annotations

import argparse

from spack.cli.display import as_json, write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session

_KINDS = ("errors", "warnings")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="log file, may be compressed")
    option(parser, "--show KINDS", "errors (default), warnings, or both", default="errors")
    option(parser, "-c --context N", "number of lines to show around each", type=int, default=3)
    option(parser, "-w --width N", "cut lines at this width", type=int, default=0)
    option(parser, "-j --jobs N", "ignored: one process reads a log", type=int)
    flag(parser, "-p --profile", "ignored: spack -p profiles any command")
    flag(parser, "--json", "print JSON")


def run(args: argparse.Namespace, session: Session) -> int:
    wanted = args.show.split(",")
    unknown = [kind for kind in wanted if kind not in _KINDS]
    if unknown:
        raise UsageError(f"'{unknown[0]}' is not a kind of line", hint="--show errors,warnings")
    from spack.work.installing import build_logs

    found = [e for e in build_logs.events(args.file, args.context) if f"{e.kind}s" in wanted]
    if args.json:
        write(as_json([event._asdict() for event in found]))
        return 0
    for event in found:
        first = event.line - len(event.before)
        for number, line in enumerate((*event.before, event.text, *event.after), first):
            mark = ">>" if number == event.line else "  "
            text = f"{mark} {number:6d}  {line}"
            write((text[: args.width] if args.width > 0 else text) + "\n")
        write("\n")
    for kind in wanted:
        count = sum(f"{event.kind}s" == kind for event in found)
        write(f"==> {count} {kind if count != 1 else kind[:-1]}\n")
    return 0
