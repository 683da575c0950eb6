"""Merging the values of a higher scope over those of a lower one.

Mappings merge key by key, the higher scope's keys first; lists are joined, the higher scope's
elements first; for everything else the higher scope wins. A key may say otherwise with a suffix::

    key::    replaces what is below       key+:   prepends       key-:   appends

(prepending is what lists do anyway; strings are joined only when asked). The suffix stands in the
raw key as ``key:``, ``key+`` or ``key-``.
"""

from __future__ import annotations

from spack.config.values.values import Value

REPLACE, PREPEND, APPEND = ":", "+", "-"


def split_key(raw: str) -> tuple[str, str]:
    """The key and its suffix: ``("key", ":")`` for ``key:``, ``("key", "")`` for ``key``."""
    if len(raw) > 1 and raw[-1] in (REPLACE, PREPEND, APPEND):
        return raw[:-1], raw[-1]
    return raw, ""


def without_suffixes(value: Value) -> Value:
    """The value alone, as if nothing were below it."""
    if isinstance(value.data, dict):
        children = {}
        for raw, child in value.data.items():
            key, suffix = split_key(raw)
            children[key] = _kept(without_suffixes(child), suffix)
        return value.with_data(children)
    if isinstance(value.data, list):
        return value.with_data([without_suffixes(child) for child in value.data])
    return value


def _kept(value: Value, suffix: str) -> Value:
    """A value that remembers a suffix which says more than how scopes are merged."""
    return value.replacing() if suffix == REPLACE else value


def merge(higher: Value, lower: Value, suffix: str = "") -> Value:
    """``higher`` over ``lower``; lower must have no suffixes left, and neither has the result."""
    above, below = higher.data, lower.data
    if suffix == REPLACE:
        return without_suffixes(higher)
    if isinstance(above, dict) and isinstance(below, dict):
        merged: dict[str, Value] = {}
        for raw, child in above.items():
            key, key_suffix = split_key(raw)
            under = merged.get(key) or below.get(key)
            if under is None:
                merged[key] = _kept(without_suffixes(child), key_suffix)
            else:
                merged[key] = _kept(merge(child, under, key_suffix), key_suffix)
        for key, child in below.items():
            merged.setdefault(key, child)
        return higher.with_data(merged)
    if isinstance(above, list) and isinstance(below, list):
        items = without_suffixes(higher).data
        return higher.with_data(below + items if suffix == APPEND else items + below)
    if isinstance(above, str) and isinstance(below, str) and suffix in (PREPEND, APPEND):
        return higher.with_data(below + above if suffix == APPEND else above + below)
    return without_suffixes(higher)
