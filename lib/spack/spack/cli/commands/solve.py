"""``spack solve``: concretize and show the criteria that decided, with their values."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import status_of, table, write
from spack.language.formatting import tree
from spack.session.concretization import cost_lines, solved
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "what to concretize", nargs="+")
    arguments.add_format(parser)
    parser.add_argument("--timers", action="store_true", help="show seconds by phase")
    parser.add_argument("--stats", action="store_true", help="show the size of the problem")
    parser.add_argument("-t", "--types", action="store_true", help="show dependency types")
    parser.add_argument(
        "--all-criteria", action="store_true", help="also criteria whose value is 0"
    )
    arguments.add_concretizer(parser)
    arguments.add_tests(parser)
    arguments.add_solver_jobs(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    specs, solutions = solved(
        session,
        args.specs,
        reuse=arguments.reuse_mode(args),
        deprecated=args.deprecated,
        jobs=args.jobs,
        test=args.test,
    )
    for solution in solutions:
        rows = [
            (str(priority), str(cost), kind, name)
            for priority, kind, name, cost in cost_lines(solution)
            if cost or args.all_criteria
        ]
        write("==> Criteria, the highest priority first\n")
        write(table([("priority", "value", "nodes", "criterion"), *rows]))
        facts = solution.statistics
        if args.stats:
            write(f"==> {facts.rounds} rounds, {facts.expanded} packages, {facts.rules} rules\n")
        if args.timers:
            write("==> Seconds by phase\n")
            write(table([(phase, f"{spent:.3f}") for phase, spent in facts.seconds.items()]))
        write("\n")
    for spec in specs:
        write(
            tree(
                spec,
                hash_length=args.hash_length or 0,
                show_types=args.types,
                status=status_of(session),
                namespaces=args.namespaces,
                color=session.color,
            )
            + "\n"
        )
