"""The dependents of packages: dependencies of a whole repository turned round, kept on disk.

Two tables are made from all records at once (a second or two for thousands of recipes) and stored
beside them: ``dependents``, without conditions and versions, and ``demands``, the variant values
that directives demand of others. They are of use only for the very index they were made from, and
made anew when that changes.
"""

from __future__ import annotations

import json
import marshal
import os
from collections.abc import Iterator, Mapping, Sequence

from spack.language.specs import Spec
from spack.recipes.records.index import RepositoryIndex
from spack.recipes.records.package_records import PackageRecord
from spack.system.files.kept import DamagedError, read_kept, write_kept

_FORMAT = 4
_DEPENDENTS, _DEMANDS = "dependents", "demands"

_Dependents = dict[str, dict[str, int]]
_Demands = dict[str, dict[str, list[str]]]


def dependents_table(index: RepositoryIndex) -> Mapping[str, Mapping[str, int]]:
    """Name of a package or virtual -> packages that name it in a directive -> dependency types."""
    known: _Dependents | None = _read(index, _DEPENDENTS)
    return make_tables(index)[0] if known is None else known


def demands_table(index: RepositoryIndex) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Name of a package or virtual -> variant and value -> packages with a directive to demand it.

    The key is a :func:`setting`.
    """
    known: _Demands | None = _read(index, _DEMANDS)
    return make_tables(index)[1] if known is None else known


def setting(variant: str, value: bool | str) -> str:
    """The key of a variant's value in the table: words of a variant are not told apart."""
    return f"{variant}={value}" if isinstance(value, bool) else variant


def settings_like(variant: str, value: bool | str) -> tuple[str, ...]:
    """The settings of the table that a demand for a value, or for any in its place, may be under.

    A boolean has no third value; in place of one word there may be another.
    """
    if isinstance(value, bool):
        return setting(variant, value), variant
    return variant, setting(variant, True), setting(variant, False)


def demanded_settings(record: PackageRecord) -> Iterator[tuple[str, str]]:
    """Other packages or virtuals with the settings that dependencies and requirements name."""
    for dependency in record.dependencies:
        yield from _settings(dependency.spec)
    for requirement in record.requirements:
        for member in requirement.specs:
            for edge in member.dependencies:
                yield from _settings(edge.spec)


def _settings(spec: Spec) -> Iterator[tuple[str, str]]:
    for constraint in spec.variants.values():
        for value in constraint.values:
            yield spec.name or "", setting(constraint.name, value)
    for edge in spec.dependencies:
        yield from _settings(edge.spec)


def make_tables(index: RepositoryIndex) -> tuple[_Dependents, _Demands]:
    """Both tables, made from all records and kept."""
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
        for child, wanted in dict.fromkeys(demanded_settings(record)):
            demands.setdefault(child, {}).setdefault(wanted, []).append(name)
    _write(index, _DEPENDENTS, found)
    _write(index, _DEMANDS, demands)
    return found, demands


def _signature(index: RepositoryIndex) -> str:
    return f"{_FORMAT} {json.dumps(index.header['data'])} {index.header['count']}"


def _read(index: RepositoryIndex, name: str) -> dict | None:  # type: ignore[type-arg]
    if not index.folder:
        return None

    def parse(content: bytes) -> dict | None:  # type: ignore[type-arg]
        stored, table = marshal.loads(content)
        return dict(table) if stored == _signature(index) else None

    try:
        return read_kept(os.path.join(index.folder, name), parse)
    except DamagedError:
        return None


def _write(index: RepositoryIndex, name: str, table: _Dependents | _Demands) -> None:
    if index.folder:
        write_kept(os.path.join(index.folder, name), marshal.dumps((_signature(index), table)))
