"""``spack solve``: concretize and show the criteria that decided, with their values."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from spack.cli import arguments, concrete_output
from spack.cli.display import as_json, write
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.language.serialization import specfile_to_dict
from spack.session.session import Session
from spack.type_names import Any
from spack.work.answers.finished_solves import answer_words, cost_lines, solutions_of
from spack.work.queries.columns import table

#: The parts that ``--show`` can print.
PARTS = ("asp", "opt", "solutions")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to concretize", nargs="+")
    option(
        parser,
        "--show PARTS",
        "any of asp (the program for clingo), opt (criteria) and solutions, joined by commas",
        default="opt,solutions",
    )
    concrete_output.add_options(parser)
    flag(parser, "--timers", "show the seconds spent in each phase")
    flag(parser, "--stats", "show the size of the problem")
    flag(parser, "--all-criteria", "show criteria whose value is 0, too")
    arguments.add_concretizer(parser)
    arguments.add_tests(parser)
    arguments.add_solver_jobs(parser, "--jobs")


def run(args: argparse.Namespace, session: Session) -> None:
    parts = args.show.split(",")
    for part in parts:
        if part not in PARTS:
            raise UsageError(f"--show {part} is not known", hint="--show " + ",".join(PARTS))
    found = answer_words(
        session,
        args.specs,
        arguments.solve_options(args)._replace(jobs=args.jobs),
        keep_problem="asp" in parts,
    )
    solutions = solutions_of(found)
    if "asp" in parts:
        for solution in solutions:
            write(solution.problem)
    if args.json:
        solves = [_as_data(s) for s in solutions]
        write(as_json({"kept": found.kept, "solves": solves}, indent=None))
        return
    if found.kept:
        of = f" {found.kept} of {len(solutions)}" if found.kept < len(solutions) else ""
        write(f"==> Solved before{of}: figures are of that time\n")
    for solution in solutions:
        _describe(args, parts, solution)
    if "solutions" in parts:
        concrete_output.show(args, session, found.specs)


def _as_data(solution: Any) -> dict[str, Any]:
    facts = solution.statistics
    return {
        "optimal": solution.optimal,
        "criteria": [
            {"priority": priority, "kind": kind, "name": name, "value": cost}
            for priority, kind, name, cost in cost_lines(solution)
        ],
        "rounds": facts.rounds,
        "packages": facts.expanded,
        "rules": facts.rules,
        "seconds": dict(facts.seconds),
        "specs": [specfile_to_dict(root) for root in solution.roots if root is not None],
    }


def _describe(args: argparse.Namespace, parts: Sequence[str], solution: Any) -> None:
    if "opt" in parts:
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
