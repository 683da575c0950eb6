"""``spack reindex``: make the database of the store anew from what is installed."""

from __future__ import annotations

import argparse

from spack.cli.display import write
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser  # there is nothing to choose


def run(args: argparse.Namespace, session: Session) -> int:
    from spack.work.installing import upkeep

    unreadable = session.store.reindex()
    for path, reason in unreadable:
        session.reporter.warning(f"{path} cannot be read: {reason}")
    count = len(upkeep.prefixes(session.without_environment(), ()))
    write(f"==> The database has {count} installed packages\n")
    return 1 if unreadable else 0
