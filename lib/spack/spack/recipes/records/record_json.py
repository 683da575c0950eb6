"""Records of packages as JSON data, and back: one table says how each field is read.

Files are numbered, so that a path is written once. This module knows no file on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from spack.errors import Origin
from spack.recipes.records import package_records as kinds
from spack.recipes.records.package_records import PackageRecord
from spack.type_names import Any, Callable

#: The form of the data; another number makes a stored record unreadable.
RECORD_FORMAT = 3


def packed_record(record: PackageRecord) -> list[Any]:
    """Nested lists for ``json.dumps``."""
    files: dict[str, int] = {}

    def pack(value: Any) -> Any:
        if isinstance(value, Origin):
            return [files.setdefault(value.file, len(files)), value.line]
        if isinstance(value, frozenset):
            return sorted(value)
        if isinstance(value, tuple):
            return [pack(item) for item in value]
        return value

    body = [pack(value) for value in record]
    return [RECORD_FORMAT, list(files), body]


def unpacked_record(data: Sequence[Any]) -> PackageRecord:
    """The inverse of :func:`packed_record`. Raises ValueError for data of another form."""
    try:
        record_format, files, body = data
        if record_format != RECORD_FORMAT or len(body) != len(PackageRecord._fields):
            raise ValueError("a record of another format")
        record: PackageRecord = _records(PackageRecord)([body], files)[0]
        return record
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"not a package record: {error}") from error


#: Gives the value for what JSON has in its place; the files are those of the whole record.
_Reader = Callable[[Any, Sequence[str]], Any]


def _records(kind: Any) -> _Reader:
    def read(packed: Any, files: Sequence[str]) -> Any:
        if packed is None:
            return None
        places = _places(kind)
        made = []
        for row in packed:
            for place, reader in places:
                row[place] = reader(row[place], files)
            made.append(kind._make(row))
        return tuple(made)

    return read


@cache
def _places(kind: Any) -> list[tuple[int, _Reader]]:
    """The fields of a kind of record that JSON has in another form, by number."""
    return [(n, _READERS[name]) for n, name in enumerate(kind._fields) if name in _READERS]


def _origin(packed: Sequence[int], files: Sequence[str]) -> Origin:
    return Origin(files[packed[0]], packed[1])


def _tuple(packed: Any, files: Sequence[str]) -> Any:
    return tuple(packed) if isinstance(packed, list) else packed


def _sets(packed: Any, files: Sequence[str]) -> Any:
    return None if packed is None else tuple([frozenset(words) for words in packed])


_TUPLES = (
    "build_systems checksum compiler_languages default dependent_files fullnames maintainers "
    "match_variants ordering phases spec_texts tags test_names urls"
)

_READERS: dict[str, _Reader] = {
    **dict.fromkeys(_TUPLES.split(), _tuple),
    "origin": _origin,
    "sets": _sets,
    "conflicts": _records(kinds.ConflictRecord),
    "dependencies": _records(kinds.DependencyRecord),
    "extendees": _records(kinds.ExtendeeRecord),
    "licenses": _records(kinds.LicenseRecord),
    "patches": _records(kinds.PatchRecord),
    "provides": _records(kinds.ProvidesRecord),
    "redistributions": _records(kinds.RedistributeRecord),
    "requirements": _records(kinds.RequirementRecord),
    "resources": _records(kinds.ResourceRecord),
    "splices": _records(kinds.SpliceRecord),
    "values": _records(kinds.ValueRecord),
    "variants": _records(kinds.VariantRecord),
    "versions": _records(kinds.VersionRecord),
}
