"""``spack arch``: what this machine is, and the processors that are known."""

from __future__ import annotations

import argparse

from spack.cli.display import columns, write
from spack.session.session import Session
from spack.work.machine import machine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--known-targets", action="store_true", help="list all processors that can be named"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--family", action="store_true", help="the family of the processor")
    how.add_argument(
        "-g",
        "--generic-target",
        "--generic",
        dest="generic",
        action="store_true",
        help="the most capable generic processor that this one is",
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument("-p", "--platform", action="store_true", help="only the platform")
    part.add_argument("-o", "--operating-system", action="store_true", help="only the system")
    part.add_argument("-t", "--target", action="store_true", help="only the processor")
    side = parser.add_mutually_exclusive_group()
    for letter, name in (("f", "frontend"), ("b", "backend")):
        side.add_argument(
            f"-{letter}", f"--{name}", action="store_true", help="the same: there is one system"
        )


def run(args: argparse.Namespace, session: Session) -> None:
    if args.known_targets:
        for family, names in machine.known_targets().items():
            write(f"{family}\n" + _indented(columns(names, session.width - 4)) + "\n")
        return
    host = session.host
    target = host.target
    if args.family:
        target = host.family
    elif args.generic:
        target = machine.generic_target(host.target)
    if args.platform:
        write(f"{host.platform}\n")
    elif args.operating_system:
        write(f"{host.os}\n")
    elif args.target:
        write(f"{target}\n")
    else:
        write(f"{host.platform}-{host.os}-{target}\n")


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
