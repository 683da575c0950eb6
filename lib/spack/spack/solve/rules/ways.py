"""Sketches: rules for what lies on some way to what the request names, and for nothing else.

An optimum may rely on packages that are not encoded to have ``^x`` somewhere below them. Following
one of them after the other takes as many rounds as there are ways, and to encode all packages on
some way is much too much: a quarter of a million rules for ``petsc+mpi ^hdf5~mpi``. So they are
sketched. A sketch has versions and values with their costs, and the dependencies that may lead to
x. Its other dependencies, its conflicts and requirements are left out, and what a condition says of
dependencies is free. It forbids less than the whole package and costs no more.

::

    use(P, D, T) :- built(P), holds(P, When).             % D is, or may lead to, x
    {use(P, D, T)} :- built(P).                           % where P has many directives on D
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.language import deptypes
from spack.language.versions import VersionSet
from spack.recipes.records.package_records import DependencyRecord
from spack.solve.asp.instances import package_of
from spack.solve.encoding.encoding import Encoding
from spack.solve.problem.request import LANGUAGES
from spack.solve.rules.packages import encode_dependency

#: More directives than this on one dependency are sketched as one edge.
_MANY = 8


def encode_ways(encoding: Encoding) -> None:
    """Sketch what the rules so far mention, and what that mentions."""
    if not encoding.reach.drawn:
        return
    sketched = encoding.sets.sketched
    while True:
        pending = [
            key for key in encoding.nodes if key not in sketched and encoding.nodes.is_sketch(key)
        ]
        if not pending:
            return
        for key in pending:
            encoding.check_time()
            sketched.add(key)
            _sketch(encoding, key)


def _sketch(encoding: Encoding, key: str) -> None:
    """Dependencies of a node that lead on."""
    directives: dict[tuple[str, int], list[DependencyRecord]] = {}
    for dependency in encoding.candidates.record(package_of(key)).dependencies:
        if _leads_on(encoding, dependency):
            mask = dependency.deptypes
            if not encoding.request.tests.cover(package_of(key)):
                mask &= ~deptypes.TEST
            directives.setdefault((dependency.spec.name or "", mask), []).append(dependency)
    for (child, mask), found in directives.items():
        if encoding.world.packages.exists(child):
            if len(found) > _MANY:
                _loose_edge(encoding, key, child, mask, found)
                continue
        elif not _is_end(encoding, child) and encoding.candidates.duplicates.providers(child) == 1:
            _some_providers(encoding, key, child, mask, found)
            continue
        for dependency in found:
            encode_dependency(encoding, key, dependency)


def _loose_edge(
    encoding: Encoding, key: str, child: str, mask: int, directives: Sequence[DependencyRecord]
) -> None:
    """An edge that may be there; the values that it may demand are set.

    Such packages have a directive for each version and each graphics processor.
    """
    program = encoding.program
    edge = program.atom()
    program.choice((edge,), (encoding.built(key),))
    specs = dict.fromkeys(d.spec.replace(versions=VersionSet.ANY) for d in directives)
    encoding.edges.use(key, child, edge, mask)
    for other in encoding.edges.choices(key, child):
        chosen = program.all_of((edge, encoding.pick(key, other)))
        for spec in specs:
            encoding.mark_set(chosen, other, spec)


def _some_providers(
    encoding: Encoding, key: str, virtual: str, mask: int, directives: Sequence[DependencyRecord]
) -> None:
    """``label(P, V, D) :- active, provider(V, D)`` for the providers that lead on."""
    program = encoding.program
    active = program.any_of(
        program.all_of((encoding.built(key), encoding.holds(key, directive.when)))
        for directive in directives
    )
    encoding.virtuals.request(virtual, active)
    for provider in encoding.providers_for(key, virtual):
        if _leads(encoding, package_of(provider), mask):
            label = encoding.label(key, virtual, provider)
            program.rule(label, (active, encoding.provider(virtual, provider)))
            encoding.edges.use_node(key, provider, program.all_of((active, label)), mask, virtual)


def _is_end(encoding: Encoding, name: str) -> bool:
    return any(name == end for end, _ in encoding.reach.drawn)


def _leads_on(encoding: Encoding, dependency: DependencyRecord) -> bool:
    """Whether the directive may be a step on a way that is drawn.

    Only a concrete compiler compiles: nothing unknown is below it.
    """
    child = dependency.spec.name or ""
    if child in LANGUAGES:
        return False
    names = (child, *encoding.candidates.relations.standing_for(child))
    return any(_leads(encoding, name, dependency.deptypes) for name in names)


def _leads(encoding: Encoding, name: str, mask: int) -> bool:
    """Whether an edge of these types to a package may be a step on such a way."""
    return any(
        mask & (deptypes.BEYOND_BUILD if at_run_time else deptypes.ALL)
        and (name == end or name in packages)
        for (end, at_run_time), packages in encoding.reach.drawn.items()
    )
