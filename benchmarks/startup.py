"""Times of commands from start to end, beside an interpreter that does nothing.

    python benchmarks/startup.py [--repeat N] [--real PREFIX --python INTERPRETER]

Prints the median of whole-process times in milliseconds on an empty store with warm caches. With
``--real`` (or REAL_SPACK) the same commands of a real Spack are measured beside it. Other work on
the machine counts: run it alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Commands and their goals in milliseconds.
COMMANDS: dict[str, float | None] = {
    "--version": 40,
    "help": 40,
    "find": 80,
    "env list": 80,
    "location -r": 80,
    "config get config": 80,
    "config blame config": None,
    "env status": None,
    "repo list": None,
    "mirror list": None,
}


def median(command: Sequence[str], variables: dict[str, str], repeat: int) -> float | None:
    """Milliseconds of the whole process; None when the command fails."""
    times: list[float] = []
    for number in range(repeat + 2):
        start = time.perf_counter()
        result = subprocess.run(
            command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if number >= 2:  # the first ones fill caches
            times.append(1000 * (time.perf_counter() - start))
        if result.returncode != 0:
            return None
    return statistics.median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--real", default=os.environ.get("REAL_SPACK"), help="a real Spack")
    parser.add_argument("--python", default=sys.executable, help="its interpreter")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        variables = {
            **os.environ,
            "SPACK_PYTHON": os.environ.get("SPACK_PYTHON", sys.executable),
            "SPACK_STATE_DIR": folder,
            "SPACK_USER_CACHE_PATH": f"{folder}/cache",
            "SPACK_DISABLE_LOCAL_CONFIG": "1",
        }
        spack = str(ROOT / "bin" / "spack")
        subprocess.run([spack, "env", "create", "e"], env=variables, stdout=subprocess.DEVNULL)
        rows = [("python -I -c pass", None, [sys.executable, "-I", "-c", "pass"], None)]
        for words, goal in COMMANDS.items():
            before = ["-e", "e"] if words == "env status" else []
            own = [spack, *before, *words.split()]
            real = None
            if args.real and words != "env status":
                real = [args.python, f"{args.real}/bin/spack", *words.split()]
            rows.append((words, goal, own, real))
        print(f"{'command':<22}{'ms':>8}{'goal':>8}{'real ms':>10}{'ratio':>8}")
        for words, goal, own, real in rows:
            mine = median(own, variables, args.repeat)
            other = None if real is None else median(real, dict(os.environ), 3)
            cells = [
                f"{words:<22}",
                f"{mine:8.0f}" if mine is not None else f"{'failed':>8}",
                f"{goal:8.0f}" if goal is not None else " " * 8,
                f"{other:10.0f}" if other is not None else "",
                f"{other / mine:8.1f}" if other is not None and mine else "",
            ]
            print("".join(cells).rstrip(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
