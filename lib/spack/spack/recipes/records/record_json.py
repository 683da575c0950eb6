"""Records of packages as JSON data, and back: one table says how each field is read.

Files are numbered, so that a path is written once. This module knows no file on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable

from spack.errors import Origin
from spack.recipes.records.package_records import (
    ConflictRecord,
    DependencyRecord,
    ExtendeeRecord,
    LicenseRecord,
    PackageRecord,
    PatchRecord,
    ProvidesRecord,
    RedistributeRecord,
    RequirementRecord,
    ResourceRecord,
    SpliceRecord,
    ValueRecord,
    VariantRecord,
    VersionRecord,
)

#: The form of the data; another number makes a stored record unreadable.
RECORD_FORMAT = 2


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
        return PackageRecord(*map(_unpacker(files), PackageRecord._fields, body))
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"not a package record: {error}") from error


def _unpacker(files: Sequence[str]) -> Callable[[str, Any], Any]:
    """A function from (field name, packed value) to the value."""

    def origin(packed: Sequence[int]) -> Origin:
        return Origin(files[packed[0]], packed[1])

    def version(row: list[Any]) -> VersionRecord:
        checksum = row[3]
        values = [*row[:3], tuple(checksum) if checksum else None, *row[4:9], origin(row[9])]
        return VersionRecord._make(values)

    def variant(row: list[Any]) -> VariantRecord:
        default, values, sets = row[2], row[3], row[7]
        return VariantRecord(
            row[0],
            row[1],
            tuple(default) if isinstance(default, list) else default,
            None if values is None else tuple([ValueRecord(*value) for value in values]),
            row[4],
            row[5],
            row[6],
            None if sets is None else tuple([frozenset(group) for group in sets]),
            origin(row[8]),
        )

    def patch(row: list[Any]) -> PatchRecord:
        name, number = row[9]
        return PatchRecord._make([*row[:9], (name, number), origin(row[10])])

    def dependency(row: list[Any]) -> DependencyRecord:
        patches = tuple([patch(packed) for packed in row[3]])
        return DependencyRecord(row[0], row[1], row[2], patches, origin(row[4]))

    def splice(row: list[Any]) -> SpliceRecord:
        match = None if row[2] is None else tuple(row[2])
        return SpliceRecord(row[0], row[1], match, origin(row[3]))

    def requirement(row: list[Any]) -> RequirementRecord:
        return RequirementRecord._make([tuple(row[0]), *row[1:4], origin(row[4])])

    def provides(row: list[Any]) -> ProvidesRecord:
        return ProvidesRecord(tuple(row[0]), row[1], origin(row[2]))

    def plain(kind: Any) -> Any:
        return lambda row: kind(*row[:-1], origin(row[-1]))

    makers = {
        "versions": version,
        "variants": variant,
        "patches": patch,
        "dependencies": dependency,
        "splices": splice,
        "requirements": requirement,
        "provides": provides,
        "conflicts": plain(ConflictRecord),
        "resources": plain(ResourceRecord),
        "extendees": plain(ExtendeeRecord),
        "licenses": plain(LicenseRecord),
        "redistributions": plain(RedistributeRecord),
    }

    def unpack(field: str, packed: Any) -> Any:
        if not isinstance(packed, list):
            return packed
        make = makers.get(field)
        return tuple(packed) if make is None else tuple([make(row) for row in packed])

    return unpack
