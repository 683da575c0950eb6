"""Rules of concrete candidates: what choosing one brings along, and what it costs later builds.

A candidate fixes its link, run and test children, which must be candidates themselves. Its build
dependencies, its C library and its compiler run-time library are not part of the problem: it keeps
its own, and only asks that the run-time library of the answer is not older.

::

    use(P, D, T) :- row(P, h).                            % h records d as its D
    :- row(P, h), pick(P, D), not further(D), not row(D, d).
    :- row(P, h), row(libc, c).                           % c cannot stand for the recorded one
    :- row(P, h), node(runtime), meant(runtime), not version_in(runtime, recorded:).
    :~ row(P, h), built(Q), not used_now(c). [1@reused compilers]     % h was compiled by c
    :~ row(P, h). [position(h)@ties]                      % among rows that cost the same
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import BEYOND_BUILD
from spack.language.specs import Spec
from spack.language.versions import parse_version_set
from spack.solve.asp import criteria
from spack.solve.asp.program import Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.nodes import Row
from spack.solve.encoding.sentences import NEEDS_AT_LEAST, OWN_DEPENDENCY
from spack.solve.problem.request import LANGUAGES
from spack.solve.problem.reuse import stands_for
from spack.solve.rules.splices import encode_splices


def encode_candidates(encoding: Encoding) -> None:
    """Rules for the concrete candidates of every package in the problem.

    Those of a stub bring nothing along: an optimum with one relies on the stub. In a large store
    one package leads to the next, and most of it would be encoded.
    """
    done: set[str] = set()
    while True:
        pending = [name for name in encoding.nodes if name not in done]
        if not pending:
            break
        for name in pending:
            done.add(name)
            if encoding.is_stub(name):
                continue
            for row in encoding.rows(name):
                _children(encoding, name, row)
            _order_equals(encoding, encoding.rows(name))
    _charge_forgotten_compilers(encoding)


def _children(encoding: Encoding, name: str, row: Row) -> None:
    """``edge(P, D) :- row(P, h)``, and D is the candidate that h records.

    Of a usable compiler only what it runs counts: what it is linked with binds nobody.
    """
    program = encoding.program
    digest = row.spec.dag_hash()
    compiles = any(compiler.spec.dag_hash() == digest for compiler in encoding.world.compilers)
    for edge in row.spec.dependencies:
        mask = edge.deptypes & BEYOND_BUILD
        child = edge.spec
        if not mask:
            continue
        if "libc" in edge.virtuals:
            _fits_libc(encoding, row, child)
            continue
        if child.name in encoding.nodes.runtimes:
            _not_older(encoding, row, child)
            continue
        if compiles and not mask & deptypes.RUN:
            continue
        taken = row.literal
        if encoding.world.splicing:
            taken = encode_splices(encoding, name, row, edge)
        encoding.edges.use(name, child.name, taken, mask)
        reason = Reason(OWN_DEPENDENCY, (row.spec, child.name))
        for key in encoding.edges.choices(name, child.name):
            chosen = program.all_of((taken, encoding.pick(name, key)))
            recorded = encoding.nodes.is_spec(key, child.dag_hash())
            program.require((chosen, -encoding.further(key)), recorded, reason)
            for virtual in edge.virtuals:
                program.rule(encoding.label(name, virtual, key), (chosen,))
                program.rule(encoding.provider(virtual, key), (chosen,))


def _order_equals(encoding: Encoding, rows: Sequence[Row]) -> None:
    """Externals come first, as configured; then what a solve would build anew.

    That has no flags, and the preferred compiler in its newest version.
    """
    if len(rows) < 2:
        return
    alike: dict[object, list[Row]] = {}
    for row in rows:
        spec = row.spec
        values = tuple(sorted(spec.variants.items()))
        alike.setdefault((spec.version, spec.os, spec.target, values), []).append(row)
    for equals in alike.values():
        if len(equals) > 1:
            builders = {row: _builders(row.spec) for row in equals if row.spec.external is None}
            equals.sort(key=lambda row: row.spec.dag_hash() if row in builders else "")
            equals.sort(key=lambda row: [c.version for _, c in builders.get(row, ())], reverse=True)
            equals.sort(key=lambda row: _rank(encoding, row, builders.get(row)))
        for position, row in enumerate(equals):
            encoding.program.minimize(criteria.TIES, position, row.literal)


def _builders(spec: ConcreteSpec) -> list[tuple[str, ConcreteSpec]]:
    """The languages of a reused spec and the compilers that its record names for them."""
    edges = spec.edges(deptypes.BUILD)
    return [(lang, edge.spec) for lang in LANGUAGES for edge in edges if lang in edge.virtuals]


def _rank(
    encoding: Encoding, row: Row, builders: Sequence[tuple[str, ConcreteSpec]] | None
) -> tuple[int, ...]:
    if builders is None:
        return ()
    weights = [encoding.candidates.provider_weight(lang, c.name) for lang, c in builders]
    return (sum(len(words) for words in row.spec.flags.values()), *weights)


def _fits_libc(encoding: Encoding, row: Row, recorded: ConcreteSpec) -> None:
    """The C library of the answer, if there is one, can stand for the recorded one."""
    for name in encoding.world.packages.providers("libc"):
        for other in encoding.rows(name):
            if not stands_for(other.spec, recorded):
                reason = Reason(NEEDS_AT_LEAST, (row.spec, recorded.name, recorded.version))
                encoding.program.forbid((row.literal, other.literal), reason)


def _not_older(encoding: Encoding, row: Row, runtime: ConcreteSpec) -> None:
    """The run-time library of the answer, if there is one, is at least the recorded one."""
    if runtime.name not in encoding.nodes or runtime.external is not None:
        return
    at_least = Spec(runtime.name, versions=parse_version_set(f"{runtime.version}:"))
    both = encoding.program.all_of((row.literal, encoding.node(runtime.name)))
    reason = Reason(NEEDS_AT_LEAST, (row.spec, runtime.name, runtime.version))
    encoding.impose(both, runtime.name, at_least, reason)


def _charge_forgotten_compilers(encoding: Encoding) -> None:
    """A compiler that only reused nodes were built with costs, so that builds follow them."""
    program = encoding.program
    users: dict[str, list[int]] = {}
    specs: dict[str, ConcreteSpec] = {}
    for _, row in encoding.nodes.all_rows():
        for edge in row.spec.dependencies:
            if edge.deptypes & deptypes.BUILD and set(edge.virtuals) & set(LANGUAGES):
                digest = edge.spec.dag_hash()
                users.setdefault(digest, []).append(row.literal)
                specs[digest] = edge.spec
    if not users:
        return
    builds = program.any_of(
        encoding.built(name) for name in encoding.nodes if name not in encoding.nodes.runtimes
    )
    for digest, literals in users.items():
        name = specs[digest].name
        used_now: list[int] = []
        for key in encoding.instances(name):
            if key not in encoding.nodes:
                continue
            same = [r.literal for r in encoding.rows(key) if r.spec.dag_hash() == digest]
            builders = program.any_of(
                program.all_of((encoding.built(parent), encoding.edge(parent, key)))
                for parent in encoding.edges.parents_of(key)
            )
            used_now += [program.all_of((literal, builders)) for literal in same]
            used_now.append(encoding.further(key))
        forgotten = program.all_of((program.any_of(literals), builds, -program.any_of(used_now)))
        program.minimize(criteria.REUSED_COMPILERS, 1, forgotten)
