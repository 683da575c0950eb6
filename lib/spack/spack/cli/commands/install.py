"""``spack install``: build and install specs, or the active environment."""

from __future__ import annotations

import argparse
from typing import Optional, Tuple

from spack.cli import arguments, report_options
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "what to install; without, everything in the environment")
    add = parser.add_argument
    add(
        "--only",
        choices=("package", "dependencies"),
        default="all",
        help="install only the specs themselves, or only what they depend on",
    )
    add("-u", "--until", metavar="PHASE", help="stop after this phase, install nothing")
    add("-p", "--concurrent-packages", type=arguments.positive, help="packages built at once")
    arguments.add_jobs(parser)
    add("--overwrite", action="store_true", help="install again what is installed")
    add("--fail-fast", action="store_true", help="stop at the first failure")
    add("--keep-prefix", action="store_true", help="keep what a failed build installed")
    add("--keep-stage", action="store_true", help="keep the stage of a successful build")
    add("--dont-restage", action="store_true", help="go on with the sources in the stage")
    add("--show-log-on-error", action="store_true", help="print the whole log of what fails")
    _add_caches(parser)
    add("--source", action="store_true", help="also put the sources into share of the prefix")
    add("-n", "--no-checksum", action="store_true", help="do not check sources (dangerous)")
    add("-v", "--verbose", action="store_true", help="show the output of builds")
    add("--fake", action="store_true", help="install placeholder files, build nothing")
    add("--only-concrete", action="store_true", help="do not concretize new roots")
    roots = parser.add_mutually_exclusive_group()
    roots.add_argument("--add", action="store_true", help="add the specs as roots if need be")
    roots.add_argument("--no-add", action="store_true", help="install only what is there already")
    dirt = parser.add_mutually_exclusive_group()
    dirt.add_argument("--clean", dest="dirty", action="store_false", default=None)
    dirt.add_argument("--dirty", dest="dirty", action="store_true", help="keep user variables")
    arguments.add_yes(parser)
    arguments.add_tests(parser)
    arguments.add_concretizer(parser, force=True)
    report_options.add(parser)


def _add_caches(parser: argparse.ArgumentParser) -> None:
    """There are no build caches yet: what does without them is accepted, the rest refused."""
    caches = parser.add_mutually_exclusive_group()
    add = caches.add_argument
    add("--use-cache", action="store_true", help="build from source what build caches do not have")
    add("--no-cache", action="store_true", help="use no build caches")
    add("--cache-only", action="store_true", help="build nothing: refused, for want of caches")
    add(
        "--use-buildcache",
        type=_cache_modes,
        default=(),
        metavar="MODE",
        help="auto, only or never, or package:MODE,dependencies:MODE",
    )


def _cache_modes(text: str) -> Tuple[str, ...]:
    modes = []
    for part in text.split(","):
        kind, colon, mode = part.rpartition(":")
        if mode not in ("auto", "only", "never") or (colon and kind not in _CACHE_KINDS):
            known = "auto, only, never, package:MODE and dependencies:MODE"
            raise argparse.ArgumentTypeError(f"'{part}' is no mode: they are {known}")
        modes.append(mode)
    return tuple(modes)


_CACHE_KINDS = ("package", "dependencies")


def _check_caches(args: argparse.Namespace, session: Session) -> None:
    if args.cache_only or "only" in args.use_buildcache:
        option = "--cache-only" if args.cache_only else "--use-buildcache only"
        raise UsageError(
            f"{option}: this version cannot install from build caches",
            hint="leave the option out: packages are built from source",
        )
    if args.use_cache or "auto" in args.use_buildcache:
        session.reporter.warning("this version has no build caches: all is built from source")


def run(args: argparse.Namespace, session: Session) -> Optional[int]:
    if report_options.explain(args):
        return None
    _check_caches(args, session)
    from spack.work.installing import installation

    solving = arguments.solve_options(args)
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
        verbose=args.verbose or session.options.verbose,
        fake=args.fake,
        dirty=args.dirty,
        tests=solving.tests,
        show_log_on_error=args.show_log_on_error,
        watchers=report_options.watchers(args, session),
    )
    if session.environment is not None:
        installation.install_in_environment(
            session,
            args.specs,
            options,
            solving,
            add=args.add,
            no_add=args.no_add,
            only_concrete=args.only_concrete,
        )
    else:
        installation.install(session, args.specs, options, solving)
    return None
