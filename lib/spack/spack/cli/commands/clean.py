"""``spack clean``: remove stages, downloads, failure marks and caches."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from spack.cli import arguments
from spack.cli.display import counted, write
from spack.cli.options import flag
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "-s --stage", "remove build stages (default)")
    flag(parser, "-d --downloads", "remove downloaded sources")
    flag(parser, "-f --failures", "remove marks of failed builds")
    flag(parser, "-m --misc-cache", "remove caches that can be computed again")
    flag(parser, "-p --python-cache", "remove compiled Python files")
    flag(parser, "-b --bootstrap", "ignored: there is no store of what Spack itself needs")
    flag(parser, "-a --all", "remove all of these")
    arguments.add_specs(parser, "remove only the stages of these specs")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.answers.selection import concrete_specs
    from spack.work.installing import staging
    from spack.work.machine import cleaning

    if args.specs:
        for spec in concrete_specs(session, args.specs):
            stages = staging.remove(session, spec)
            _show_left(stages.left)
            if stages.removed:
                write(f"==> Removed the stage of {spec.name}@{spec.version}\n")
            elif not stages.left:
                write(f"==> {spec.name}@{spec.version} has no stage\n")
    if args.bootstrap:
        write("==> Nothing to remove: there is no store of what Spack itself needs\n")
    others = (args.downloads, args.failures, args.misc_cache, args.python_cache, args.bootstrap)
    nothing = not any(others)
    chosen = (
        (args.stage or args.all or (nothing and not args.specs), cleaning.stages),
        (args.downloads or args.all, cleaning.downloads),
        (args.failures or args.all, cleaning.failures),
        (args.misc_cache or args.all, cleaning.caches),
        (args.python_cache or args.all, cleaning.python_caches),
    )
    for wanted, clean in chosen:
        if wanted:
            done = clean(session)
            _show_left(done.left)
            write(f"==> Removed {counted(done.number, done.what)} from {done.place}\n")


def _show_left(left: Sequence[tuple[str, str]]) -> None:
    for name, user in left:
        write(f"==> Left {name}: in use by {user}\n")
