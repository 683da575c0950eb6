"""Packages that usable compilers bring into a graph: the wrapper, runtime libraries, libc."""

from __future__ import annotations

from spack.solve.problem.request import World

WRAPPER = "compiler-wrapper"
RUNTIMES = {"gcc": "gcc-runtime", "intel-oneapi-compilers": "intel-oneapi-runtime"}


def runtime_packages(world: World) -> set[str]:
    """Names of the packages that the usable compilers inject and that exist as recipes."""
    names: set[str] = set()
    for compiler in world.compilers:
        names.add(WRAPPER)
        if compiler.spec.name in RUNTIMES:
            names.add(RUNTIMES[compiler.spec.name])
        if compiler.libc is not None:
            names.add(compiler.libc.name)
    return {name for name in names if world.packages.exists(name)}
