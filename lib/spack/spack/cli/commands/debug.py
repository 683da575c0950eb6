"""``spack debug``: facts about this machine and this instance, to paste into a report."""

from __future__ import annotations

import argparse

from spack.cli.display import write
from spack.cli.options import Verbs
from spack.session.session import Session
from spack.work.machine.machine import facts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    verbs.add("report", "show versions, machine, repositories and configuration scopes")


def run(args: argparse.Namespace, session: Session) -> None:
    for name, value in facts(session):
        write(f"* **{name}:** {value}\n")
