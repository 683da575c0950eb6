#!/usr/bin/env python3
"""Measure what installing costs beyond the builds themselves, and what building in parallel gains.

    benchmarks/install.py --recipes REPOSITORY [--mirror DIRECTORY] [--runs N] [--tiny N]

REPOSITORY is the folder that holds ``repo.yaml`` of the public recipes, DIRECTORY a mirror with the
archives of bzip2 and m4. Each is installed and, in turn, built by hand with the same compiler and
steps; processor seconds of all processes, medians, and their ratio. Then as many tiny packages as
asked for are installed in one command, each of which writes one file: processor seconds a package,
beyond those of a command that finds everything installed. At last packages that keep one processor
busy are installed with default parallelism and with ``-p1 -j1``: the ratio of the times by the
clock, which needs an idle machine.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "lib", "spack"), os.path.dirname(os.path.abspath(__file__))]

from concretize import write_configuration  # noqa: E402

#: A package that needs others and works for a while; its build is ``WORK`` steps of arithmetic.
RECIPE = """from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class {name}(Package):
    has_code = False
    version("1.0")
    {needs}

    def install(self, spec, prefix):
        sum(number * number for number in range({work}))
        mkdirp(prefix.bin)
        touch(prefix.bin.done)
"""

#: Roots, archives in the mirror, and the commands that build them by hand; P is the prefix.
BY_HAND = {
    "bzip2": (
        "bzip2/bzip2-1.0.8.tar.gz",
        "make -f Makefile-libbz2_so && make && make install PREFIX=P",
    ),
    "m4@1.4.19~sigsegv": (
        "m4/m4-1.4.19.tar.gz",
        "./configure --prefix=P --enable-c++ --without-libsigsegv-prefix && make && make install",
    ),
}

#: Programs of the machine that the builds use and nobody measures.
EXTERNALS = ("gmake@4.3", "diffutils@3.8")


class Place:
    """A state directory of its own, with recipes that are made up, and what runs commands in it."""

    def __init__(self, directory: str, recipes: str, mirror: str | None) -> None:
        self.directory = directory
        scope = os.path.join(directory, "etc", "spack")
        os.makedirs(scope)
        write_configuration(scope, recipes, configured=False)
        with open(os.path.join(scope, "packages.yaml"), "a", encoding="utf-8") as stream:
            stream.write('  all:\n    require: ["target=x86_64"]\n')
            for spec in EXTERNALS:
                name = spec.partition("@")[0]
                stream.write(f"  {name}:\n    buildable: false\n    externals:\n")
                stream.write(f"    - spec: {spec}\n      prefix: /usr\n")
        own = os.path.join(directory, "spack_repo", "made_up")
        texts = {
            os.path.join(scope, "repos.yaml"): f"repos:\n  made_up: {own}\n  builtin: {recipes}\n",
            os.path.join(scope, "concretizer.yaml"): "concretizer:\n  reuse: true\n",
            os.path.join(scope, "mirrors.yaml"): "mirrors:: "
            + (f"{{local: 'file://{mirror}'}}\n" if mirror else "{}\n"),
            os.path.join(scope, "config.yaml"): f"config:\n  build_stage:: [{directory}/stage]\n",
            os.path.join(own, "repo.yaml"): "repo:\n  namespace: made_up\n  api: v2.2\n",
        }
        os.makedirs(os.path.join(own, "packages"))
        for path, text in texts.items():
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
        self._recipes = os.path.join(own, "packages")
        self._variables = {
            "PATH": os.environ["PATH"],
            "HOME": directory,
            "SPACK_STATE_DIR": directory,
            "SPACK_USER_CACHE_PATH": os.path.join(directory, "cache"),
            "SPACK_DISABLE_LOCAL_CONFIG": "1",
            "SPACK_PYTHON": sys.executable,
        }

    def add(self, name: str, needs: Sequence[str], work: int) -> None:
        """Make up a package."""
        folder = os.path.join(self._recipes, name.replace("-", "_"))
        os.makedirs(folder)
        lines = "\n    ".join(f'depends_on("{need}")' for need in needs)
        title = name.title().replace("-", "")
        with open(os.path.join(folder, "package.py"), "w", encoding="utf-8") as stream:
            stream.write(RECIPE.format(name=title, needs=lines, work=work))

    def spack(self, *words: str) -> tuple[float, float]:
        """Run a command: processor seconds of all processes, and seconds by the clock."""
        return measured([os.path.join(ROOT, "bin", "spack"), *words], self._variables)

    def forget(self) -> None:
        """Uninstall everything."""
        self.spack("uninstall", "--all", "-y")


def measured(command: Sequence[str], variables: dict[str, str]) -> tuple[float, float]:
    """Run a command that must succeed: processor seconds, and seconds by the clock."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8"
    )
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return work, ended - begun


def by_hand(archive: str, steps: str) -> float:
    """Processor seconds of a build by hand."""
    with tempfile.TemporaryDirectory() as folder:
        unpack = f"tar -xzf {archive} --strip-components=1"
        script = f"set -e; cd {folder}; {unpack}; {steps.replace('=P', f'={folder}/prefix')}"
        jobs = len(os.sched_getaffinity(0))
        variables = {"PATH": os.environ["PATH"], "MAKEFLAGS": f"-j{jobs}", "LC_ALL": "C"}
        return measured(["sh", "-c", script], variables)[0]


def compare_with_hand(place: Place, mirror: str, runs: int) -> None:
    """Install real packages and build them by hand, in turn."""
    for root, (archive, steps) in BY_HAND.items():
        place.spack("install", root)
        ours: list[float] = []
        hand: list[float] = []
        for _ in range(runs):
            ours.append(place.spack("install", "--overwrite", "-y", root)[0])
            hand.append(by_hand(os.path.join(mirror, archive), steps))
        mine, theirs = statistics.median(ours), statistics.median(hand)
        print(f"{root:<18} {mine:7.2f} s, by hand {theirs:7.2f} s, ratio {mine / theirs:.2f}")


def measure_tiny(place: Place, count: int, runs: int) -> None:
    """Install many packages that do next to nothing."""
    names = [f"tiny-{number}" for number in range(count)]
    for number, name in enumerate(names):
        place.add(name, names[max(0, number - 5) : number : 2], 0)
    place.spack("install", names[-1])
    place.spack("install", *names)
    found: list[float] = []
    for _ in range(runs):
        idle = place.spack("install", *names)[0]
        place.forget()
        found.append((place.spack("install", *names)[0] - idle) / count)
    print(f"{count} tiny packages: {statistics.median(found):.3f} s each")


def measure_parallelism(place: Place, runs: int) -> None:
    """Install packages that keep one processor busy, at once and one after the other."""
    names = [f"busy-{number}" for number in range(12)]
    for name in names:
        place.add(name, (), 10_000_000)
    place.spack("install", *names)
    alone: list[float] = []
    together: list[float] = []
    for _ in range(runs):
        for times, options in ((alone, ("-p1", "-j1")), (together, ())):
            place.forget()
            times.append(place.spack("install", *options, *names)[1])
    ratio = statistics.median(alone) / statistics.median(together)
    print(f"default parallelism: {ratio:.2f} times as fast as -p1 -j1")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipes", required=True)
    parser.add_argument("--mirror")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tiny", type=int, default=60)
    args = parser.parse_args()
    with contextlib.ExitStack() as folders:
        directory = tempfile.mkdtemp()
        folders.callback(shutil.rmtree, directory, ignore_errors=True)
        place = Place(directory, os.path.abspath(args.recipes), args.mirror)
        measure_tiny(place, args.tiny, args.runs)
        measure_parallelism(place, args.runs)
        if args.mirror:
            compare_with_hand(place, os.path.abspath(args.mirror), args.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
