#!/usr/bin/env python3
"""Figures of a recipe repository: making its records, starting with them, asking about recipes.

    benchmarks/recipes.py --recipes REPOSITORY [--runs N]

REPOSITORY is the folder that holds ``repo.yaml``. Prints the seconds and the peak memory of making
all records from nothing, the milliseconds and file-system calls of a warm start, and the median
whole-process seconds of ``spack list`` and ``spack info``. File-system calls need ``strace``.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBRARY = os.path.join(ROOT, "lib", "spack")

_WARM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from spack.recipes.records.record_cache import RecordCache
from spack.recipes.finding.repositories import Repository
start = time.perf_counter()
repository = Repository(sys.argv[2], cache=RecordCache(sys.argv[3]))
repository.all_names()
names = time.perf_counter()
repository.record("hdf5" if repository.exists("hdf5") else repository.all_names()[0])
print(1000 * (names - start), 1000 * (time.perf_counter() - names))
"""


def run(command: list[str], variables: dict[str, str]) -> float:
    """Seconds of a command that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipes", required=True)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    recipes = os.path.abspath(args.recipes)
    spack = os.path.join(ROOT, "bin", "spack")
    with tempfile.TemporaryDirectory() as state:
        variables = {
            **os.environ,
            "SPACK_STATE_DIR": state,
            "SPACK_DISABLE_LOCAL_CONFIG": "1",
            "SPACK_PYTHON": sys.executable,
        }
        base = [spack, "-c", f"repos:builtin:{recipes}"]
        cold = run([*base, "list"], variables)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"all records from nothing     {cold:8.1f} s, largest process {memory:.0f} MiB")
        cache = os.path.join(state, "var", "spack", "cache", "user", "cache", "recipes")
        warm = [sys.executable, "-I", "-c", _WARM, LIBRARY, recipes, cache]
        for label, column in (("warm start", 0), ("first record", 1)):
            figures = [
                float(subprocess.run(warm, capture_output=True, text=True).stdout.split()[column])
                for _ in range(args.runs)
            ]
            print(f"{label:<28} {statistics.median(figures):8.1f} ms")
        if shutil.which("strace"):
            traced = subprocess.run(
                ["strace", "-f", "-e", "trace=%file", *warm], capture_output=True, text=True
            )
            calls = [
                line for line in traced.stderr.splitlines() if recipes in line or cache in line
            ]
            print(f"file-system calls on recipes and cache {len(calls)}")
        for words in (["list"], ["info", "hdf5"]):
            seconds = [run([*base, *words], variables) for _ in range(args.runs)]
            name = re.sub(r"\s+", " ", " ".join(words))
            print(f"spack {name:<22} {statistics.median(seconds):8.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
