"""``spack gc``: uninstall what nothing needs."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import flag, several
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "remove only packages that satisfy this spec")
    flag(parser, "-E --except-any-environment", "keep everything locked by any managed environment")
    several(parser, "-e --except-environment ENV", "keep everything locked by this environment")
    flag(parser, "-b --keep-build-dependencies", "keep build dependencies of installed packages")
    arguments.add_yes(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import upkeep

    records = upkeep.unused(
        session,
        args.specs,
        except_any_environment=args.except_any_environment,
        except_environments=args.except_environment,
        build_dependencies=args.keep_build_dependencies,
    )
    if not records:
        write("==> Nothing to remove: all installed packages are needed\n")
        return
    for record in records:
        write(f"    {record.name}@{record.version}/{record.hash[:7]}\n")
    noun = "package" if len(records) == 1 else "packages"
    session.reporter.confirm(f"Remove {len(records)} {noun} that nothing needs?", args.yes_to_all)
    write(f"==> Removed {upkeep.collect(session, records)} {noun}\n")
