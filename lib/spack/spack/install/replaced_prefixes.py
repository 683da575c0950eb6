"""Prefixes that are being replaced: set aside, and brought back when the new one fails.

They lie in ``.spack-db/replaced/HASH``. Whoever calls holds the lock of the prefix.
"""

from __future__ import annotations

import os

from spack.language.concrete_specs import ConcreteSpec
from spack.store.store import Store
from spack.system.files.filesystem import remove_tree

_DIRECTORY = "replaced"


class ReplacedPrefixes:
    """The prefixes set aside in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _path(self, spec: ConcreteSpec) -> str:
        return os.path.join(self._store.database.directory, _DIRECTORY, spec.dag_hash())

    def set_aside(self, spec: ConcreteSpec) -> None:
        """Move the installed prefix away; its record says absent until the new one is finished."""
        prefix = self._store.layout.prefix(spec)
        if not os.path.isdir(prefix):
            return
        aside = self._path(spec)
        os.makedirs(os.path.dirname(aside), exist_ok=True)
        remove_tree(aside)
        with self._store.database.transaction() as changes:
            changes.update(spec.dag_hash(), installed=False)
        os.rename(prefix, aside)

    def bring_back(self, spec: ConcreteSpec) -> None:
        """Undo :meth:`set_aside`; what stands in its place is removed."""
        aside = self._path(spec)
        prefix = self._store.layout.prefix(spec)
        if not os.path.isdir(aside):
            return
        remove_tree(prefix)
        os.makedirs(os.path.dirname(prefix), exist_ok=True)
        os.rename(aside, prefix)
        with self._store.database.transaction() as changes:
            changes.update(spec.dag_hash(), installed=True)

    def forget(self, spec: ConcreteSpec) -> None:
        """Remove what was set aside: the new prefix is finished."""
        remove_tree(self._path(spec))
