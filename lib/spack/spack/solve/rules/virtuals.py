"""Rules about virtuals: who provides one, what that excludes, what it costs.

::

    1 {provider(V, D) : able(V, D)} 1 :- need(P, V).      % one provider in an answer
    label(P, V, D) :- need(P, V), provider(V, D).
    1 {label(P, L, D) : able(L, D)} 1 :- need(P, L).      % a language: one for each parent
    provider(L, D) :- label(P, L, D).
    :- need(P, L), use(P, D, build), provider(L, D), not label(P, L, D), not further(D).
    :- label(P, L, D), not compiles(D, L), not further(D).
    :- provider(V, D), not further(D), not holds(D, When1), ..., not holds(D, Whenn).
    :- label(P, V, D), need(P, W), not label(P, W, D).    % D provides V and W together
    :- label(P, c, X), label(P, cxx, Y), X != Y.
    :~ provider(V, D). [position(D)@ties]                 % outside the list, by name
    {version(V, D, X)} 1 :- asked(V, D).                  % where a condition tests a range
    used(R, V) :- label(P, V, D), member(root, P).        % asked for by R ^V
    version_in(V, D, R) :- version(V, D, X), X in R.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from spack.language import deptypes
from spack.language.versions import Version, VersionSet
from spack.solve.asp import criteria
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sentences import (
    C_AND_CXX,
    COMPILES_INSTALLED,
    MOST_COMPILERS,
    MOST_PROVIDERS,
    NOT_PROVIDED,
    ONE_COMPILER_FOR,
    ONE_PROVIDER,
    ONE_PROVIDER_FOR,
    ONE_PROVIDER_TOGETHER,
    PROVIDES_TOGETHER,
    TWO_VERSIONS,
)
from spack.solve.encoding.sets import ROOT_SET
from spack.solve.problem.candidates import UNLISTED_PROVIDER
from spack.solve.problem.request import LANGUAGES


def encode_virtuals(encoding: Encoding) -> None:
    """Rules for every virtual that some expanded package or the request uses."""
    for virtual, literals in encoding.virtuals.in_use().items():
        parents = encoding.virtuals.parents(virtual)
        if virtual in LANGUAGES:
            _language(encoding, virtual, parents)
            program = encoding.program
            requested = encoding.virtuals.requested(virtual)
            names = encoding.providers_of(virtual)
            program.choice([encoding.provider(virtual, name) for name in names], (requested,))
        elif encoding.candidates.duplicates.providers(virtual) > 1:
            _own_provider(encoding, virtual, parents)
        else:
            _shared_provider(encoding, virtual, literals, parents)
        _used_below(encoding, virtual)
        _order_unlisted(encoding, virtual)
        _provider_conditions(encoding, virtual)
        _one_version(encoding, virtual)
    _joint_provision(encoding)
    _one_compiler_per_node(encoding)


def _used_below(encoding: Encoding, virtual: str) -> None:
    """``used(R, V) :- label(P, V, D), member(root, P)``: P is R, or links or runs D as V.

    By directives alone: of a node whose recipe does not name V any more every edge counts.
    """
    for root, used in encoding.virtuals.asked_below(virtual):
        for parent, label in encoding.virtuals.labels_of(virtual):
            record = encoding.candidates.record(package_of(parent))
            types = [d.deptypes for d in record.dependencies if d.spec.name == virtual]
            if parent == root or not types or any(t & deptypes.BEYOND_BUILD for t in types):
                encoding.program.rule(used, (label, encoding.member(ROOT_SET, parent)))


def _shared_provider(
    encoding: Encoding, virtual: str, used: list[int], parents: Sequence[str]
) -> None:
    """``1 {provider(V, D)} 1 :- used(V)`` and ``label(P, V, D) :- vdep(P, V), provider(V, D)``."""
    program = encoding.program
    needed = program.any_of(used)
    names = encoding.providers_of(virtual)
    atoms = [encoding.provider(virtual, name) for name in names]
    program.choice(atoms, (needed,))
    reason = Reason(ONE_PROVIDER, (virtual,))
    program.exactly_one(atoms, needed, reason)
    for parent in parents:
        wanted = encoding.virtuals.needed(parent, virtual)
        for name, atom in zip(names, atoms):
            if name != parent:
                program.rule(encoding.label(parent, virtual, name), (wanted, atom))
                continue
            others = [k for k in encoding.providers_for(parent, virtual) if k not in names]
            for other in others:
                program.rule(encoding.label(parent, virtual, other), (wanted, atom))
            if not others:
                program.forbid((wanted, atom))
    for name, atom in zip(names, atoms):
        _charge_provider(encoding, virtual, name, atom)


def _own_provider(encoding: Encoding, virtual: str, parents: Sequence[str]) -> None:
    """As a language, where several providers may stand side by side: each parent chooses one.

    ``:- #count{D : member(S, D), provider(V, D)} > 1`` for each unification set S, and a parent has
    no edge to a provider that is not its own.
    """
    program = encoding.program
    names = encoding.providers_of(virtual)
    for parent in parents:
        wanted = encoding.virtuals.needed(parent, virtual)
        able = encoding.providers_for(parent, virtual)
        labels = [encoding.label(parent, virtual, name) for name in able]
        reason = Reason(ONE_PROVIDER_FOR, (parent, virtual))
        program.choice(labels, (wanted,))
        program.exactly_one(labels, wanted, reason)
        for name, label in zip(able, labels):
            atom = encoding.provider(virtual, name)
            program.rule(atom, (label,))
            edge = encoding.edge(parent, name)
            program.forbid((wanted, edge, atom, -label, -encoding.further(name)), reason)
    limit = encoding.candidates.duplicates.providers(virtual)
    atoms = [encoding.provider(virtual, name) for name in names]
    reason = Reason(
        MOST_PROVIDERS, (limit, virtual), encoding.candidates.duplicates.origin(virtual)
    )
    program.at_most(limit, atoms, reason)
    for position, first in enumerate(atoms):
        for second in atoms[position + 1 :]:
            program.minimize(criteria.DUPLICATES, 1, program.all_of((first, second)))
    together = Reason(
        ONE_PROVIDER_TOGETHER, (virtual,), encoding.candidates.duplicates.origin(virtual)
    )
    for set_name in encoding.sets.names():
        members = [
            program.all_of((encoding.member(set_name, name), atom, -encoding.further(name)))
            for name, atom in zip(names, atoms)
        ]
        program.at_most(1, members, together)
    for name, atom in zip(names, atoms):
        _charge_provider(encoding, virtual, name, atom)


def _charge_provider(encoding: Encoding, virtual: str, name: str, atom: int) -> None:
    """A provider costs its place in the configured list, more so when it must be built."""
    weight = encoding.candidates.provider_weight(virtual, package_of(name))
    if not weight:
        return
    program = encoding.program
    as_root, otherwise = criteria.ROOT_PROVIDERS, criteria.PROVIDERS
    if virtual == "fortran-rt":
        as_root = otherwise = criteria.RUNTIME_PROVIDERS
    shift, further = encoding.shift(name), encoding.further(name)
    built = program.all_of((atom, encoding.built(name), -further))
    encoding.roots.minimize(name, as_root + shift, otherwise + shift, weight, built)
    for row in encoding.rows(name):
        chosen = program.all_of((atom, row.literal, -further))
        encoding.roots.minimize(name, as_root, otherwise, weight, chosen)
    # A further node is no root, and may be concrete if there are candidates.
    least = otherwise if encoding.rows(name) else otherwise + shift
    program.minimize(least, weight, program.all_of((atom, further)))


def _order_unlisted(encoding: Encoding, virtual: str) -> None:
    """Providers outside the configured list all cost the same: names decide between them."""
    unlisted = [
        key
        for key in sorted(encoding.providers_of(virtual))
        if encoding.candidates.provider_weight(virtual, package_of(key)) == UNLISTED_PROVIDER
    ]
    for position, key in enumerate(unlisted):
        encoding.program.minimize(criteria.TIES, position, encoding.provider(virtual, key))


def _language(encoding: Encoding, virtual: str, parents: Sequence[str]) -> None:
    """Each compiled node chooses a compiler; a second compiler of a language costs a duplicate."""
    program = encoding.program
    names = encoding.providers_of(virtual)
    compilers = encoding.world.compilers_for(virtual)
    others = tuple(c for c in encoding.world.compilers if virtual not in c.languages)
    for parent in parents:
        wanted = encoding.virtuals.needed(parent, virtual)
        able = encoding.providers_for(parent, virtual)
        labels = [encoding.label(parent, virtual, name) for name in able]
        program.choice(labels, (wanted,))
        place = compilers[0].origin if len(compilers) == 1 else None
        reason = Reason(ONE_COMPILER_FOR, (parent, virtual, compilers), place)
        program.exactly_one(labels, wanted, reason)
        for name, label in zip(able, labels):
            program.rule(encoding.provider(virtual, name), (label,))
            program.require(
                (label, -encoding.further(name)),
                encoding.virtuals.compiler_of(name, virtual),
                Reason(COMPILES_INSTALLED, (package_of(name), virtual, compilers, others)),
            )
            if len(able) > 1:
                _compiles_all(encoding, parent, virtual, name)
    limit = encoding.candidates.duplicates.providers(virtual)
    atoms = [encoding.provider(virtual, name) for name in names]
    place = encoding.candidates.duplicates.origin(virtual)
    program.at_most(limit, atoms, Reason(MOST_COMPILERS, (limit, virtual), place))
    for position, first in enumerate(atoms):
        for second in atoms[position + 1 :]:
            program.minimize(criteria.DUPLICATES, 1, program.all_of((first, second)))
    for name, atom in zip(names, atoms):
        weight = encoding.candidates.provider_weight(virtual, package_of(name))
        program.minimize(criteria.COMPILERS, weight, atom)
        if weight and limit > 1 and name not in encoding.roots.keys:
            for parent in encoding.edges.parents_of(name):
                both = program.all_of((atom, encoding.edge(parent, name)))
                program.minimize(criteria.EDGE_PROVIDERS, weight, both)


def _compiles_all(encoding: Encoding, parent: str, language: str, key: str) -> None:
    """A node that compiles a language for anybody does so for whoever builds with it.

    Another node of the same compiler may serve those who use it for something else.
    """
    program = encoding.program
    wanted = encoding.virtuals.needed(parent, language)
    free = (-encoding.label(parent, language, key), -encoding.further(key))
    for use in encoding.edges.uses(parent, key):
        if not use.mask & deptypes.BUILD or {use.virtual, language} <= {"c", "cxx"}:
            continue
        body = (wanted, use.literal, encoding.provider(language, key), *free)
        program.forbid(body, Reason(ONE_COMPILER_FOR, (parent, language, ())))


def _provider_conditions(encoding: Encoding, virtual: str) -> None:
    """``:- provider(V, D)`` unless a ``provides`` of D holds; all that hold agree on a version."""
    program = encoding.program
    for name in encoding.providers_of(virtual):
        if encoding.is_stub(name):
            continue
        directives = encoding.candidates.provides(package_of(name), virtual)
        atom = program.all_of((encoding.provider(virtual, name), -encoding.further(name)))
        can = program.any_of(encoding.holds(name, when) for when, _ in directives)
        origin = encoding.candidates.record(package_of(name)).origin
        reason = Reason(NOT_PROVIDED, (name, virtual), origin)
        program.require((atom,), can, reason)
        for position, (when, provided) in enumerate(directives):
            for other_when, other in directives[position + 1 :]:
                if not provided.versions.intersects(other.versions):
                    program.forbid(
                        (atom, encoding.holds(name, when), encoding.holds(name, other_when)),
                        reason,
                    )


def _one_version(encoding: Encoding, virtual: str) -> None:
    """Demand that all requests to one provider have some version of the virtual in common."""
    program = encoding.program
    for name in encoding.providers_of(virtual):
        demands = encoding.virtuals.demands(virtual, name)
        for position, (versions, literals) in enumerate(demands):
            for others, other_literals in demands[position + 1 :]:
                if versions.intersects(others):
                    continue
                program.forbid(
                    (program.any_of(literals), program.any_of(other_literals)),
                    Reason(TWO_VERSIONS, (name, virtual, versions, others)),
                )


def encode_tests_of_virtuals(encoding: Encoding) -> None:
    """``{version(V, D, X)} 1 :- asked(V, D)``; a test of a range holds if the version is in it.

    A provider gives a version of the virtual only if one is asked of it, or one of its directives
    says one: some end of these ranges that is in all of them. A stub gives whatever suits.
    """
    program = encoding.program
    for virtual, name, tests in encoding.virtuals.tests():
        if encoding.is_stub(name):
            program.choice(tuple(tests.values()), (encoding.node(name),))
            continue
        provides = encoding.provider(virtual, name)
        asked = [
            (versions, program.any_of(literals))
            for versions, literals in encoding.virtuals.demands(virtual, name)
        ]
        asked += [
            (provided.versions, program.all_of((provides, encoding.holds(name, when))))
            for when, provided in encoding.candidates.provides(package_of(name), virtual)
            if not provided.versions.is_any
        ]
        ends = {end: program.atom() for ranges in (tests, dict(asked)) for end in _ends(ranges)}
        program.choice(tuple(ends.values()), (program.any_of(literal for _, literal in asked),))
        program.at_most(1, list(ends.values()), None)
        for versions, literal in asked:
            fitting = [atom for end, atom in ends.items() if versions.contains(end)]
            program.require((literal, -encoding.further(name)), program.any_of(fitting))
        for versions, test in tests.items():
            for end, atom in ends.items():
                if versions.contains(end):
                    program.rule(test, (atom,))


def _ends(ranges: Iterable[VersionSet]) -> Iterator[Version]:
    """Both ends of each piece of each range, as far as it has them."""
    for versions in ranges:
        for piece in versions.pieces:
            if isinstance(piece, Version):
                yield piece
            else:
                yield from (end for end in (piece.low, piece.high) if end is not None)


def _joint_provision(encoding: Encoding) -> None:
    """Virtuals that one directive provides together are taken together by a parent of both."""
    wanted: dict[str, set[str]] = {}
    for parent, virtual in encoding.virtuals.needs():
        wanted.setdefault(parent, set()).add(virtual)
    for name in sorted({child for _, child in encoding.edges.pairs()}):
        if encoding.is_stub(name):
            continue
        for provided in encoding.candidates.record(package_of(name)).provides:
            together = {spec.name or "" for spec in provided.specs}
            if len(together) < 2:
                continue
            holds = encoding.program.all_of(
                (encoding.holds(name, provided.when), -encoding.further(name))
            )
            for parent, virtuals in wanted.items():
                both = sorted(together & virtuals)
                for first, second in zip(both, both[1:]):
                    _same(encoding, (holds, parent, name), first, second)


def _same(encoding: Encoding, where: tuple[int, str, str], first: str, second: str) -> None:
    holds, parent, name = where
    reason = Reason(PROVIDES_TOGETHER, (name, first, second))
    for one, other in ((first, second), (second, first)):
        used = encoding.virtuals.needed(parent, other)
        encoding.program.forbid(
            (holds, encoding.label(parent, one, name), used, -encoding.label(parent, other, name)),
            reason,
        )


def _one_compiler_per_node(encoding: Encoding) -> None:
    """C and C++ of a node come from one compiler; another one for Fortran is charged."""
    program = encoding.program
    for parent in encoding.virtuals.compiled():
        c, cxx, fortran = (
            {key: encoding.label(parent, lang, key) for key in encoding.providers_for(parent, lang)}
            for lang in LANGUAGES
        )
        for first, first_label in c.items():
            for second, second_label in cxx.items():
                if first != second:
                    program.forbid(
                        (first_label, second_label),
                        Reason(C_AND_CXX, (parent,)),
                    )
        others = [*c.values(), *cxx.values()]
        for name, label in fortran.items():
            mixed = program.all_of(
                (
                    label,
                    program.any_of(others),
                    -program.any_of([c[name]] if name in c else []),
                    -program.any_of([cxx[name]] if name in cxx else []),
                )
            )
            program.minimize(criteria.COMPILERS_PER_NODE + encoding.shift(parent), 1, mixed)
