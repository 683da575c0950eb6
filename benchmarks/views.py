#!/usr/bin/env python3
"""Time the view of an environment with many packages, and count what it asks the file system.

    benchmarks/views.py [--small N] [--large N] [--runs N] [--recipes REPOSITORY [--other CMD]]

N packages of 100 files and N of 3,000 are made up: programs, libraries, headers in a folder of
their own, manual pages, and data. In this process, as the median of the runs: the first view,
beside a loop that lists the shared folders and makes the same directories and links and nothing
else; one package more; and nothing new. With the folder REPOSITORY of public recipes the command
``env view regenerate`` is measured as a whole process as well, and CMD (such as
``/path/to/spack``) on the same environment.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Callable

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "lib", "spack"), os.path.dirname(os.path.abspath(__file__))]

from concretize import write_configuration  # noqa: E402

from spack.environments.environment import read_lock_file  # noqa: E402
from spack.language.concrete_specs import Architecture, ConcreteSpec  # noqa: E402
from spack.language.versions import parse_version  # noqa: E402
from spack.views.descriptors import ViewDescriptor  # noqa: E402
from spack.views.generation import regenerate, remove  # noqa: E402
from store import fill, seconds  # noqa: E402

RECIPE = """from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class {cls}(Package):
    has_code = False
    version("1.0")
"""


def files_of(name: str, count: int) -> list[str]:
    """The files of a package."""
    found = [f"bin/{name}-{n}" for n in range(3)]
    found += [f"lib/lib{name}-{n}.so" for n in range(5)]
    found += [f"lib/pkgconfig/{name}.pc", f"lib/cmake/{name}/{name}-config.cmake"]
    found += [f"share/man/man1/{name}-{n}.1" for n in range(3)]
    half = (count - len(found)) // 2
    found += [f"include/{name}/{n % 7}/{n}.h" for n in range(half)]
    found += [f"share/{name}/{n % 5}/{n % 3}/{n}" for n in range(count - len(found))]
    return found


def make_prefix(prefix: str, name: str, count: int) -> None:
    """Write the files of a package."""
    paths = [*files_of(name, count), ".spack/spec.json"]
    for folder in {os.path.dirname(path) for path in paths}:
        os.makedirs(os.path.join(prefix, folder), exist_ok=True)
    for path in paths:
        open(os.path.join(prefix, path), "w", encoding="utf-8").close()


def plain_loop(prefixes: Sequence[str], root: str) -> int:
    """Fill a tree from what is listed here, folders of one owner as one link. Links made."""
    made = 0
    os.mkdir(root)
    pending = [("", list(prefixes))]
    while pending:
        folder, owners = pending.pop()
        found: dict[str, list[tuple[str, bool]]] = {}
        for prefix in owners:
            with os.scandir(f"{prefix}/{folder}") as scan:
                for entry in scan:
                    if entry.name != ".spack":
                        is_folder = entry.is_dir(follow_symlinks=False)
                        found.setdefault(entry.name, []).append((prefix, is_folder))
        for name, names in found.items():
            path = f"{folder}/{name}" if folder else name
            if names[0][1] and (len(names) > 1 or not folder):
                os.mkdir(f"{root}/{path}")
                pending.append((path, [prefix for prefix, _ in names]))
            else:
                os.symlink(f"{names[0][0]}/{path}", f"{root}/{path}")
                made += 1
    for prefix in prefixes:
        os.symlink(f"{prefix}/.spack", f"{root}/.spack-{os.path.basename(prefix)}")
    return made + len(prefixes)


def timed(action: Callable[[], object]) -> float:
    """Processor seconds of this process."""
    start = time.process_time()
    action()
    return time.process_time() - start


class Counts:
    """Counts of calls to the file system while the block runs."""

    NAMES = (
        "symlink",
        "link",
        "mkdir",
        "unlink",
        "rmdir",
        "scandir",
        "stat",
        "lstat",
        "open",
        "readlink",
    )

    def __enter__(self) -> dict[str, int]:
        self.found: dict[str, int] = {}
        self.before = {name: getattr(os, name) for name in self.NAMES}
        for name, function in self.before.items():
            setattr(os, name, self._counting(name, function))
        return self.found

    def __exit__(self, *_: object) -> None:
        for name, function in self.before.items():
            setattr(os, name, function)

    def _counting(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        def called(*words: object, **named: object) -> object:
            self.found[name] = self.found.get(name, 0) + 1
            return function(*words, **named)

        return called


def sizes(small: int, large: int) -> dict[str, int]:
    """Names of the packages and how many files they have."""
    found = {f"small-{n}": 100 for n in range(small)}
    return {**found, **{f"large-{n}": 3000 for n in range(large)}}


def in_process(folder: str, small: int, large: int, runs: int) -> None:
    """Print the times and counts of :func:`spack.views.generation.regenerate`."""
    counts = {
        **{f"small-{n}": 100 for n in range(small)},
        **{f"large-{n}": 3000 for n in range(large)},
    }
    arch = Architecture("linux", "debian12", "x86_64")
    specs = [ConcreteSpec(name, parse_version("1.0"), arch) for name in [*counts, "one-more"]]
    store = os.path.join(folder, "store")

    def prefix(spec: ConcreteSpec) -> str:
        return f"{store}/linux-x86_64/{spec.name}-1.0-{spec.dag_hash()}"

    for spec in specs:
        make_prefix(prefix(spec), spec.name, counts.get(spec.name, 100))
    prefixes = [prefix(spec) for spec in specs[:-1]]
    times: dict[str, list[float]] = {"loop": [], "first": [], "more": [], "same": []}
    view = ViewDescriptor("default", f"{folder}/view")
    links = plain_loop(prefixes, f"{folder}/plain")
    for _ in range(runs):
        shutil.rmtree(f"{folder}/plain")
        times["loop"].append(timed(lambda: plain_loop(prefixes, f"{folder}/plain")))
        for name, nodes in (("first", specs[:-1]), ("same", specs[:-1]), ("more", specs)):
            times[name].append(timed(lambda nodes=nodes: regenerate(view, nodes, prefix)))
        remove(view.root)
    median = {name: statistics.median(found) for name, found in times.items()}
    print(f"{links} links; a plain loop {median['loop']:.3f} s")
    print(f"first     {median['first']:.3f} s, {median['first'] / median['loop']:.2f} x the loop")
    print(f"one more  {median['more']:.3f} s")
    print(f"unchanged {median['same']:.3f} s")
    for label, nodes in (("first", specs[:-1]), ("unchanged", specs[:-1]), ("one more", specs)):
        with Counts() as called:
            regenerate(view, nodes, prefix)
        print(f"calls, {label}: " + ", ".join(f"{n} {c}" for n, c in sorted(called.items())))


def commands(folder: str, args: argparse.Namespace) -> None:
    """Print the times of ``env view regenerate`` of this program and another."""
    scope = os.path.join(folder, "scope")
    os.makedirs(scope)
    write_configuration(scope, os.path.abspath(args.recipes), configured=False)
    repository = os.path.join(folder, "spack_repo", "many")
    counts = sizes(args.small, args.large)
    for name in [*counts, "one-more"]:
        place = os.path.join(repository, "packages", name.replace("-", "_"))
        os.makedirs(place)
        with open(os.path.join(place, "package.py"), "w", encoding="utf-8") as stream:
            stream.write(RECIPE.format(cls="".join(p.capitalize() for p in name.split("-"))))
    with open(os.path.join(repository, "repo.yaml"), "w", encoding="utf-8") as stream:
        stream.write("repo:\n  namespace: many\n  api: v2.0\n")
    with open(os.path.join(scope, "repos.yaml"), "a", encoding="utf-8") as stream:
        stream.write(f"  many: {repository}\n")
    store = os.path.join(folder, "installed")
    common = ["-C", scope, "-c", f"config:install_tree:root:{store}"]
    ours = [os.path.join(ROOT, "bin", "spack"), *common]
    environment = os.path.join(folder, "environment")
    os.makedirs(environment)

    def concretize(names: Sequence[str]) -> list[ConcreteSpec]:
        with open(os.path.join(environment, "spack.yaml"), "w", encoding="utf-8") as stream:
            json.dump({"spack": {"specs": list(names), "view": True}}, stream)
        done = subprocess.run([*ours, "-e", environment, "concretize", "-f"], capture_output=True)
        if done.returncode:
            sys.exit(done.stderr.decode())
        lock = read_lock_file(os.path.join(environment, "spack.lock"))
        return list(lock.every_spec())

    nodes = concretize([*counts, "one-more"])
    fill(store, nodes)
    for node in nodes:
        prefix = os.path.join(store, "opt", f"{node.name}-{node.version}-{node.dag_hash()}")
        if node.external is None:
            make_prefix(prefix, node.name, counts.get(node.name, 100))
    for program in [ours, *([[*shlex.split(args.other), *common]] if args.other else [])]:
        shutil.rmtree(os.path.join(environment, ".spack-env"), ignore_errors=True)
        question = [*program, "-e", environment, "env", "view", "regenerate"]
        print(program[0])
        for label, names in (
            ("first", [*counts]),
            ("same", None),
            ("one more", [*counts, "one-more"]),
        ):
            if names is not None:
                concretize(names)
                if label == "first":
                    shutil.rmtree(os.path.join(environment, ".spack-env"), ignore_errors=True)
            print(f"  {label:<9} {seconds(question, {}, 1):.3f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--small", type=int, default=300)
    parser.add_argument("--large", type=int, default=30)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--recipes", help="folder of the public recipes, to measure commands")
    parser.add_argument("--other", help="command line of another program to measure beside")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        in_process(os.path.join(folder, "here"), args.small, args.large, args.runs)
        if args.recipes:
            commands(folder, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
