"""The additions of usable compilers to a graph: wrapper, runtime libraries, libc.

For a built node P and a usable compiler X: a language edge to X brings ``compiler-wrapper`` and
X's runtime package; any build edge to X brings the C library that X links against.

::

    compiled(P, h) :- label(P, Language, X), row(X, h).
    use(P, wrapper, build) :- compiled(P, h).
    use(P, runtime, link) :- compiled(P, h).              % runtime@x: for a compiler X@x
    need(P, libc) :- built(P), edge(P, X, build), row(X, h).
    :- built(P), edge(P, X, build), row(X, h), not further(X), not label(P, libc, C).
    below(D, x) :- edge(P, D), below(P, x).    below(D, x) :- edge(P, D), built_by(P, X@x).
    :- below(D, x), built_by(D, X@y), y > x.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.language import deptypes
from spack.language.specs import Spec
from spack.language.versions import Version, parse_version_set
from spack.solve.asp.program import FALSE, Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sentences import (
    C_LIBRARY,
    COMPILED_BY,
    COMPILED_FOR_FORTRAN,
    NOT_NEWER,
    RUNTIME_VERSION,
    TARGET_UNSUPPORTED,
)
from spack.solve.problem.request import LANGUAGES, RUNTIMES, WRAPPER, Compiler, World
from spack.solve.rules.packages import depend_on_virtual


def injected_versions(world: World) -> dict[str, list[Version]]:
    """A runtime package has the versions of the usable compilers that bring it."""
    versions: dict[str, list[Version]] = {}
    for compiler in world.compilers:
        runtime = RUNTIMES.get(compiler.spec.name)
        if runtime is not None:
            versions.setdefault(runtime, []).append(compiler.spec.version)
    return versions


def encode_compilers(encoding: Encoding) -> None:
    """Inject wrapper, runtimes and libc below every expanded package that is compiled."""
    names = encoding.virtuals.compiled()
    used = [
        (compiler, key)
        for compiler in encoding.world.compilers
        for key in encoding.instances(compiler.spec.name)
    ]
    for name in names:
        for compiler, key in used:
            _inject_runtime(encoding, name, compiler, key)
    for compiler, key in used:
        _runtime_itself(encoding, compiler, key)
        for parent in sorted(encoding.edges.parents_of(key)):
            if not encoding.is_stub(parent):
                _inject_from_compiler(encoding, parent, compiler, key)
    for name in sorted({compiler.spec.name for compiler in encoding.world.compilers}):
        _never_newer_below(encoding, name)


def _is(encoding: Encoding, compiler: Compiler, key: str) -> int:
    """The node is this very compiler."""
    encoding.node(key)
    return encoding.nodes.is_spec(key, compiler.spec.dag_hash())


def _inject_runtime(encoding: Encoding, name: str, compiler: Compiler, key: str) -> None:
    """``edge(P, wrapper, build), edge(P, runtime@x:, link) :- label(P, language, X@x)``."""
    program = encoding.program
    chosen = _is(encoding, compiler, key)
    packages = encoding.world.packages
    spec = compiler.spec
    compiled: list[int] = []
    for language in LANGUAGES:
        if not encoding.virtuals.may_need(name, language):
            continue
        if key not in encoding.providers_for(name, language):
            continue
        active = program.all_of((encoding.label(name, language, key), chosen))
        compiled.append(active)
        if language == "fortran" and spec.name in RUNTIMES:
            _inject_fortran_libraries(encoding, name, compiler, active)
    any_language = program.any_of(compiled)
    certain = program.all_of((any_language, -encoding.further(key)))
    for target in encoding.world.host.targets:
        if target not in compiler.targets:
            program.forbid(
                (certain, encoding.target(name, target)),
                Reason(TARGET_UNSUPPORTED, (spec.name, spec.version, target)),
            )
    if packages.exists(WRAPPER):
        encoding.edges.use(name, WRAPPER, any_language, deptypes.BUILD)
    runtime = RUNTIMES.get(spec.name)
    if runtime is not None and packages.exists(runtime):
        encoding.edges.use(name, runtime, any_language, deptypes.LINK)
        at_least = Spec(runtime, versions=parse_version_set(f"{spec.version}:"))
        reason = Reason(COMPILED_BY, (name, spec.name, spec.version))
        encoding.impose(certain, runtime, at_least, reason)


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
    reason = Reason(COMPILED_FOR_FORTRAN, (name, compiler.spec.name))
    for virtual in (Spec("fortran-rt"), Spec(library, versions=parse_version_set(version))):
        if encoding.world.packages.is_virtual(virtual.name or ""):
            depend_on_virtual(encoding, name, virtual, deptypes.LINK, active, reason)


def _runtime_itself(encoding: Encoding, compiler: Compiler, key: str) -> None:
    """``version(runtime, x) :- edge(runtime, X@x, build)``; somebody else builds with X too."""
    runtime = RUNTIMES.get(compiler.spec.name)
    if runtime is None or (runtime, key) not in encoding.edges:
        return
    program = encoding.program
    edge = encoding.edge(runtime, key)
    used = program.all_of((edge, _is(encoding, compiler, key), -encoding.further(key)))
    version = Spec(runtime, versions=parse_version_set(f"={compiler.spec.version}"))
    reason = Reason(RUNTIME_VERSION, (runtime,))
    encoding.impose(used, runtime, version, reason)
    if compiler.spec.name in encoding.reach.split:
        others = [
            encoding.edge(parent, key, deptypes.BUILD)
            for parent in encoding.edges.parents_of(key)
            if parent not in encoding.nodes.runtimes
        ]
        program.require((edge,), program.any_of(others), reason)


def _inject_from_compiler(encoding: Encoding, parent: str, compiler: Compiler, key: str) -> None:
    """``edge(P, libc, link) :- edge(P, X, build)``, and it is the libc that X links against.

    The flags of the compiler's entry come along.
    """
    libc = compiler.libc
    program = encoding.program
    active = program.all_of(
        (
            encoding.built(parent),
            encoding.edge(parent, key, deptypes.BUILD),
            _is(encoding, compiler, key),
        )
    )
    encoding.flags.put(active, parent, compiler_flags(compiler), "compiler")
    if libc is None or not encoding.world.packages.exists(libc.name):
        return
    reason = Reason(C_LIBRARY, (parent, compiler.spec.name))
    depend_on_virtual(encoding, parent, Spec("libc"), deptypes.LINK, active, reason)
    certain = program.all_of((active, -encoding.further(key)))
    program.require((certain,), encoding.label(parent, "libc", libc.name), reason)
    exact = Spec(libc.name, versions=parse_version_set(f"={libc.version}"))
    encoding.impose(certain, libc.name, exact, reason)


def compiler_flags(compiler: Compiler) -> dict[str, tuple[str, ...]]:
    """Flags that the entry of an external compiler puts on what it compiles."""
    external = compiler.spec.external
    written = {} if external is None else external.extra_attributes.get("flags", {})
    return {kind: tuple(str(text).split()) for kind, text in written.items() if text}


def _never_newer_below(encoding: Encoding, name: str) -> None:
    """Forbid a newer X to build anything below a node built by X@x.

    ``below(D, x) :- edge(P, D), built_by(P, X@x)``, handed on along every edge;
    ``:- below(D, x), built_by(D, X@y)`` for y newer than x.
    """
    if name not in RUNTIMES or name not in encoding.reach.split:
        return
    program = encoding.program
    by_version: dict[Version, list[Compiler]] = {}
    for compiler in encoding.world.compilers:
        if compiler.spec.name == name:
            by_version.setdefault(compiler.spec.version, []).append(compiler)
    keys = encoding.instances(name)
    for version in by_version:
        below: dict[str, int] = {}
        newer = [c for v, found in by_version.items() if v > version for c in found]
        if not newer:
            continue
        for parent, child in encoding.edges.pairs():
            if child in encoding.nodes.runtimes or encoding.is_stub(child):
                continue
            reached = below.setdefault(child, program.atom())
            edge = encoding.edge(parent, child)
            program.rule(reached, (edge, below.setdefault(parent, program.atom())))
            program.rule(reached, (edge, _built_by(encoding, parent, keys, by_version[version])))
        for child, reached in below.items():
            program.forbid(
                (reached, _built_by(encoding, child, keys, newer)),
                Reason(NOT_NEWER, (child, name, version)),
            )


def _built_by(
    encoding: Encoding,
    parent: str,
    keys: Sequence[str],
    compilers: Sequence[Compiler],
) -> int:
    program = encoding.program
    if parent in encoding.nodes.runtimes:
        return FALSE
    return program.any_of(
        program.all_of(
            (
                encoding.built(parent),
                encoding.edge(parent, key, deptypes.BUILD),
                _is(encoding, compiler, key),
            )
        )
        for key in keys
        if (parent, key) in encoding.edges
        for compiler in compilers
    )
