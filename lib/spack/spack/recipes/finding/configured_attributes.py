"""Attributes that the configuration sets on package classes (``package_attributes``).

A class outlives a configuration: what one has set, the next one takes back.
"""

from __future__ import annotations

from collections.abc import Mapping

from spack.type_names import Any

_OVERRIDDEN = "_configured_attributes"
_MISSING = object()


def set_attributes(cls: Any, attributes: Mapping[str, Any]) -> None:
    """Set configured attributes on a package class, and undo those of another configuration."""
    known = vars(cls).get(_OVERRIDDEN)
    if known is None and not attributes:
        return
    if known is not None:
        current, originals = known
        if current == dict(attributes):
            return
        for name, value in originals.items():
            if value is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, value)
    originals = {name: vars(cls).get(name, _MISSING) for name in attributes}
    for name, value in attributes.items():
        setattr(cls, name, value)
    setattr(cls, _OVERRIDDEN, (dict(attributes), originals))
