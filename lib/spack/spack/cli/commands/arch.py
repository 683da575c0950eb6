"""``spack arch``: what this machine is, and the processors that are known."""

from __future__ import annotations

import argparse

from spack.cli.display import write
from spack.cli.options import flag
from spack.language import targets
from spack.session.session import Session
from spack.work.machine import machine
from spack.work.queries.columns import columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "--known-targets", "list all known targets")
    how = parser.add_mutually_exclusive_group()
    flag(how, "--family", "print the family of the target")
    flag(
        how,
        "-g --generic-target --generic",
        "print the most capable generic target that this machine supports",
        default=False,
        generic=True,
    )
    part = parser.add_mutually_exclusive_group()
    flag(part, "-p --platform", "print only the platform")
    flag(part, "-o --operating-system", "print only the operating system")
    flag(part, "-t --target", "print only the target")
    side = parser.add_mutually_exclusive_group()
    for letter, name in (("f", "frontend"), ("b", "backend")):
        flag(side, f"-{letter} --{name}", "no difference: frontend and backend are the same here")


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
        target = targets.generic(host.target)
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
