#!/usr/bin/env python3
"""Time questions to large stores, and solves that may reuse what is in them.

    benchmarks/store.py --recipes REPOSITORY [--sizes N,N] [--runs N] [--root ROOT] [--other CMD]

REPOSITORY is the folder that holds ``repo.yaml`` of the public recipes. For each size a store is
made up: ROOT as it would be built now in five variations, and other packages of the repository
with twenty specs each, in graphs of sixty. Whole processes are measured, as processor
seconds, the least of N: ``find``, ``find NAME``, ``find /HASH``, ``spec ROOT`` with reuse and
without, and ``install`` of a package that writes one file, beside an empty store. Records are
inserted in this process, each into the database opened anew, and the least counts. CMD (such as
``/path/to/spack``) is run on the same records.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "lib", "spack"), os.path.dirname(os.path.abspath(__file__))]

from concretize import write_configuration  # noqa: E402

from spack.language import deptypes  # noqa: E402
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec  # noqa: E402
from spack.language.versions import parse_version  # noqa: E402
from spack.session.options import Options  # noqa: E402
from spack.session.session import Session  # noqa: E402
from spack.store.database import Database  # noqa: E402
from spack.work.answers.finished_solves import concretized  # noqa: E402

#: A package without sources and dependencies, and what it installs.
TINY = """from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class Tiny(Package):
    has_code = False
    version("1.0")

    def install(self, spec, prefix):
        mkdirp(prefix.bin)
        touch(prefix.bin.tiny)
"""

#: Specs of each other package, variations of the root, and specs that are linked with each other.
EACH, VARIATIONS, GRAPH = 20, 5, 60


def varied(root: ConcreteSpec, number: int) -> list[ConcreteSpec]:
    """The nodes of a graph with another package hash each, so that their hashes are new."""
    done: dict[str, ConcreteSpec] = {}
    for node in root.traverse(order="post"):
        edges = tuple(e._replace(spec=done[e.spec.dag_hash()]) for e in node.dependencies)
        salt = f"{number}{node.package_hash}"
        done[node.dag_hash()] = (
            node if node.external is not None else copy(node, edges, package_hash=salt)
        )
    return list(done.values())


def copy(node: ConcreteSpec, edges: tuple[ConcreteEdge, ...], package_hash: str) -> ConcreteSpec:
    """A node with other dependencies and another package hash."""
    return ConcreteSpec(
        node.name,
        node.version,
        node.arch,
        namespace=node.namespace,
        variants=node.variants,
        flags=node.flags,
        dependencies=edges,
        package_hash=package_hash,
    )


def others(size: int, like: ConcreteSpec, session: Session, taken: set[str]) -> list[ConcreteSpec]:
    """Specs of packages that are not in the answer, in graphs of some size."""
    chance = random.Random(0)
    names = [n for n in session.repositories.all_names() if n not in taken]
    names = chance.sample(sorted(names), min(len(names), max(1, size // EACH)))
    made: list[ConcreteSpec] = []
    for number in range(size):
        name = names[number % len(names)]
        graph = made[number - number % GRAPH :]
        below = {node.name: node for node in chance.sample(graph, min(2, len(graph)))}
        below.pop(name, None)
        edges = tuple(
            ConcreteEdge(below[child], deptypes.LINK | deptypes.BUILD, ())
            for child in sorted(below)
        )
        base = ConcreteSpec(
            name,
            parse_version(f"1.{number // len(names)}"),
            like.arch,
            namespace="builtin",
            variants={"build_system": "generic"},
        )
        made.append(copy(base, edges, f"{number}"))
    return made


def fill(store: str, nodes: list[ConcreteSpec]) -> None:
    """Write the database of a store that holds these nodes."""
    records: dict[str, dict[str, Any]] = {}
    users: dict[str, int] = {}
    for node in nodes:
        for edge in node.dependencies:
            users[edge.spec.dag_hash()] = users.get(edge.spec.dag_hash(), 0) + 1
    for number, node in enumerate(nodes):
        digest = node.dag_hash()
        prefix = os.path.join(store, "opt", f"{node.name}-{node.version}-{digest}")
        external = node.external
        records[digest] = {
            "spec": node.node_dict(),
            "path": prefix if external is None else external.path,
            "installed": True,
            "ref_count": users.get(digest, 0),
            "explicit": number % 7 == 0,
            "installation_time": 1.7e9 + number,
        }
    Database(store, locks=False).replace_all(records)


def seconds(command: list[str], environment: Mapping[str, str], runs: int) -> float:
    """The least processor seconds of a command and its children."""
    least = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, check=False
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(done.stderr.decode())
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        least = min(least, spent)
    return least


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipes", required=True)
    parser.add_argument("--sizes", default="100,10000,100000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--root", default="hdf5")
    parser.add_argument("--other", help="command line of another program to measure beside")
    args = parser.parse_args()
    programs = [[os.path.join(ROOT, "bin", "spack")]]
    if args.other:
        programs.append(shlex.split(args.other))
    with tempfile.TemporaryDirectory() as scope:
        write_configuration(scope, os.path.abspath(args.recipes), configured=False)
        session = Session(Options(scopes=(scope,)))
        (answer,) = concretized(session, [args.root])
        graph = list(answer.traverse())
        print(f"{args.root}: {len(graph)} nodes")
        add_repository(scope)
        columns = ("specs", "find", "NAME", "/HASH", "reuse", "fresh", "install", "insert")
        print("  ".join(f"{column:>8}" for column in columns))
        for program in programs:
            common = [*program, "-C", scope, "-c"]
            empty = installing([*common, f"config:install_tree:root:{scope}/empty"], args.runs)
            print(f"{0:>8}  " + " " * 50 + f"{empty:>8.3f}")
        for size in map(int, args.sizes.split(",")):
            store = os.path.join(scope, f"store-{size}")
            same = [node for n in range(VARIATIONS) for node in varied(answer, n)]
            distinct = {node.dag_hash(): node for node in same}
            rest = others(max(0, size - len(distinct)), answer, session, {n.name for n in graph})
            fill(store, [*distinct.values(), *rest])
            root = f"config:install_tree:root:{store}"
            for program in programs:
                common = [*program, "-C", scope, "-c", root]
                digest = same[-1].dag_hash()
                one = (rest or same)[0].name
                questions = [
                    ["find"],
                    ["find", one],
                    ["find", f"/{digest}"],
                    ["spec", "--reuse", args.root],
                    ["spec", "--fresh", args.root],
                ]
                for question in questions:
                    seconds([*common, *question], {}, 1)
                cells = [seconds([*common, *question], {}, args.runs) for question in questions]
                cells.append(installing(common, args.runs))
                line = f"{size:>8}  " + "  ".join(f"{cell:>8.3f}" for cell in cells)
                if program is programs[0]:
                    line += f"  {inserted(store, answer):>8.4f}"
                print(line, flush=True)
    return 0


def add_repository(scope: str) -> None:
    """A repository with the tiny package, beside the public one."""
    folder = os.path.join(scope, "spack_repo", "tiny")
    os.makedirs(os.path.join(folder, "packages", "tiny"))
    with open(os.path.join(folder, "repo.yaml"), "w", encoding="utf-8") as stream:
        stream.write("repo:\n  namespace: tiny\n  api: v2.0\n")
    recipe = os.path.join(folder, "packages", "tiny", "package.py")
    with open(recipe, "w", encoding="utf-8") as stream:
        stream.write(TINY)
    with open(os.path.join(scope, "repos.yaml"), "a", encoding="utf-8") as stream:
        stream.write(f"  tiny: {folder}\n")


def installing(common: list[str], runs: int) -> float:
    """The least processor seconds of installing the tiny package."""
    least = float("inf")
    for _ in range(runs + 1):
        least = min(least, seconds([*common, "install", "--reuse", "tiny"], {}, 1))
        seconds([*common, "uninstall", "-y", "tiny"], {}, 1)
    return least


def inserted(store: str, root: ConcreteSpec, times: int = 20) -> float:
    """The least processor seconds of recording one more node, the database opened anew."""
    least = float("inf")
    for number in range(times):
        node = copy(root, root.dependencies, package_hash=f"more-{number}")
        start = time.process_time()
        Database(store).add(node, os.path.join(store, "opt", node.dag_hash()))
        least = min(least, time.process_time() - start)
    return least


if __name__ == "__main__":
    sys.exit(main())
