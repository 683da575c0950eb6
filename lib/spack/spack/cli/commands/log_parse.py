"""``spack log-parse``: show the errors and warnings of a build log."""

from __future__ import annotations

import argparse
import json

from spack.cli.display import write
from spack.cli.flags import flag
from spack.errors import UsageError
from spack.session.session import Session

_KINDS = ("errors", "warnings")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="log file, may be compressed")
    parser.add_argument(
        "--show", default="errors", metavar="KINDS", help="errors (default), warnings, or both"
    )
    parser.add_argument(
        "-c",
        "--context",
        type=int,
        default=3,
        metavar="N",
        help="number of lines to show around each",
    )
    parser.add_argument(
        "-w", "--width", type=int, default=0, metavar="N", help="cut lines at this width"
    )
    flag(parser, "--json", "print JSON")


def run(args: argparse.Namespace, session: Session) -> int:
    wanted = args.show.split(",")
    unknown = [kind for kind in wanted if kind not in _KINDS]
    if unknown:
        raise UsageError(f"'{unknown[0]}' is not a kind of line", hint="--show errors,warnings")
    from spack.work.installing import build_logs

    found = [e for e in build_logs.events(args.file, args.context) if f"{e.kind}s" in wanted]
    if args.json:
        write(json.dumps([event._asdict() for event in found], indent=2) + "\n")
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
