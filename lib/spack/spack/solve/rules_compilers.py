"""What usable compilers add to a graph: wrapper, runtime libraries, libc.

For a built node P and a usable compiler X: a language edge to X brings ``compiler-wrapper`` and
X's runtime package; any build edge to X brings the C library that X links against.
"""

from __future__ import annotations

from typing import Dict, List, Set

from spack.language import deptypes
from spack.language.specs import Spec
from spack.language.versions import Version, parse_version_set
from spack.solve.encoding import Encoding
from spack.solve.program import Reason
from spack.solve.request import LANGUAGES, Compiler, World
from spack.solve.rules_packages import depend_on_virtual

WRAPPER = "compiler-wrapper"
RUNTIMES = {"gcc": "gcc-runtime", "intel-oneapi-compilers": "intel-oneapi-runtime"}


def runtime_packages(world: World) -> Set[str]:
    """Names of the packages that the usable compilers inject and that exist as recipes."""
    names: Set[str] = set()
    for compiler in world.compilers:
        names.add(WRAPPER)
        if compiler.spec.name in RUNTIMES:
            names.add(RUNTIMES[compiler.spec.name])
        if compiler.libc is not None:
            names.add(compiler.libc.name)
    return {name for name in names if world.packages.exists(name)}


def injected_versions(world: World) -> Dict[str, List[Version]]:
    """A runtime package has the versions of the usable compilers that bring it."""
    versions: Dict[str, List[Version]] = {}
    for compiler in world.compilers:
        runtime = RUNTIMES.get(compiler.spec.name)
        if runtime is not None:
            versions.setdefault(runtime, []).append(compiler.spec.version)
    return versions


def encode_compilers(encoding: Encoding) -> None:
    """Inject wrapper, runtimes and libc below every expanded package that is compiled."""
    names = {parent for parent, virtual in encoding.virtual_uses if virtual in LANGUAGES}
    for name in sorted(names):
        for compiler in encoding.world.compilers:
            _inject_runtime(encoding, name, compiler)
    for compiler in encoding.world.compilers:
        _runtime_itself(encoding, compiler)
        parents = {parent for parent, child in encoding.uses if child == compiler.spec.name}
        for parent in sorted(parents):
            if not encoding.is_stub(parent):
                _inject_libc(encoding, parent, compiler)


def _is(encoding: Encoding, compiler: Compiler) -> int:
    """The compiler node of this name is this very compiler."""
    encoding.node(compiler.spec.name)
    return encoding.program.any_of(
        row.literal
        for row in encoding.rows[compiler.spec.name]
        if row.spec.dag_hash() == compiler.spec.dag_hash()
    )


def _inject_runtime(encoding: Encoding, name: str, compiler: Compiler) -> None:
    """``edge(P, wrapper, build), edge(P, runtime@x:, link) :- label(P, language, X@x)``."""
    program = encoding.program
    chosen = _is(encoding, compiler)
    packages = encoding.world.packages
    spec = compiler.spec
    compiled: List[int] = []
    for language in LANGUAGES:
        if spec.name not in encoding.providers_of(language):
            continue
        if (name, language) not in encoding.virtual_uses:
            continue
        active = program.all_of((encoding.label(name, language, spec.name), chosen))
        compiled.append(active)
        if language == "fortran" and spec.name in RUNTIMES:
            _inject_fortran_libraries(encoding, name, compiler, active)
    any_language = program.any_of(compiled)
    for target in encoding.world.host.targets:
        if target not in compiler.targets:
            program.forbid(
                (any_language, encoding.target(name, target)),
                Reason(f"{spec.name}@{spec.version} does not support target {target}", None),
            )
    if packages.exists(WRAPPER):
        encoding.use(name, WRAPPER, any_language, deptypes.BUILD)
    runtime = RUNTIMES.get(spec.name)
    if runtime is not None and packages.exists(runtime):
        encoding.use(name, runtime, any_language, deptypes.LINK)
        at_least = Spec(runtime, versions=parse_version_set(f"{spec.version}:"))
        reason = Reason(f"{name} is compiled by {spec.name}@{spec.version}", None, "compiler")
        encoding.impose(any_language, runtime, at_least, reason)


def _fortran_library(compiler: Compiler) -> str:
    """The soname version of the Fortran run-time library that the compiler links."""
    if compiler.spec.name != "gcc":
        return "libifcore@5"
    major = int(str(compiler.spec.version.up_to(1)))
    return "libgfortran@" + ("3" if major <= 6 else "4" if major == 7 else "5")


def _inject_fortran_libraries(
    encoding: Encoding, name: str, compiler: Compiler, active: int
) -> None:
    """``label(P, V, runtime) :- label(P, fortran, X)`` for the virtuals of X's Fortran library."""
    library, version = _fortran_library(compiler).split("@")
    reason = Reason(f"{name} is compiled by {compiler.spec.name} for Fortran", None, "compiler")
    for virtual in (Spec("fortran-rt"), Spec(library, versions=parse_version_set(version))):
        if encoding.world.packages.is_virtual(virtual.name or ""):
            depend_on_virtual(encoding, name, virtual, deptypes.LINK, active, reason)


def _runtime_itself(encoding: Encoding, compiler: Compiler) -> None:
    """``version(runtime, x) :- edge(runtime, X@x, build)``."""
    runtime = RUNTIMES.get(compiler.spec.name)
    if runtime is None or (runtime, compiler.spec.name) not in encoding.uses:
        return
    program = encoding.program
    used = program.all_of((encoding.edge(runtime, compiler.spec.name), _is(encoding, compiler)))
    version = Spec(runtime, versions=parse_version_set(f"={compiler.spec.version}"))
    reason = Reason(f"{runtime} has the version of the compiler it comes from", None, "compiler")
    encoding.impose(used, runtime, version, reason)


def _inject_libc(encoding: Encoding, parent: str, compiler: Compiler) -> None:
    """``edge(P, libc, link) :- edge(P, X, build)``, and it is the libc that X links against."""
    libc = compiler.libc
    if libc is None or not encoding.world.packages.exists(libc.name):
        return
    program = encoding.program
    active = program.all_of(
        (
            encoding.built(parent),
            encoding.edge(parent, compiler.spec.name, deptypes.BUILD),
            _is(encoding, compiler),
        )
    )
    reason = Reason(f"{parent} links against the C library of {compiler.spec.name}", None)
    depend_on_virtual(encoding, parent, Spec("libc"), deptypes.LINK, active, reason)
    program.require((active,), encoding.label(parent, "libc", libc.name), reason)
    exact = Spec(libc.name, versions=parse_version_set(f"={libc.version}"))
    encoding.impose(active, libc.name, exact, reason)
