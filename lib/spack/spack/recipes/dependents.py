"""Which packages name which: dependencies of a whole repository turned round, kept on disk.

The table is made from all records at once (a second or two for thousands of recipes) and stored
beside them in ``dependents``; it is of use only for the very index it was made from, and made anew
when that changes. Conditions and versions are left out.
"""

from __future__ import annotations

import json
import marshal
import os
from typing import Dict, Mapping, Optional

from spack.recipes.record_cache import RepositoryIndex
from spack.system.filesystem import atomic_write

_FORMAT = 2

_Table = Dict[str, Dict[str, int]]


def dependents_table(index: RepositoryIndex) -> Mapping[str, Mapping[str, int]]:
    """Name of a package or virtual -> packages that name it in a directive -> dependency types."""
    signature = f"{_FORMAT} {json.dumps(index.header['data'])} {index.header['count']}"
    path = os.path.join(index.folder, "dependents") if index.folder else ""
    known = _read(path, signature)
    if known is None:
        known = _make(index)
        if path:
            _write(path, signature, known)
    return known


def _make(index: RepositoryIndex) -> _Table:
    found: _Table = {}
    broken = index.broken()
    for name in index.names():
        record = None if name in broken else index.record(name)
        for dependency in () if record is None else record.dependencies:
            dependents = found.setdefault(dependency.spec.name or "", {})
            dependents[name] = dependents.get(name, 0) | dependency.deptypes
    return found


def _read(path: str, signature: str) -> Optional[_Table]:
    try:
        with open(path, "rb") as file:
            stored, table = marshal.load(file)
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return table if stored == signature and isinstance(table, dict) else None


def _write(path: str, signature: str, table: _Table) -> None:
    """A cache that cannot be written stops nobody."""
    try:
        atomic_write(path, marshal.dumps((signature, table)))
    except OSError:
        pass
