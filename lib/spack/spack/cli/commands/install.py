"""``spack install``: build and install specs, or the active environment."""

from __future__ import annotations

import argparse
import sys

from spack.cli import arguments, report_options
from spack.cli.members import add_lock_modes, add_members, in_each
from spack.cli.options import flag, option
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.work.installing.report_files import Watchers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to install (default: everything in the environment)")
    option(
        parser,
        "--only",
        "install only the packages themselves, or only their dependencies",
        choices=("package", "dependencies"),
        default="all",
    )
    option(parser, "-u --until PHASE", "stop after this phase and install nothing")
    option(
        parser,
        "-p --concurrent-packages CONCURRENT_PACKAGES",
        "most packages to build at once (default: as many as there are jobs)",
        type=arguments.positive,
    )
    arguments.add_jobs(parser)
    flag(parser, "--overwrite", "reinstall the specs if they are already installed")
    flag(parser, "--fail-fast", "stop at the first failure")
    flag(parser, "--keep-prefix", "keep the prefix of a failed build")
    flag(parser, "--keep-stage", "keep the stage of a successful build")
    flag(parser, "--dont-restage", "continue in the existing stage")
    flag(parser, "--show-log-on-error", "print the full log of failed builds")
    _add_caches(parser)
    flag(parser, "--source", "copy the sources to the share directory of the prefix")
    flag(parser, "-n --no-checksum", "do not verify source checksums (dangerous)")
    flag(parser, "-v --verbose", "show the output of builds")
    flag(parser, "--json", "print events as JSON, one a line, instead of lines for people")
    flag(parser, "--fake", "install placeholder files instead of building")
    option(
        parser,
        "--sandbox",
        "build in a sandbox: wherever the kernel can, always, or never (default: config:sandbox)",
        choices=("auto", "always", "never"),
    )
    flag(parser, "--only-concrete", "do not concretize new roots")
    roots = parser.add_mutually_exclusive_group()
    flag(roots, "--add", "add the specs to the environment if they are not in it")
    flag(roots, "--no-add", "install only specs that are already in the environment")
    arguments.add_dirty(parser)
    arguments.add_yes(parser)
    arguments.add_tests(parser)
    arguments.add_concretizer(parser)
    text = "install this environment of the project (default: default); may be repeated"
    add_members(parser, "-e --environment --env", text)
    add_lock_modes(parser)
    report_options.add(parser)


def _add_caches(parser: argparse.ArgumentParser) -> None:
    caches = parser.add_mutually_exclusive_group()
    flag(caches, "--use-cache", "build from source if no binary cache has a package (default)")
    flag(caches, "--no-cache", "do not use binary caches")
    flag(caches, "--cache-only", "install only what binary caches have")
    arguments.add_cache_modes(caches)
    flag(parser, "--no-check-signature", "use unsigned binaries, and those of unknown keys")
    flag(parser, "--include-build-deps", "take the build dependencies of binaries, too")


def _cache_modes(args: argparse.Namespace) -> dict[str, str]:
    """The use of binary caches by ``package`` and ``dependencies``."""
    kinds = ("package", "dependencies")
    if args.cache_only:
        return dict.fromkeys(kinds, "only")
    if args.no_cache:
        return dict.fromkeys(kinds, "never")
    return {kind: args.use_buildcache.get(kind, "auto") for kind in kinds}


def _event_lines(args: argparse.Namespace, session: Session) -> Watchers:
    if not args.json:
        return ()
    from spack.work.installing.report_files import event_lines

    session.reporter.quiet = True
    return (event_lines(sys.stdout),)


def run(args: argparse.Namespace, session: Session) -> int | None:
    if report_options.explain(args):
        return None
    from spack.work.installing import installation

    solving = arguments.solve_options(args)
    modes = _cache_modes(args)
    options = installation.InstallOptions(
        only=installation.Only(args.only),
        until=args.until,
        jobs=args.jobs,
        concurrent_packages=args.concurrent_packages,
        overwrite=args.overwrite,
        fail_fast=args.fail_fast,
        keep_prefix=args.keep_prefix,
        keep_stage=args.keep_stage,
        keep_source=args.source,
        restage=not args.dont_restage,
        checksum=not args.no_checksum,
        root_policy=installation.CachePolicy(modes["package"]),
        dependency_policy=installation.CachePolicy(modes["dependencies"]),
        check_signatures=not args.no_check_signature,
        include_build_deps=args.include_build_deps,
        verbose=args.verbose or session.options.verbose,
        fake=args.fake,
        dirty=args.dirty,
        sandbox=args.sandbox,
        tests=solving.tests,
        show_log_on_error=args.show_log_on_error,
        watchers=(*report_options.watchers(args, session), *_event_lines(args, session)),
    )
    if session.environment is not None:
        for there in in_each(session, args.environments):
            installation.install_in_environment(
                there,
                args.specs,
                options,
                solving,
                add=args.add,
                no_add=args.no_add,
                only_concrete=args.only_concrete,
                mode=args.lock_mode,
            )
    else:
        installation.install(session, args.specs, options, solving)
    return None
