"""``spack dev-build``: build and install a package from sources in a directory of the user."""

from __future__ import annotations

import argparse
import os

from spack.cli import arguments
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "the package with an exact version", nargs="+")
    arguments.add_jobs(parser)
    arguments.add_no_checksum(parser)
    option(
        parser, "-d --source-path DIR", "directory with the sources (default: current directory)"
    )
    flag(parser, "-i --ignore-dependencies", "do not install dependencies")
    flag(parser, "--keep-prefix", "keep the prefix of a failed build")
    flag(parser, "--skip-patch", "do not patch the sources")
    flag(parser, "-q --quiet", "do not print the output of the build")
    option(parser, "--drop-in SHELL", "start a shell with the variables of the build")
    stop = parser.add_mutually_exclusive_group()
    option(stop, "-b --before PHASE", "stop before this phase")
    option(stop, "-u --until PHASE", "stop after this phase")
    arguments.add_dirty(parser)
    arguments.add_tests(parser)
    arguments.add_concretizer(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing import installation
    from spack.work.queries.queries import parse_words

    wanted = parse_words(args.specs)
    if len(wanted) != 1 or wanted[0].spec.name is None:
        raise UsageError("dev-build takes one package", hint="spack dev-build mylib@=1.2")
    if wanted[0].spec.versions.is_any:
        name = wanted[0].spec.name
        raise UsageError(f"which version of {name}?", hint=f"spack dev-build {name}@=VERSION")
    path = os.path.abspath(args.source_path or os.getcwd())
    if not os.path.isdir(path):
        raise UsageError(f"there is no directory {path}", hint="name the sources with -d")
    words = [*args.specs, f"dev_path={path}"]
    solving = arguments.solve_options(args)
    options = installation.InstallOptions(
        only=installation.Only("package" if args.ignore_dependencies else "all"),
        until=args.until,
        before=args.before,
        skip_patch=args.skip_patch,
        jobs=args.jobs,
        keep_prefix=args.keep_prefix,
        overwrite=True,
        checksum=not args.no_checksum,
        verbose=not args.quiet,
        dirty=args.dirty,
        tests=solving.tests,
    )
    try:
        installation.install(session, words, options, solving)
    finally:
        if args.drop_in is not None:
            from spack.work.installing import build_shell

            variables = build_shell.variables_for(session, words, dirty=args.dirty)
            build_shell.run([args.drop_in], variables)
