"""Rules of automatic splices: a reused node may take another package than it was built with.

``can_splice(T, when=W, match_variants=M)`` of a package S: where W holds on S, and it has the
values of M that a recorded dependency has, S may stand for that dependency if it satisfies T.

::

    1 {recorded(P, D); splice(P, D, S) : able(S, D)} 1 :- row(P, h).
    use(P, S, T) :- splice(P, D, S).
    :- splice(P, D, S), not holds(S, W).
    :- splice(P, D, S), not value(S, x, a).               % D has x=a, and x is in M
    :~ splice(P, D, S). [1@ties]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec
from spack.language.deptypes import BEYOND_BUILD
from spack.language.matching import satisfies
from spack.recipes.records.package_records import SpliceRecord
from spack.solve.asp import criteria
from spack.solve.encoding.edges import SplicedEdge
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.nodes import Row


def encode_splices(encoding: Encoding, name: str, row: Row, edge: ConcreteEdge) -> int:
    """``1 {recorded; splice(S)} 1 :- row(P, h)``; the literal of the recorded dependency.

    ``edge(P, S) :- splice(S)``, with the labels of the recorded edge.
    """
    program = encoding.program
    mask = edge.deptypes & BEYOND_BUILD
    options: list[int] = []
    for other, record in _replacements(encoding, edge.spec):
        for key in encoding.edges.choices(name, other):
            atom = program.atom()
            options.append(atom)
            for literal in _conditions(encoding, key, edge.spec, record):
                program.require((atom,), literal)
            encoding.edges.use_node(name, key, atom, mask)
            encoding.edges.splices.append(SplicedEdge(atom, name, edge.spec.dag_hash(), key))
            for virtual in edge.virtuals:
                program.rule(encoding.label(name, virtual, key), (atom,))
                program.rule(encoding.provider(virtual, key), (atom,))
    if not options:
        return row.literal
    recorded = program.atom()
    program.choice([recorded, *options], (row.literal,))
    program.exactly_one([recorded, *options], row.literal)
    program.prefer(recorded, True)
    for option in options:
        program.minimize(criteria.TIES, 1, option)
    return recorded


def _conditions(
    encoding: Encoding, key: str, recorded: ConcreteSpec, record: SpliceRecord
) -> Iterator[int]:
    """The conditions on the node that replaces a recorded one."""
    from_package = key.partition("#")[0]
    yield encoding.holds(key, record.when)
    names: Sequence[str] = record.match_variants or ()
    if tuple(names) == ("*",):
        names = list(encoding.candidates.variant_names(from_package))
    for variant in names:
        definitions = encoding.candidates.definitions(from_package, variant)
        value = recorded.variants.get(variant)
        if any(definition.multi for definition in definitions) or isinstance(value, tuple):
            continue
        if value is None:
            yield -encoding.attributes.has_variant(key, variant)
        else:
            yield encoding.value(key, variant, value)


def _replacements(encoding: Encoding, recorded: ConcreteSpec) -> Iterator[tuple[str, SpliceRecord]]:
    """Packages with a directive that allows them to stand for a recorded dependency.

    Looked for among other nodes of the same package, what provides the same virtuals, and whatever
    is in the problem or can be reused.
    """
    packages = encoding.world.packages
    names = {recorded.name, *encoding.reach.expanded, *encoding.world.concrete}
    if packages.exists(recorded.name):
        for provided in packages.record(recorded.name).provides:
            for spec in provided.specs:
                names.update(packages.providers(spec.name or ""))
    for name in sorted(names):
        if not packages.exists(name):
            continue
        for record in packages.record(name).splices:
            if record.target.name == recorded.name and satisfies(recorded, record.target):
                yield name, record
