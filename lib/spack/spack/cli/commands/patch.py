"""``spack patch``: fetch, unpack and patch the sources of packages."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(
        parser, "packages whose sources to patch (default: those of the environment)"
    )
    arguments.add_no_checksum(parser)
    arguments.add_concretizer(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.answers.selection import concrete_specs
    from spack.work.installing import staging

    roots = concrete_specs(session, args.specs, arguments.solve_options(args))
    for spec in staging.sources(session, roots, dependencies=not args.specs):
        path = staging.patch(session, spec, checksum=not args.no_checksum)
        write(f"==> Patched {spec.name}@{spec.version} in {path}\n")
