"""Preferences for what is installed already: versions and variants of packages in stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spack.errors import NotFoundError
from spack.language.versions import Version

if TYPE_CHECKING:
    from spack.language.concrete_specs import ConcreteSpec
    from spack.store.store import Store

#: Variants that belong to one build, not to a preference.
_NOT_PREFERRED = ("patches", "dev_path", "commit")


def preferences_of(store: Store, *, local: bool) -> Mapping[str, Mapping[str, Any]]:
    """By package the versions, newest first, and the variants that all its installations share.

    Args:
        local: of this store; else of the stores below it.

    Raises:
        NotFoundError: they have nothing.
    """
    if not local and not store.upstreams:
        raise NotFoundError(
            "no upstream store is configured", hint="add one to upstreams, or use --local"
        )
    specs: dict[str, list[ConcreteSpec]] = {}
    for record in store.database.records():
        if record.installed and not record.external and record.upstream != local:
            specs.setdefault(record.name, []).append(record.spec)
    if not specs:
        raise NotFoundError(
            "nothing is installed " + ("here" if local else "in the upstream stores")
        )
    return {name: _preference(found) for name, found in sorted(specs.items())}


def _preference(specs: Sequence[ConcreteSpec]) -> dict[str, Any]:
    versions: list[Version] = sorted({spec.version for spec in specs}, reverse=True)
    preferred: dict[str, Any] = {"version": [str(version) for version in versions]}
    words = []
    for name, value in sorted(specs[0].variants.items()):
        if name not in _NOT_PREFERRED and all(s.variants.get(name) == value for s in specs):
            words.append(_variant(name, value))
    if words:
        preferred["variants"] = " ".join(words)
    return preferred


def _variant(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"+{name}" if value else f"~{name}"
    return f"{name}=" + (",".join(map(str, value)) if isinstance(value, tuple) else str(value))
