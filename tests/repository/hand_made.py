"""Concrete graphs written by hand, and their builds, for testing recipes without a solver."""

from __future__ import annotations

import functools
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spack.builds.procedure import BuildTask, BuildWorld, build_one
from spack.builds.variables import VariableSettings
from spack.config.settings.place_settings import Connection, Mirror
from spack.host.architecture import host
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.versions import Version
from spack.recipes.classes.detection import find_installations, programs_in
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.sources.stage import StageSettings

ROOT = Path(__file__).resolve().parents[2]
EMBEDDED = ROOT / "var/spack/repos/spack_repo/builtin"

#: A directory with upstream archives, read before fixtures hide it; tests skip without it.
MIRROR = os.environ.get("SPACK_SOURCE_MIRROR")

BUILD = deptypes.BUILD
LINK = deptypes.BUILD | deptypes.LINK
RUN = deptypes.RUN
PYTHON = deptypes.BUILD | deptypes.RUN


@functools.cache
def repositories() -> RepositoryPath:
    """The embedded repository alone."""
    return RepositoryPath([Repository(str(EMBEDDED))])


@functools.cache
def architecture() -> Architecture:
    machine = host()
    return Architecture(machine.platform, machine.os, machine.target)


@functools.cache
def found_on_machine(name: str) -> ConcreteSpec | None:
    """An external node for a package that is on the machine, or None."""
    package_class = repositories().package_class(name)
    found = find_installations([package_class], executables=programs_in())
    candidates = [
        one
        for one in found.get(name, [])
        if name != "gcc" or {"c", "cxx"} <= set(one.extra_attributes["compilers"])
    ]
    if not candidates:
        return None
    chosen = candidates[-1]
    variants: dict[str, Any] = {"build_system": "generic"}
    for key, constraint in chosen.spec.variants.items():
        values = constraint.values
        multi = key == "languages"
        variants[key] = tuple(map(str, values)) if multi else values[0]
    return ConcreteSpec(
        name,
        Version(str(chosen.spec.versions).lstrip("=")),
        architecture(),
        variants=variants,
        external=External(chosen.prefix, chosen.modules, chosen.extra_attributes),
    )


def needs(*names: str) -> list[str]:
    """Those of the packages that are not on the machine."""
    return [name for name in names if found_on_machine(name) is None]


def on_machine(name: str) -> ConcreteSpec:
    spec = found_on_machine(name)
    assert spec is not None, name
    return spec


def wrapper() -> ConcreteSpec:
    return ConcreteSpec(
        "compiler-wrapper", Version("1.1.0"), architecture(), variants={"build_system": "bundle"}
    )


def compiled(*languages: str) -> tuple[ConcreteEdge, ...]:
    """The edges of a package that is compiled in these languages."""
    return (
        ConcreteEdge(on_machine("gcc"), BUILD, tuple(sorted(languages))),
        ConcreteEdge(wrapper(), BUILD),
    )


def node(
    name: str,
    version: str,
    build_system: str,
    edges: Sequence[ConcreteEdge] = (),
    variants: Mapping[str, Any] = {},
    namespace: str = "builtin",
) -> ConcreteSpec:
    """A package to build."""
    return ConcreteSpec(
        name,
        Version(version),
        architecture(),
        namespace=namespace,
        variants={"build_system": build_system, **variants},
        dependencies=tuple(edges),
        package_hash="by-hand",
    )


class Prefixes:
    """Installation prefixes by name, below one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prefix(self, spec: ConcreteSpec) -> str:
        if spec.external is not None and spec.external.path is not None:
            return spec.external.path
        return str(self.root / f"{spec.name}-{spec.dag_hash()[:7]}")


def install(spec: ConcreteSpec, root: Path) -> dict[str, Path]:
    """Build a graph below ``root``. Returns the prefixes of the built packages by name."""
    prefixes = Prefixes(root / "prefixes")
    (root / "stages").mkdir(parents=True, exist_ok=True)
    world = BuildWorld(
        prefixes,
        repositories(),
        StageSettings(
            str(root / "stages"),
            mirrors=(Mirror("sources", Connection(MIRROR), Connection(MIRROR)),) if MIRROR else (),
            mirrors_only=True,
        ),
        jobs=2,
        variable_settings=VariableSettings(managed=(str(root / "prefixes"),)),
    )
    built: dict[str, Path] = {}
    for child in spec.traverse(order="post"):
        if child.external is None:
            prefix = prefixes.prefix(child)
            if not os.path.exists(prefix):
                _build_in_child(BuildTask(child, prefix), world)
            built[child.name] = Path(prefix)
    return built


def _build_in_child(task: BuildTask, world: BuildWorld) -> None:
    """A build changes the process it runs in, so it has one of its own."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def work() -> None:
        try:
            build_one(task, world)
            sender.send("")
        except BaseException as error:
            excerpt = getattr(error, "excerpt", None)
            sender.send(f"{error}\n{excerpt or ''}")

    process = context.Process(target=work)
    process.start()
    sender.close()
    try:
        message = receiver.recv()
    except EOFError:
        message = "the build process ended without a word"
    process.join()
    assert message == "", f"{task.spec.name}: {message}"
