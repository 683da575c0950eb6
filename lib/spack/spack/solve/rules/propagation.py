"""Settings that a request hands down to all nodes below: ``++x``, ``cflags==-O3``; compiler mixing.

::

    below(D) :- below(P), edge(P, D).
    :- below(D), built(D), not further(D), variant(D, x), not value(D, x, a).      % ++x
    set(D, x, a) :- below(D).
    flag(D, f) :- below(D), built(D), same_compilers(D, P).                        % cflags==f
    uses(L, h) :- member(root, P), built(P), label(P, L, X), not further(X), row(X, h).
    :- #count{h : uses(L, h)} > 1.                        % compilers may not be mixed
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.language import deptypes
from spack.language.specs import FlagConstraint, Spec, VariantConstraint
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sentences import NOT_MIXED
from spack.solve.encoding.sets import ROOT_SET
from spack.solve.problem.request import LANGUAGES


def encode_propagation(encoding: Encoding) -> None:
    """Hand down what the request propagates, once all edges are known."""
    for because, key, spec, reason in encoding.propagated:
        for constraint in spec.variants.values():
            if constraint.propagate:
                _variant(encoding, because, key, constraint, reason)
        for kind, constraints in spec.flags.items():
            words = tuple(c for c in constraints if c.propagate)
            if words:
                _flags(encoding, because, key, kind, words)


def _below(encoding: Encoding, start: str, because: int, mask: int) -> dict[str, int]:
    """The nodes below a node; all below one that is not encoded may be below the start too."""
    program = encoding.program
    below = encoding.edges.below(start, because, mask, encoding.edges.children(mask))
    hidden = program.any_of(r for key, r in below.items() if encoding.is_stub(key))
    for key in encoding.nodes.encoded():
        if key not in below:
            below[key] = program.atom()
    heads = [atom for key, atom in below.items() if key != start and not encoding.is_stub(key)]
    program.choice(heads, (hidden,))
    return below


def _variant(
    encoding: Encoding, because: int, start: str, constraint: VariantConstraint, reason: Reason
) -> None:
    """``value(D, x, a) :- below(D), variant(D, x)`` where D knows the value; it costs nothing.

    Of a variant with several values the handed-down ones replace the defaults.
    """
    program = encoding.program
    variant = constraint.name
    for key, reached in _below(encoding, start, because, deptypes.ALL).items():
        if encoding.is_stub(key) or key == start:
            continue
        able = [
            definition
            for definition in encoding.candidates.definitions(package_of(key), variant)
            if all(definition.allows(value) for value in constraint.values)
        ]
        if not able:
            continue
        certain = program.all_of((reached, encoding.built(key), -encoding.further(key)))
        has = program.any_of(encoding.holds(key, definition.when) for definition in able)
        for value in constraint.values:
            program.require((certain, has), encoding.value(key, variant, value), reason)
            program.rule(encoding.set_value(key, variant, value), (reached,))
        if any(definition.multi for definition in able):
            for other in encoding.candidates.values(package_of(key), variant):
                if other not in constraint.values:
                    unasked = -encoding.set_value(key, variant, other)
                    program.forbid((certain, has, encoding.value(key, variant, other), unasked))


def _flags(
    encoding: Encoding, because: int, start: str, kind: str, words: Sequence[FlagConstraint]
) -> None:
    """``flag(D) :- below(D), same_compilers(D, P)`` along link and run edges.

    D has no flags of that type from the request, is not a runtime package, and takes each language
    that the source uses from the very same compiler.
    """
    program = encoding.program
    asked = _packages_with_flags(encoding, kind)
    flags = {kind: tuple(word.flag for word in words)}
    for key, reached in _below(encoding, start, because, deptypes.LINK | deptypes.RUN).items():
        if key == start or encoding.is_stub(key):
            continue
        if key in encoding.nodes.runtimes or package_of(key) in asked:
            continue
        same: list[int] = []
        for language in LANGUAGES:
            for compiler in encoding.providers_for(start, language):
                if not encoding.virtuals.may_need(start, language):
                    continue
                theirs = FALSE
                if encoding.virtuals.may_need(key, language):
                    theirs = encoding.label(key, language, compiler)
                ours = encoding.label(start, language, compiler)
                same.append(program.any_of((-ours, theirs)))
        encoding.flags.put(program.all_of((reached, *same)), key, flags, "propagation", start)


def _packages_with_flags(encoding: Encoding, kind: str) -> set[str]:
    specs: list[Spec] = []
    for root in encoding.request.roots:
        specs += [root.spec, *(edge.spec for edge in root.spec.dependencies)]
    return {spec.name or "" for spec in specs if spec.flags.get(kind)}


def encode_mixing(encoding: Encoding) -> None:
    """Unless compilers may be mixed, the root set has one compiler of each language.

    ``uses(L, h) :- root(P), label(P, L, X), hash(X, h)`` or P is a reused spec that records h;
    ``:- #count{h : uses(L, h)} > 1.``
    """
    mixing = encoding.world.compiler_mixing
    if mixing is True:
        return
    exempt = () if mixing is False else mixing
    program = encoding.program
    keys = [key for key in encoding.nodes.encoded() if package_of(key) not in exempt]
    for language in LANGUAGES:
        users: dict[str, list[int]] = {}
        for key in keys:
            member = encoding.member(ROOT_SET, key)
            if encoding.virtuals.may_need(key, language):
                for compiler in encoding.providers_for(key, language):
                    certain = -encoding.further(compiler)
                    for row in encoding.rows(compiler):
                        used = (encoding.label(key, language, compiler), row.literal)
                        literal = program.all_of((member, encoding.built(key), *used, certain))
                        users.setdefault(row.spec.dag_hash(), []).append(literal)
            for row in encoding.rows(key):
                for edge in row.spec.dependencies:
                    if language in edge.virtuals:
                        literal = program.all_of((member, row.literal))
                        users.setdefault(edge.spec.dag_hash(), []).append(literal)
        reason = Reason(NOT_MIXED, (language,))
        program.at_most(1, [program.any_of(literals) for literals in users.values()], reason)
