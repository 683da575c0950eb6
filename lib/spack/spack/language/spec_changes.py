"""Changing what a spec says: roots of environments, requirements of the configuration."""

from __future__ import annotations

from spack.language.matching import constrain
from spack.language.specs import Spec


def changed_spec(old: Spec, new: Spec) -> Spec:
    """A spec with everything that another one says instead of what it said about that."""
    kept = old
    if not new.versions.is_any:
        kept = kept.replace(versions=type(new.versions).ANY)
    variants = {name: value for name, value in old.variants.items() if name not in new.variants}
    flags = {kind: value for kind, value in old.flags.items() if kind not in new.flags}
    given = {edge.spec.name for edge in new.dependencies}
    edges = tuple(edge for edge in old.dependencies if edge.spec.name not in given)
    kept = kept.replace(variants=variants, flags=flags, dependencies=edges)
    for part in ("platform", "os", "target"):
        if getattr(new, part) is not None:
            kept = kept.replace(**{part: None})
    return constrain(kept, new)
