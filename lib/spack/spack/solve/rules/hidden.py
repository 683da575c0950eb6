"""Values that nodes which are not encoded yet may set on encoded ones.

A dependency directive of a stub, or of what is below it, may demand a variant value. Such a value
is set: it costs nothing, and a sticky variant may take it. That freedom is given only where an
answer has a use for it: for values that it pays for, and for sticky variants where there is none.

::

    {set(P, x, a)} :- node(S).           % the stub S may lead to who sets it; it is freed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spack.language import deptypes
from spack.language.specs import Spec
from spack.named_tuples import NamedTuple
from spack.solve.asp.control import Answer, may_hold
from spack.solve.asp.instances import instance, package_of
from spack.solve.encoding.encoding import Encoding
from spack.solve.problem.candidates import Setting, Word

#: So many stubs are expanded at once.
_FEW = 3

_Sources = Mapping[str, Sequence[tuple[str, int]]]


def encode_hidden_settings(encoding: Encoding) -> None:
    """``{set(E, x, a)} :- stub(S)`` for the values in ``freed``, where S may lead to who sets x.

    To be called when all values are mentioned.
    """
    program = encoding.program
    if not encoding.reach.freed:
        return
    sources = _sources(encoding)
    for place in sorted(encoding.reach.freed, key=str):
        known = encoding.attributes.known_settings().get(place)
        if known is None:
            continue
        able = setters(encoding, place, sources)
        chosen = program.any_of(node for name in sorted(able) for _, node in sources[name])
        program.choice((known,), (chosen,))


class Freedom(NamedTuple):
    """Stubs or settings, if any, to cover in the next round for an answer not to pay in vain."""

    #: Keys of stubs to expand.
    keys: frozenset[str] = frozenset()
    #: Values to free.
    settings: frozenset[Setting] = frozenset()


def worth_freeing(encoding: Encoding, answer: Answer, seconds: float | None) -> Freedom:
    """Stubs that may set values which the answer pays for, and cost no more than they save.

    With more than a few of them it is the next optimum that chooses.
    """
    paid = [charge for charge in encoding.attributes.charges if answer.holds(charge.literal)]
    sources = _sources(encoding)
    able = _settable(encoding, sources, (charge.setting for charge in paid))
    if not able:
        return Freedom()
    level = max(charge.priority for charge in paid if charge.setting in able)
    saved = sum(
        charge.penalty
        for charge in encoding.attributes.charges
        if charge.priority == level and charge.setting in able
    )
    nodes = {key: node for names in able.values() for n in names for key, node in sources[n]}
    useful = may_hold(
        encoding.program,
        answer,
        sorted(nodes.values()),
        level,
        saved,
        seconds=seconds,
        enough=_FEW + 1,
    )
    if len(useful) > _FEW:
        return Freedom(settings=frozenset(able))
    return Freedom(frozenset(key for key, node in nodes.items() if node in useful))


def worth_freeing_without_answer(encoding: Encoding) -> set[Setting]:
    """Values of sticky variants that stubs may set: with them there may be an answer after all."""
    return set(_settable(encoding, _sources(encoding), sticky_values(encoding)))


def sticky_values(encoding: Encoding) -> set[Setting]:
    """Values other than the default of the sticky variants that rules ask about."""
    found: set[Setting] = set()
    for key, variant, value in encoding.attributes.known_settings():
        if not encoding.is_stub(key):
            for definition in encoding.candidates.definitions(package_of(key), variant):
                default = encoding.candidates.default(package_of(key), definition)
                if definition.sticky and value not in default:
                    found.add((key, variant, value))
    return found


def _settable(
    encoding: Encoding, sources: _Sources, places: Iterable[Setting]
) -> dict[Setting, frozenset[str]]:
    """Those of the values that stubs may set and that are not free yet, with these packages."""
    found = {p: setters(encoding, p, sources) for p in places if p not in encoding.reach.freed}
    return {place: names for place, names in found.items() if names}


def _sources(encoding: Encoding) -> _Sources:
    """Packages with nodes that are not encoded: their keys, and the literals of being chosen."""
    sources: dict[str, list[tuple[str, int]]] = {}
    for key in encoding.nodes.stubs():
        sources.setdefault(package_of(key), []).append((key, encoding.node(key)))
    for name, atom in encoding.nodes.divisible():
        sources.setdefault(name, []).append((instance(name, 1), atom))
    return sources


def setters(encoding: Encoding, place: Setting, stubs: Iterable[str]) -> frozenset[str]:
    """The stubs that demand the value of the variant, or lead to a package that does.

    Conditions of directives are left aside. In place of a word another one may be demanded.
    """
    name, variant, value = place
    key = (package_of(name), variant, value if isinstance(value, bool) else "*")
    known = encoding.candidates.leading_to_demands.get(key)
    if known is None:
        known = encoding.candidates.leading_to_demands[key] = _leading_to_demands(encoding, *key)
    return frozenset(stubs) if "all" in known else known.intersection(stubs)


def _leading_to_demands(encoding: Encoding, name: str, variant: str, value: Word) -> frozenset[str]:
    """All packages of the repositories that demand the value of the variant, or lead to such."""
    packages = encoding.world.packages
    names = [name, *packages.provided_by(name)]
    found = {parent for known in names for parent in packages.demanding(known, variant, value)}
    for owner, own in encoding.world.preferences.items():
        members = [m for group in own.groups for m in group.members if m is not None]
        edges = [edge for member in members for edge in member.dependencies]
        if any(_demands(edge.spec, names, variant, value) for edge in edges):
            found.add(owner)
    todo = list(found)
    while todo:
        child = todo.pop()
        for known in (child, *packages.provided_by(child)):
            new = set(packages.dependents(known, deptypes.ALL)) - found
            found |= new
            todo.extend(new)
    return frozenset(found)


def _demands(spec: Spec, names: Sequence[str], variant: str, value: Word) -> bool:
    if spec.name is not None and spec.name in names and variant in spec.variants:
        demanded = spec.variants[variant].values
        if not isinstance(value, bool) or demanded != (not value,):
            return True
    return any(_demands(edge.spec, names, variant, value) for edge in spec.dependencies)
