"""Which packages name which: dependencies of a whole repository turned round, kept on disk.

Two tables are made from all records at once (a second or two for thousands of recipes) and stored
beside them: ``dependents``, without conditions and versions, and ``demands``, the variant values
that directives demand of others. They are of use only for the very index they were made from, and
made anew when that changes.
"""

from __future__ import annotations

import json
import marshal
import os
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from spack.language.specs import Spec
from spack.recipes.record_cache import RepositoryIndex
from spack.recipes.records import PackageRecord
from spack.system.writing import atomic_write

_FORMAT = 3
_DEPENDENTS, _DEMANDS = "dependents", "demands"

_Dependents = Dict[str, Dict[str, int]]
_Demands = Dict[str, Dict[str, List[str]]]


def dependents_table(index: RepositoryIndex) -> Mapping[str, Mapping[str, int]]:
    """Name of a package or virtual -> packages that name it in a directive -> dependency types."""
    known: Optional[_Dependents] = _read(index, _DEPENDENTS)
    return _make(index)[0] if known is None else known


def demands_table(index: RepositoryIndex) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Name of a package or virtual -> variant -> packages with a directive that demands a value."""
    known: Optional[_Demands] = _read(index, _DEMANDS)
    return _make(index)[1] if known is None else known


def demanded_variants(record: PackageRecord) -> Iterator[Tuple[str, str]]:
    """Other packages or virtuals with the variants that dependencies and requirements name."""
    for dependency in record.dependencies:
        yield from _variants(dependency.spec)
    for requirement in record.requirements:
        for member in requirement.specs:
            for edge in member.dependencies:
                yield from _variants(edge.spec)


def _variants(spec: Spec) -> Iterator[Tuple[str, str]]:
    for name in spec.variants:
        yield spec.name or "", name
    for edge in spec.dependencies:
        yield from _variants(edge.spec)


def _make(index: RepositoryIndex) -> Tuple[_Dependents, _Demands]:
    found: _Dependents = {}
    demands: _Demands = {}
    broken = index.broken()
    for name in index.names():
        record = None if name in broken else index.record(name)
        if record is None:
            continue
        for dependency in record.dependencies:
            dependents = found.setdefault(dependency.spec.name or "", {})
            dependents[name] = dependents.get(name, 0) | dependency.deptypes
        for child, variant in dict.fromkeys(demanded_variants(record)):
            demands.setdefault(child, {}).setdefault(variant, []).append(name)
    _write(index, _DEPENDENTS, found)
    _write(index, _DEMANDS, demands)
    return found, demands


def _signature(index: RepositoryIndex) -> str:
    return f"{_FORMAT} {json.dumps(index.header['data'])} {index.header['count']}"


def _read(index: RepositoryIndex, name: str) -> Optional[Dict]:  # type: ignore[type-arg]
    if not index.folder:
        return None
    try:
        with open(os.path.join(index.folder, name), "rb") as file:
            stored, table = marshal.load(file)
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return table if stored == _signature(index) and isinstance(table, dict) else None


def _write(index: RepositoryIndex, name: str, table: Union[_Dependents, _Demands]) -> None:
    """A cache that cannot be written stops nobody."""
    if not index.folder:
        return
    try:
        atomic_write(os.path.join(index.folder, name), marshal.dumps((_signature(index), table)))
    except OSError:
        pass
