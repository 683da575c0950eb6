#!/usr/bin/env python3
"""Time concretizations of public roots, and beside them those of another program.

    benchmarks/concretize.py --recipes REPOSITORY [--runs N] [--other COMMAND]
                             [--series plain,configured,scale] [ROOT ...]

REPOSITORY is the folder that holds ``repo.yaml`` of the public recipes. Three tables are printed:

plain
    gcc in /usr is the only compiler, nothing is reused. For each root the number of nodes, the
    rounds, expanded packages and rules of the solve, the seconds of its phases in a warm process,
    and the median processor seconds of N whole processes ``spack spec --json ROOT``.
configured
    The same with a configuration as sites have it: two gccs and, where it is installed, clang,
    twenty externals, five requirements, one of them for a target.
scale
    Environments of 1 to 200 roots in the three modes of unification: processor seconds and
    megabytes of ``spack concretize``.

COMMAND (such as ``/path/to/spack``) is run with the same arguments in turn for the first two, and
the ratio of the medians is printed. Records are read before anything is measured.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "lib", "spack"))

from spack.errors import SpackError  # noqa: E402
from spack.language.modes import Unify  # noqa: E402
from spack.session.options import Options  # noqa: E402
from spack.session.session import Session  # noqa: E402
from spack.work.answers.concretization import make_concretizer  # noqa: E402
from spack.work.answers.questions import Question  # noqa: E402
from spack.work.queries.queries import parse_words  # noqa: E402

DEFAULT_ROOTS = ("zlib", "hdf5", "py-numpy", "cmake", "petsc", "vtk")
PHASES = ("check", "guess", "encode", "solve", "decode")
SIZES = (1, 5, 20, 50, 100, 200)
OURS = [os.path.join(ROOT, "bin", "spack")]

#: What distributions have in /usr.
EXTERNALS = """
    autoconf@2.71 automake@1.16.5 bison@3.8.2 cmake@3.27.9 curl@7.88.1 diffutils@3.8 findutils@4.9.0
    flex@2.6.4 gettext@0.21 git@2.39.5 gmake@4.3 libtool@2.4.7 m4@1.4.19 ncurses@6.4 openssl@3.0.15
    perl@5.36.0 pkgconf@1.8.1 python@3.11.2 slurm@22-05-8-1 tar@1.34
""".split()
NOT_BUILT = ("cmake", "openssl", "slurm")
REQUIREMENTS = {
    "hdf5": "+mpi",
    "openblas": "threads=openmp",
    "openmpi": "@4.1:",
    "zlib-api": "zlib-ng",
}


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _compiler(spec: str, prefix: str, **programs: str) -> str:
    lines = "".join(f"          {k}: {prefix}/bin/{name}\n" for k, name in programs.items())
    return (
        f"    - spec: {spec}\n      prefix: {prefix}\n"
        f"      extra_attributes:\n        compilers:\n{lines}"
    )


def write_configuration(directory: str, repository: str, *, configured: bool) -> None:
    """The scope that both programs are given."""
    gnu = {"c": "gcc", "cxx": "g++", "fortran": "gfortran"}
    languages = "languages:='c,c++,fortran'"
    packages = "packages:\n  gcc:\n    externals:\n"
    packages += _compiler(f"gcc@{_output('gcc', '-dumpfullversion')} {languages}", "/usr", **gnu)
    if configured:
        # The same programs once more, as another version, in a place of their own.
        second = os.path.join(directory, "gcc-11")
        os.makedirs(os.path.join(second, "bin"))
        for name in gnu.values():
            os.symlink(shutil.which(name) or name, os.path.join(second, "bin", name))
        packages += _compiler(f"gcc@11.4.0 {languages}", second, **gnu)
        if shutil.which("clang++"):
            version = _output("clang", "-dumpversion")
            packages += "  llvm:\n    externals:\n"
            packages += _compiler(f"llvm@{version}+clang~flang", "/usr", c="clang", cxx="clang++")
            packages += "".join(f"  {lang}:\n    prefer: [gcc]\n" for lang in ("c", "cxx"))
        packages += '  all:\n    require: ["target=x86_64_v3"]\n'
        for name, member in REQUIREMENTS.items():
            packages += f'  {name}:\n    require: "{member}"\n'
        for spec in EXTERNALS:
            name = spec.partition("@")[0]
            packages += f"  {name}:\n    externals:\n    - spec: {spec}\n      prefix: /usr\n"
            packages += "    buildable: false\n" if name in NOT_BUILT else ""
    texts = {
        "repos": f"repos:\n  builtin: {repository}\n",
        # Runs are repeated: an answer that is kept would be measured instead of a solve.
        "concretizer": "concretizer:\n  reuse: false\n  concretization_cache:\n    enable: false\n",
        "bootstrap": "bootstrap:\n  enable: false\n",
        "packages": packages,
    }
    for name, text in texts.items():
        with open(os.path.join(directory, f"{name}.yaml"), "w", encoding="utf-8") as stream:
            stream.write(text)


def measured(command: Sequence[str]) -> tuple[float, float] | None:
    """Processor seconds and megabytes of a command; None when it fails."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        return None
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def whole_process(command: list[str], scope: str, root: str, runs: int) -> float | None:
    """Median processor seconds of ``spec --json``, after a run that is not counted."""
    line = [*command, "-C", scope, "spec", "--json", *shlex.split(root)]
    found = [measured(line) for _ in range(runs + 1)][1:]
    seconds = [one[0] for one in found if one is not None]
    return statistics.median(seconds) if len(seconds) == runs else None


def series(scope: str, args: argparse.Namespace) -> None:
    """The table of single roots under one configuration."""
    concretizer = make_concretizer(Session(Options(scopes=(scope,))))
    columns = ["nodes", "rounds", "expanded", "rules", *PHASES, "process"]
    columns += ["other", "ratio"] if args.other else []
    print(f"{'root':>12}" + "".join(f"  {c:>8}" for c in columns))
    ratios: list[float] = []
    for root in args.roots:
        question = Question(tuple(parse_words([root])), Unify.TOGETHER)
        try:
            concretizer.concretize(question)
            (spec,), (solution,) = concretizer.concretize(question)
        except SpackError as error:
            print(f"{root:>12}  {error.message}", flush=True)
            continue
        facts = solution.statistics
        cells = [len(list(spec.traverse())), facts.rounds, facts.expanded, facts.rules]
        line = f"{root:>12}" + "".join(f"  {cell:>8}" for cell in cells)
        line += "".join(f"  {facts.seconds.get(phase, 0.0):>8.3f}" for phase in PHASES)
        own = whole_process(OURS, scope, root, args.runs)
        line += f"  {own:>8.3f}" if own is not None else "    failed"
        if args.other and own is not None:
            other = whole_process(shlex.split(args.other), scope, root, args.runs)
            if other is not None:
                ratios.append(other / own)
                line += f"  {other:>8.2f}  {other / own:>8.1f}"
        print(re.sub(r"\s+$", "", line), flush=True)
    if ratios:
        mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))
        print(f"ratios: geometric mean {mean:.1f}, least {min(ratios):.1f}")


def scale(scope: str) -> None:
    """The table of environments. Their roots stand all over the list of packages."""
    session = Session(Options(scopes=(scope,)))
    concretizer = make_concretizer(session)
    names = session.repositories.all_names()
    roots: list[str] = []
    for name in names[:: max(1, len(names) // (2 * SIZES[-1]))]:
        try:
            concretizer.concretize(Question(tuple(parse_words([name])), Unify.TOGETHER))
        except SpackError:
            continue  # not for this machine
        roots.append(name)
    print("       roots" + "".join(f"  {mode:>22}" for mode in ("true", "when_possible", "false")))
    for size in (s for s in SIZES if s <= len(roots)):
        line = f"{size:>12}"
        for mode in ("true", "when_possible", "false"):
            with tempfile.TemporaryDirectory() as place:
                with open(os.path.join(place, "spack.yaml"), "w", encoding="utf-8") as stream:
                    stream.write(
                        f"spack:\n  specs: [{', '.join(roots[:size])}]\n"
                        f"  concretizer:\n    unify: {mode}\n"
                    )
                found = measured([*OURS, "-C", scope, "-D", place, "concretize", "--force"])
            text = "no answer" if found is None else f"{found[0]:.2f} s {found[1]:.0f} MB"
            line += f"  {text:>22}"
        print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipes", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--other", help="command line of another program to measure beside")
    parser.add_argument("--series", default="plain,configured,scale")
    parser.add_argument("roots", nargs="*", default=list(DEFAULT_ROOTS))
    args = parser.parse_args()
    for name in args.series.split(","):
        with tempfile.TemporaryDirectory() as scope:
            configured = name == "configured"
            write_configuration(scope, os.path.abspath(args.recipes), configured=configured)
            print(name)
            if name == "scale":
                scale(scope)
            else:
                series(scope, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
