"""Values that nodes which are not encoded yet may set on encoded ones.

A dependency directive of a stub, or of what is below it, may demand a variant value. Such a value
is set: it costs nothing, and a sticky variant may take it. That freedom is given only where an
answer has a use for it: for values that it pays for, and for sticky variants where there is none.

::

    {set(P, x, a)} :- node(S).           % the stub S may lead to who sets it; it is freed
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from spack.language import deptypes
from spack.language.modes import Tests
from spack.named_tuples import NamedTuple
from spack.solve.asp.control import Answer, may_hold
from spack.solve.asp.instances import instance, package_of
from spack.solve.asp.program import Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sentences import STICKY
from spack.solve.problem.candidates import Setting, Word
from spack.type_names import Any

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


def worth_freeing_without_answer(encoding: Encoding, clash: Iterable[Reason]) -> set[Setting]:
    """Values of sticky variants that stubs may set: with them there may be an answer after all.

    Only where constraints that clash keep their variants at the default: others break no clash.
    """
    places = {reason.facts[:2] for reason in clash if reason.law == STICKY}
    if not places:
        return set()
    return set(_settable(encoding, _sources(encoding), _sticky_values(encoding, places)))


def _sticky_values(encoding: Encoding, places: Collection[tuple[Any, ...]]) -> set[Setting]:
    """Values other than the default that rules ask about, of these nodes' sticky variants."""
    found: set[Setting] = set()
    for key, variant, value in encoding.attributes.known_settings():
        if (key, variant) in places and not encoding.is_stub(key):
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
    for key in encoding.nodes.unfinished():
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
    from spack.solve.rules.demanders import demanders

    found = demanders(encoding, name, variant, value)
    types = deptypes.ALL
    if encoding.request.tests == Tests():
        types &= ~deptypes.TEST
    todo = list(found)
    while todo:
        child = todo.pop()
        for known in (child, *packages.provided_by(child)):
            for parent in packages.dependents(known, types):
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
    return frozenset(found)
