"""``spack test``: run stand-alone tests of installed packages and look at the results."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from spack.cli import arguments, report_options
from spack.cli.display import write
from spack.cli.options import Verbs, flag, option, words
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING
from spack.work.queries.columns import table

if TYPE_CHECKING:
    from spack.work.installing.test_suites import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    run_tests = verbs.add("run", "run the tests of installed packages")
    arguments.add_specs(run_tests, "installed packages to test (default: all)")
    option(run_tests, "--alias NAME", "name for the test suite")
    flag(run_tests, "--fail-first --fail-fast", "stop at the first failure")
    flag(run_tests, "--externals", "test external packages, too")
    flag(run_tests, "-x --explicit", "test only explicitly installed packages")
    option(run_tests, "--timeout SECONDS", "time limit for each package", type=float)
    flag(run_tests, "--keep-stage", "keep the directories that the tests ran in")
    report_options.add(run_tests)
    arguments.add_dirty(run_tests)
    listing = verbs.add("list", "list installed packages that have tests")
    flag(listing, "-a --all", "list all recipes that have tests")
    words(listing, "tags", "TAG", "list only packages with these tags")
    find = verbs.add("find", "list the test suites")
    words(find, "names", "NAME")
    status = verbs.add("status", "show the results of test suites")
    words(status, "names", "NAME")
    results = verbs.add("results", "show the results of each package in a test suite")
    words(results, "names", "NAME", "name of the test suite (default: the latest)")
    flag(results, "-l --logs", "print the logs")
    flag(results, "-f --failed", "show only failed packages")
    remove = verbs.add("remove", "remove test suites")
    words(remove, "names", "NAME", "test suites to remove (default: all)")
    arguments.add_yes(remove)


def run(args: argparse.Namespace, session: Session) -> int:
    from spack.work.installing import test_suites as tests

    if args.verb == "run":
        if report_options.explain(args):
            return 0
        report = report_options.writer(args, session)
        suite = tests.run(
            session,
            args.specs,
            alias=args.alias,
            fail_first=args.fail_first,
            externals=args.externals,
            explicit=args.explicit,
            dirty=args.dirty,
            timeout=args.timeout,
            keep_stage=args.keep_stage,
        )
        if report is not None:
            report(tests.report_of(suite, " ".join(["spack test run", *args.specs])))
        _show(suite.outcomes, logs=False, failed=False)
        write(f"==> Suite {suite.name}: {len(suite.outcomes)} tested, {suite.failed} failed\n")
        return 1 if suite.failed else 0
    if args.verb == "list":
        names = tests.tested_packages(session, every=args.all, tags=args.tags)
        write("".join(f"{name}\n" for name in names) or "==> No packages with tests\n")
    elif args.verb in ("find", "status"):
        found = tests.suites(session.settings.config.test_stage, args.names)
        if args.verb == "find":
            write("".join(f"{suite.name}\n" for suite in found))
        else:
            rows = [(s.name, f"{len(s.outcomes)} tested", f"{s.failed} failed") for s in found]
            write(table(rows) or "==> No test suites\n")
    elif args.verb == "results":
        found = tests.suites(session.settings.config.test_stage, args.names)
        for suite in found if args.names else found[-1:]:
            write(f"==> Suite {suite.name}\n")
            _show(suite.outcomes, logs=args.logs, failed=args.failed)
    else:
        session.reporter.confirm(
            f"Remove {', '.join(args.names) or 'all test suites'}?", args.yes_to_all
        )
        for name in tests.remove(session.settings.config.test_stage, args.names):
            write(f"==> Removed {name}\n")
    return 0


def _show(outcomes: Iterable[Outcome], *, logs: bool, failed: bool) -> None:
    from spack.work.installing.test_suites import log_lines, reasons

    for outcome in outcomes:
        if failed and outcome.status != "FAILED":
            continue
        write(f"    {outcome.package}  {outcome.status.lower().replace('_', ' ')}\n")
        for line in log_lines(outcome) if logs else reasons(outcome):
            write(f"        {line}\n")
