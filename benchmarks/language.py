"""Speed of the spec language, as ratios to a real Spack measured in the same run.

    python benchmarks/language.py --spack PREFIX [--python INTERPRETER] [--repeat N]

Prints microseconds of processor time a call for both and their ratio (above 1: this program is
faster). Without ``--spack`` only the own times are printed. Both sides get the same work; each
number is the best of several rounds. The lock file that is read is made up: 300 nodes in layers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib" / "spack"))

TEXT = "hdf5@1.14:+mpi ~cxx api=v18 ^openmpi@5 %c,cxx=gcc@12"
NODE = "hdf5@1.14.3+mpi~cxx api=v18 ^openmpi@5.0.1 %c,cxx=gcc@12.2.0"
CONSTRAINT = "hdf5@1.14:+mpi ^openmpi@5:"
VERSIONS = ("1.2.3", "1.10.0", "2.0-rc1", "develop", "2023.01.15", "1.2.3b4", "10.1", "main")
GOALS = {"parse": 4.0, "satisfies": 4.0, "version": 1.0, "lock file": 3.0}


def best(call: Callable[[], Any], number: int, repeat: int) -> float:
    """Processor seconds a call, best of several rounds: other work does not count."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        for _ in range(number):
            call()
        times.append((time.process_time() - start) / number)
    return min(times)


def measure_own(lock: Path, repeat: int) -> dict[str, float]:
    from spack.language.lockfiles import Lockfile
    from spack.language.matching import satisfies
    from spack.language.parser import parse_spec, parse_specs
    from spack.language.versions import Version

    node = parse_spec(NODE)

    def versions() -> None:
        made = [Version(text) for text in VERSIONS]
        sorted(made)

    return {
        # parse_specs remembers nothing, unlike parse_spec
        "parse": best(lambda: parse_specs(TEXT), 500, repeat),
        "satisfies": best(lambda: satisfies(node, CONSTRAINT), 500, repeat),
        "version": best(versions, 500, repeat),
        "lock file": best(lambda: Lockfile.from_text(lock.read_text()), 1, repeat),
    }


REAL = """
import json, time
from spack.spec import Spec
from spack.version import Version
import spack.environment as ev

def best(call, number, repeat):
    times = []
    for _ in range(repeat):
        start = time.process_time()
        for _ in range(number):
            call()
        times.append((time.process_time() - start) / number)
    return min(times)

node = Spec({node!r})
def versions():
    sorted([Version(text) for text in {versions!r}])
print("RESULT " + json.dumps({{
    "parse": best(lambda: Spec({text!r}), 200, {repeat}),
    "satisfies": best(lambda: node.satisfies({constraint!r}), 200, {repeat}),
    "version": best(versions, 200, {repeat}),
    "lock file": best(lambda: ev.Environment({directory!r}), 1, {repeat}),
}}))
"""


def measure_real(prefix: Path, python: str, directory: Path, repeat: int) -> dict[str, float]:
    script = directory / "measure.py"
    script.write_text(
        REAL.format(
            node=NODE,
            text=TEXT,
            constraint=CONSTRAINT,
            versions=VERSIONS,
            repeat=repeat,
            directory=str(directory),
        )
    )
    environment = dict(os.environ, SPACK_DISABLE_LOCAL_CONFIG="1")
    environment["SPACK_USER_CACHE_PATH"] = str(directory / "cache")
    done = subprocess.run(
        [python, str(prefix / "bin" / "spack"), "python", str(script)],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    result: dict[str, float] = json.loads(line[len("RESULT ") :])
    return result


def made_up_lock(count: int) -> str:
    """A lock file whose nodes each depend on up to four of the nodes before them."""
    from spack.language import deptypes as dt
    from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec
    from spack.language.lockfiles import Lockfile
    from spack.language.versions import Version

    arch = Architecture("linux", "debian12", "x86_64_v3")
    nodes: list[ConcreteSpec] = []
    for number in range(count):
        below = {max(0, number - step) for step in (1, 3, 17, 40)} if number else set()
        nodes.append(
            ConcreteSpec(
                f"package-{number:03}",
                Version(f"{number % 7}.{number % 11}.{number % 5}"),
                arch,
                variants={
                    "build_system": "cmake",
                    "build_type": "Release",
                    "shared": True,
                    "mpi": bool(number % 2),
                    "libs": ("shared", "static"),
                },
                package_hash=f"{number:052}====",
                dependencies=tuple(
                    ConcreteEdge(nodes[child], dt.BUILD | dt.LINK) for child in sorted(below)
                ),
            )
        )
    return Lockfile.from_roots([(nodes[-1], nodes[-1].name)]).to_text()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="speed of the spec language")
    parser.add_argument("--spack", type=Path, help="prefix of a real Spack")
    parser.add_argument("--python", default=sys.executable, help="its interpreter")
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        lock = directory / "spack.lock"
        lock.write_text(made_up_lock(300))
        (directory / "spack.yaml").write_text("spack:\n  specs: [package-299]\n  view: false\n")
        own = measure_own(lock, given.repeat)
        real = (
            measure_real(given.spack, given.python, directory, given.repeat) if given.spack else {}
        )
    for name, seconds in own.items():
        text = f"{name:<10} {seconds * 1e6:10.1f} us"
        if name in real:
            ratio = real[name] / seconds
            text += f"   real {real[name] * 1e6:10.1f} us   ratio {ratio:5.1f}"
            text += f"   goal {GOALS[name]:.0f}"
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
