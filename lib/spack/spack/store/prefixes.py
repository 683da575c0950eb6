"""Prefixes of a store as recipes ask for them. Knows no recipe."""

from __future__ import annotations

from spack.language.concrete_specs import ConcreteSpec
from spack.store.store import Store


class StorePrefixes:
    """Where nodes are, or will be, in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def prefix(self, spec: ConcreteSpec) -> str:
        """Absolute path of the installation prefix."""
        return self._store.prefix_of(spec)
