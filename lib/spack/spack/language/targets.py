"""The order of micro-architectures, and target constraints as sets of names.

A constraint text is a comma separated list of names and of ranges ``low:high``. Compatibility is
a partial order: ``x86_64:`` holds ``zen2``, ``zen2:`` does not hold ``skylake``. The taxonomy comes
from archspec, which is loaded on the first question that needs it; names that it does not know
stand for themselves. Nothing here looks at the machine.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Tuple, Union


@lru_cache(maxsize=None)
def _taxonomy() -> Mapping[str, Any]:
    from archspec.cpu import TARGETS

    return TARGETS  # type: ignore[no-any-return]


def is_known(name: str) -> bool:
    """Whether the taxonomy has the name."""
    return name in _taxonomy()


def all_names() -> Tuple[str, ...]:
    """Every name of the taxonomy, sorted."""
    return tuple(sorted(_taxonomy()))


@lru_cache(maxsize=None)
def ancestors(name: str) -> Tuple[str, ...]:
    """Targets whose binaries run on ``name``, nearest first, without itself."""
    known = _taxonomy().get(name)
    return () if known is None else tuple(target.name for target in known.ancestors)


def family(name: str) -> str:
    """The generic root: ``x86_64`` for ``zen2``; an unknown name is its own family."""
    known = _taxonomy().get(name)
    return name if known is None else str(known.family.name)


def generic(name: str) -> str:
    """The nearest target without a vendor: ``x86_64_v3`` for ``zen2``."""
    known = _taxonomy().get(name)
    return name if known is None else str(known.generic.name)


def features(name: str) -> FrozenSet[str]:
    """Names of the processor features of a target; none for an unknown one."""
    known = _taxonomy().get(name)
    return frozenset() if known is None else frozenset(known.features)


def has_feature(name: str, feature: str) -> bool:
    """Whether a target has a feature; aliases such as ``avx512`` count."""
    known = _taxonomy().get(name)
    return known is not None and feature in known


def vendor(name: str) -> str:
    """The maker of a target, ``generic`` for none and for an unknown one."""
    known = _taxonomy().get(name)
    return "generic" if known is None else str(known.vendor)


@lru_cache(maxsize=None)
def _describe(name: str) -> Optional[Dict[str, Any]]:
    known = _taxonomy().get(name)
    if known is None or known.vendor == "generic":
        return None
    return {
        "name": name,
        "vendor": known.vendor,
        "features": sorted(known.features),
        "generation": known.generation,
        "parents": [parent.name for parent in known.parents],
        "cpupart": known.cpu_part,
    }


def describe(name: str) -> Union[str, Dict[str, Any]]:
    """The form that files use: a word for generic targets, else name, vendor, features, parents."""
    description = _describe(name)
    return name if description is None else dict(description)


def _at_most(low: str, high: str) -> bool:
    """Whether binaries for ``low`` run on ``high``."""
    return low == high or low in ancestors(high)


@lru_cache(maxsize=4096)
def members(constraint: str) -> FrozenSet[str]:
    """The names that a constraint text admits."""
    names = set()
    for item in constraint.split(","):
        low, colon, high = item.partition(":")
        if not colon:
            names.add(item)
            continue
        bounds = {name for name in (low, high) if name}
        for name in bounds.union(_taxonomy()):
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


def target_intersection(a: str, b: str) -> Optional[str]:
    """A constraint that admits what both admit, None when nothing is left."""
    if target_satisfies(a, b):
        return a
    if target_satisfies(b, a):
        return b
    both = members(a) & members(b)
    if not both:
        return None
    pieces: List[str] = []
    for one in a.split(","):
        for other in b.split(","):
            piece = _common_range(one, other)
            if piece is None:
                return ",".join(sorted(both))
            if piece and piece not in pieces:
                pieces.append(piece)
    return ",".join(pieces)


def _common_range(a: str, b: str) -> Optional[str]:
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


def _bound(a: str, b: str, upper: bool) -> Optional[str]:
    """The tighter of two bounds, None when they cannot be compared."""
    if not a or not b or a == b:
        return a or b
    if _at_most(a, b):
        return b if upper else a
    if _at_most(b, a):
        return a if upper else b
    return None
