"""Times of writing module files: 2,000 in Tcl, 1,000 in Lua in a hierarchy of three levels.

    python benchmarks/modules.py [--packages N] [--real PREFIX --python INTERPRETER]

Makes a store of packages that have empty directories, and recipes for them, half of which set
variables. Prints seconds of whole processes: all files, nothing to do, and after one more package.
With ``--real`` (or REAL_SPACK) a real Spack writes the same files beside it. Other work on the
machine counts: run it alone.
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

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib" / "spack"))

from spack.language import deptypes  # noqa: E402
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec  # noqa: E402
from spack.language.versions import parse_version  # noqa: E402
from spack.store.store import Store  # noqa: E402

#: Versions of each package.
VERSIONS = 20

#: Step -> goal in seconds.
GOALS = {"tcl all": 20.0, "tcl one more": 1.0, "lmod all": 15.0}

RECIPE = '''\
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class {cls}(Package):
    """Package number {number} of a benchmark."""

    has_code = False
    version("1.0")
{body}'''

RUN = """
    def setup_run_environment(self, env):
        env.set("HOME_OF_{number}", self.prefix)
"""


def write_recipes(folder: Path, count: int) -> Path:
    """Recipes of ``p0``, ``p1``, …, of a compiler, an MPI and a LAPACK."""
    root = folder / "spack_repo" / "bench"
    bodies = {
        f"p{number}": RUN.format(number=number) if number % 2 else "" for number in range(count)
    }
    bodies["mpione"] = '    provides("mpi")\n'
    bodies["linone"] = '    provides("lapack")\n'
    bodies["gcc"] = '    compiler_languages = ["c"]\n    provides("c")\n'
    for number, (name, body) in enumerate(bodies.items()):
        place = root / "packages" / name
        place.mkdir(parents=True)
        (place / "package.py").write_text(
            RECIPE.format(cls=name.capitalize(), number=number, body=body)
        )
    (root / "repo.yaml").write_text("repo:\n  namespace: bench\n  api: v2.2\n")
    return root


class Filling:
    """A store that is filled with packages."""

    def __init__(self, root: Path) -> None:
        self.store = Store(str(root))
        self.architecture = Architecture("linux", "debian12", "x86_64")
        self.gcc = self.spec("gcc", "13.2.0")
        self.mpi = self.spec("mpione", "4.1", self.edge(self.gcc, "build", "c"))
        self.lin = self.spec("linone", "3.0", self.edge(self.gcc, "build", "c"))
        self.last: list[ConcreteSpec] = []

    def spec(self, name: str, version: str, *edges: ConcreteEdge) -> ConcreteSpec:
        return ConcreteSpec(
            name, parse_version(version), self.architecture, namespace="bench", dependencies=edges
        )

    @staticmethod
    def edge(spec: ConcreteSpec, kind: str, *virtuals: str) -> ConcreteEdge:
        return ConcreteEdge(spec, deptypes.from_names(kind), virtuals)

    def package(self, number: int, version: int) -> ConcreteSpec:
        """A package that needs the three before it of its ten; some need MPI, LAPACK or both."""
        self.last = self.last[-3:] if number % 10 else []
        edges = [self.edge(spec, "link") for spec in self.last]
        edges.append(self.edge(self.gcc, "build", "c"))
        if number % 3 == 0:
            edges.append(self.edge(self.mpi, "link", "mpi"))
        if number % 2 == 0:
            edges.append(self.edge(self.lin, "link", "lapack"))
        found = self.spec(f"p{number}", f"{version}.0", *edges)
        self.last.append(found)
        return found

    def add(self, specs: list[ConcreteSpec]) -> None:
        with self.store.database.transaction() as changes:
            for spec in specs:
                prefix = self.store.prefix(spec)
                for name in ("bin", "lib", "include", "share/man"):
                    os.makedirs(os.path.join(prefix, name), exist_ok=True)
                changes.add(spec, prefix, explicit=True)


def seconds(command: list[str], variables: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, env=variables, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=int, default=2000)
    parser.add_argument("--real", default=os.environ.get("REAL_SPACK"), help="a real Spack")
    parser.add_argument("--python", default=sys.executable, help="its interpreter")
    args = parser.parse_args()
    names = max(1, args.packages // VERSIONS)
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        recipes = write_recipes(folder, names)
        filling = Filling(folder / "store")
        filling.add([filling.gcc, filling.mpi, filling.lin])
        specs = [filling.package(n, v) for v in range(1, VERSIONS + 1) for n in range(names)]
        filling.add(specs)
        builtin = ROOT / "var/spack/repos/spack_repo/builtin"
        print(f"{len(specs)} packages of {names} recipes")
        for label, program, python in (
            ("ours", ROOT / "bin" / "spack", sys.executable),
            ("real", Path(args.real or "", "bin", "spack"), args.python),
        ):
            if label == "real" and not args.real:
                continue
            scope = folder / label
            scope.mkdir()
            modules = {
                "prefix_inspections": {"bin": ["PATH"], "lib": ["LD_LIBRARY_PATH"]},
                "default": {
                    "roots": {kind: str(scope / kind) for kind in ("tcl", "lmod")},
                    "tcl": {"all": {"autoload": "direct"}},
                    "lmod": {"core_compilers": ["gcc@12"], "hierarchy": ["mpi", "lapack"],
                             "exclude": [f"p{n}" for n in range(names // 2)]},
                },
            }  # fmt: skip
            files = {
                "modules": modules,
                "config": {"install_tree": {"root": str(filling.store.root)},
                           "misc_cache": str(scope / "cache")},
                "repos:": {"bench": str(recipes), "builtin": str(builtin)},
                "bootstrap": {"enable": False},
            }  # fmt: skip
            for name, data in files.items():
                file = scope / f"{name.rstrip(':')}.yaml"
                file.write_text(json.dumps({name: data}))
            variables = {**os.environ, "SPACK_PYTHON": python, "SPACK_DISABLE_LOCAL_CONFIG": "1",
                         "SPACK_USER_CACHE_PATH": str(scope / "user"), "HOME": str(folder),
                         "SPACK_STATE_DIR": str(scope / "state")}  # fmt: skip
            spack = [str(program), "-C", str(scope)]
            seconds([*spack, "list", "p1"], variables)  # reads the recipes
            for kind in ("tcl", "lmod"):
                refresh = [*spack, "module", kind, "refresh", "-y"]
                times = {"all": seconds(refresh, variables), "again": seconds(refresh, variables)}
                more = filling.spec(f"p{names - 1}", f"77.{len(label)}.{len(kind)}")
                filling.add([more])
                times["one more"] = seconds(refresh, variables)
                for step, value in times.items():
                    goal = GOALS.get(f"{kind} {step}")
                    text = f"   goal {goal:4.0f} s" if goal else ""
                    print(f"{label:5} {kind:5} {step:9} {value:7.2f} s{text}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
