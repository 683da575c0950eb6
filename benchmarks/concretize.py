#!/usr/bin/env python3
"""Time concretizations of public roots, and beside them those of another program.

    benchmarks/concretize.py --recipes REPOSITORY [--runs N] [--other COMMAND] [ROOT ...]

REPOSITORY is the folder that holds ``repo.yaml`` of the public recipes. For each root it prints the
number of nodes, the rounds, expanded packages and rules of the solve, the seconds of its phases in
a warm process, and the median of N whole processes ``spack spec --json ROOT``. COMMAND (such as
``/path/to/spack``) is run with the same arguments in turn, and the ratio of the medians is printed.
The configuration is a temporary one: gcc in /usr as the only compiler, nothing reused.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "lib", "spack"))

from spack.language.modes import Unify  # noqa: E402
from spack.session.options import Options  # noqa: E402
from spack.session.session import Session  # noqa: E402
from spack.work.answers.concretization import make_concretizer  # noqa: E402
from spack.work.answers.questions import Question  # noqa: E402
from spack.work.queries.queries import parse_words  # noqa: E402

DEFAULT_ROOTS = ("zlib", "hdf5", "py-numpy", "cmake", "petsc", "vtk")
PHASES = ("check", "guess", "encode", "solve", "decode")


def write_configuration(directory: str, repository: str) -> None:
    """The scope that both programs are given."""
    version = subprocess.run(
        ["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True
    ).stdout.strip()
    texts = {
        "repos": f"repos:\n  builtin: {repository}\n",
        # Runs are repeated: an answer that is kept would be measured instead of a solve.
        "concretizer": "concretizer:\n  reuse: false\n  concretization_cache:\n    enable: false\n",
        "bootstrap": "bootstrap:\n  enable: false\n",
        "packages": "packages:\n  gcc:\n    externals:\n"
        f"    - spec: gcc@{version} languages:='c,c++,fortran'\n      prefix: /usr\n"
        "      extra_attributes:\n        compilers:\n"
        "          c: /usr/bin/gcc\n          cxx: /usr/bin/g++\n"
        "          fortran: /usr/bin/gfortran\n",
    }
    for name, text in texts.items():
        with open(os.path.join(directory, f"{name}.yaml"), "w", encoding="utf-8") as stream:
            stream.write(text)


def whole_process(command: list[str], scope: str, root: str, runs: int) -> float | None:
    """Median seconds of the whole command; None when it fails."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(
            [*command, "-C", scope, "spec", "--json", *shlex.split(root)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        seconds.append(time.perf_counter() - start)
        if done.returncode:
            return None
    return statistics.median(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipes", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--other", help="command line of another program to measure beside")
    parser.add_argument("roots", nargs="*", default=list(DEFAULT_ROOTS))
    args = parser.parse_args()
    ours = [os.path.join(ROOT, "bin", "spack")]
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as scope:
        write_configuration(scope, os.path.abspath(args.recipes))
        session = Session(Options(scopes=(scope,)))
        concretizer = make_concretizer(session)
        columns = ["root", "nodes", "rounds", "expanded", "rules", *PHASES, "process"]
        print("  ".join(f"{c:>8}" for c in columns) + ("     other  ratio" if args.other else ""))
        for root in args.roots:
            question = Question(tuple(parse_words([root])), Unify.TOGETHER)
            concretizer.concretize(question)
            (spec,), (solution,) = concretizer.concretize(question)
            facts = solution.statistics
            own = whole_process(ours, scope, root, args.runs)
            cells = [root, len(list(spec.traverse())), facts.rounds, facts.expanded, facts.rules]
            line = "  ".join(f"{cell:>8}" for cell in cells)
            for phase in PHASES:
                line += f"  {facts.seconds.get(phase, 0.0):>8.3f}"
            line += f"  {own:>8.2f}" if own is not None else "    failed"
            if args.other and own is not None:
                other = whole_process(shlex.split(args.other), scope, root, args.runs)
                if other is not None:
                    ratios.append(other / own)
                    line += f"  {other:>8.2f}  {other / own:>5.1f}"
            print(re.sub(r"\s+$", "", line), flush=True)
    if ratios:
        mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))
        print(f"geometric mean of the ratios: {mean:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
