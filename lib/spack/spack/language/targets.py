"""The order of micro-architectures, and target constraints as sets of names.

A constraint text is a comma separated list of names and of ranges ``low:high``. Compatibility is
a partial order: ``x86_64:`` holds ``zen2``, ``zen2:`` does not hold ``skylake``. The taxonomy comes
from archspec, which is loaded on the first question that needs it, unless :func:`use_taxonomy` gave
it before; names that it does not know stand for themselves. Nothing here looks at the machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from spack.named_tuples import NamedTuple
from spack.type_names import Any


class Microarchitecture(NamedTuple):
    """Entry of a micro-architecture in the taxonomy, in plain data."""

    vendor: str
    family: str
    generic: str
    features: Sequence[str]
    generation: int
    parents: Sequence[str]
    ancestors: Sequence[str]
    cpupart: str


_taxonomies: list[Mapping[str, Microarchitecture]] = []


def taxonomy() -> Mapping[str, Microarchitecture]:
    """All targets by name, in the order of archspec."""
    if not _taxonomies:
        from archspec.cpu import TARGETS

        use_taxonomy({name: _plain(target) for name, target in TARGETS.items()})
    return _taxonomies[0]


def use_taxonomy(known: Mapping[str, Microarchitecture]) -> None:
    """Take what :func:`taxonomy` gave another process instead of loading archspec."""
    _taxonomies[:] = [known]


def _plain(target: Any) -> Microarchitecture:
    return Microarchitecture(
        vendor=str(target.vendor),
        family=str(target.family),
        generic=str(target.generic),
        features=sorted(target.features),
        generation=target.generation,
        parents=[parent.name for parent in target.parents],
        ancestors=[ancestor.name for ancestor in target.ancestors],
        cpupart=target.cpu_part,
    )


def is_known(name: str) -> bool:
    """Whether the taxonomy has the name."""
    return name in taxonomy()


def all_names() -> tuple[str, ...]:
    """Every name of the taxonomy, sorted."""
    return tuple(sorted(taxonomy()))


@cache
def ancestors(name: str) -> tuple[str, ...]:
    """Targets whose binaries run on ``name``, nearest first, without itself."""
    known = taxonomy().get(name)
    return () if known is None else tuple(known.ancestors)


def family(name: str) -> str:
    """The generic root: ``x86_64`` for ``zen2``; an unknown name is its own family."""
    known = taxonomy().get(name)
    return name if known is None else known.family


def generic(name: str) -> str:
    """The nearest target without a vendor: ``x86_64_v3`` for ``zen2``."""
    known = taxonomy().get(name)
    return name if known is None else known.generic


def features(name: str) -> frozenset[str]:
    """Names of the processor features of a target; none for an unknown one."""
    known = taxonomy().get(name)
    return frozenset() if known is None else frozenset(known.features)


def has_feature(name: str, feature: str) -> bool:
    """Whether a target has a feature; aliases such as ``avx512`` count."""
    if feature in features(name):
        return True
    from archspec.cpu import TARGETS

    return name in TARGETS and feature in TARGETS[name]


def compilers(name: str) -> Mapping[str, Sequence[Mapping[str, str]]]:
    """The names of a target for each compiler, by ranges of its versions; none for unknown ones."""
    from archspec.cpu import TARGETS

    return dict(TARGETS[name].compilers) if name in TARGETS else {}


def vendor(name: str) -> str:
    """The maker of a target, ``generic`` for none and for an unknown one."""
    known = taxonomy().get(name)
    return "generic" if known is None else known.vendor


@cache
def _describe(name: str) -> dict[str, Any] | None:
    known = taxonomy().get(name)
    if known is None or known.vendor == "generic":
        return None
    return {
        "name": name,
        "vendor": known.vendor,
        "features": list(known.features),
        "generation": known.generation,
        "parents": list(known.parents),
        "cpupart": known.cpupart,
    }


def describe(name: str) -> str | dict[str, Any]:
    """The form that files use: a word for generic targets, else name, vendor, features, parents."""
    description = _describe(name)
    return name if description is None else dict(description)


def _at_most(low: str, high: str) -> bool:
    """Whether binaries for ``low`` run on ``high``."""
    return low == high or low in ancestors(high)


@lru_cache(maxsize=4096)
def members(constraint: str) -> frozenset[str]:
    """The names that a constraint text admits."""
    names = set()
    for item in constraint.split(","):
        low, colon, high = item.partition(":")
        if not colon:
            names.add(item)
            continue
        bounds = {name for name in (low, high) if name}
        for name in bounds.union(taxonomy()):
            if (not low or _at_most(low, name)) and (not high or _at_most(name, high)):
                names.add(name)
    return frozenset(names)


def _is_name(constraint: str) -> bool:
    return "," not in constraint and ":" not in constraint


def target_satisfies(name: str, constraint: str) -> bool:
    """Whether every target that ``name`` (a name or a constraint) admits is in ``constraint``."""
    if name == constraint:
        return True
    if _is_name(constraint) and _is_name(name):
        return False
    return members(name) <= members(constraint)


def target_intersects(a: str, b: str) -> bool:
    """Whether some target is admitted by both constraints."""
    if a == b:
        return True
    if _is_name(a) and _is_name(b):
        return False
    return not members(a).isdisjoint(members(b))


def target_intersection(a: str, b: str) -> str | None:
    """A constraint that admits what both admit, None when nothing is left."""
    if target_satisfies(a, b):
        return a
    if target_satisfies(b, a):
        return b
    both = members(a) & members(b)
    if not both:
        return None
    pieces: list[str] = []
    for one in a.split(","):
        for other in b.split(","):
            piece = _common_range(one, other)
            if piece is None:
                return ",".join(sorted(both))
            if piece and piece not in pieces:
                pieces.append(piece)
    return ",".join(pieces)


def _common_range(a: str, b: str) -> str | None:
    """The range that two items have in common, empty if none; None if it is not one range."""
    shared = members(a) & members(b)
    if not shared:
        return ""
    if not (":" in a and ":" in b):
        return b if ":" in a else a
    (low_a, _, high_a), (low_b, _, high_b) = a.partition(":"), b.partition(":")
    low = _bound(low_a, low_b, upper=True)
    high = _bound(high_a, high_b, upper=False)
    if low is None or high is None:
        return None
    return low if low == high else f"{low}:{high}"


def _bound(a: str, b: str, upper: bool) -> str | None:
    """The tighter of two bounds, None when they cannot be compared."""
    if not a or not b or a == b:
        return a or b
    if _at_most(a, b):
        return b if upper else a
    if _at_most(b, a):
        return a if upper else b
    return None
