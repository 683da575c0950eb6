"""Rows of the index as JSON columns: three times smaller and faster to read than a list of maps.

Knows no file. Whoever changes the form changes the number of the rows file too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from spack.named_tuples import NamedTuple
from spack.store.records import IndexRow, RowDependency
from spack.type_names import overload


class _PackedEdges(Sequence[RowDependency]):
    """The edges of a row of a rows file, decoded when they are looked at.

    Most questions look at few edges of few rows, and the edges are the larger part of the file.
    """

    __slots__ = ("_edges", "_text", "_words")

    def __init__(self, text: str, words: _EdgeWords) -> None:
        self._text = text
        self._words = words
        self._edges: tuple[RowDependency, ...] | None = None

    def _decoded(self) -> tuple[RowDependency, ...]:
        if self._edges is None:
            numbers = [int(word) for word in self._text.split()]
            hashes, foreign, virtuals = self._words
            self._edges = tuple(
                RowDependency(
                    hashes[numbers[i]] if numbers[i] >= 0 else foreign[-1 - numbers[i]],
                    numbers[i + 1],
                    virtuals[numbers[i + 2]],
                )
                for i in range(0, len(numbers), 3)
            )
        return self._edges

    def __len__(self) -> int:
        return len(self._decoded())

    @overload
    def __getitem__(self, index: int) -> RowDependency: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[RowDependency, ...]: ...

    def __getitem__(self, index: int | slice) -> RowDependency | tuple[RowDependency, ...]:
        return self._decoded()[index]

    def __iter__(self) -> Iterator[RowDependency]:
        return iter(self._decoded())

    def __eq__(self, other: object) -> bool:
        return self._decoded() == (tuple(other) if isinstance(other, Sequence) else other)

    def __hash__(self) -> int:
        return hash(self._decoded())


class _EdgeWords(NamedTuple):
    """The meaning of the numbers of packed edges; number -1 of a virtual is the last: none."""

    hashes: Sequence[str]
    foreign: Sequence[str]
    virtuals: Sequence[tuple[str, ...]]


def pack_rows(rows: Sequence[IndexRow]) -> bytes:
    """The columns of rows that are sorted by hash, as JSON text."""
    numbers = {row.hash: index for index, row in enumerate(rows)}
    strings: dict[str, int] = {}

    def number(text: str | None) -> int:
        return -1 if text is None else strings.setdefault(text, len(strings))

    foreign: dict[str, int] = {}
    edges: list[str] = []
    for row in rows:
        flat: list[int] = []
        for child, types, virtuals in row.dependencies:
            index = numbers.get(child)
            if index is None:
                # A child that is not recorded here (an upstream has it) gets a negative number.
                index = -1 - foreign.setdefault(child, len(foreign))
            flat += (index, types, number(",".join(virtuals)) if virtuals else -1)
        edges.append(" ".join(map(str, flat)))
    columns = {
        "names": [number(row.name) for row in rows],
        "versions": [number(row.version) for row in rows],
        "namespaces": [number(row.namespace) for row in rows],
        "platforms": [number(row.platform) for row in rows],
        "os": [number(row.os) for row in rows],
        "targets": [number(row.target) for row in rows],
        "paths": [row.path for row in rows],
        "flags": [
            (1 if row.installed else 0) | (2 if row.explicit else 0) | (4 if row.external else 0)
            for row in rows
        ],
        "ref_counts": [row.ref_count for row in rows],
        "times": [row.installation_time for row in rows],
        "deprecated": {str(i): r.deprecated_for for i, r in enumerate(rows) if r.deprecated_for},
        "origins": [number(row.origin) for row in rows],
        "compilers": [number(row.compilers) for row in rows],
        "build_specs": {str(i): r.build_spec for i, r in enumerate(rows) if r.build_spec},
        "edges": edges,
        "foreign": list(foreign),
        "strings": list(strings),
    }
    return json.dumps(columns, separators=(",", ":")).encode("ascii")


def packed_path(path: str) -> bytes:
    """A path as it appears in packed rows."""
    return json.dumps(path).encode("ascii")


def pack_names(rows: Sequence[IndexRow]) -> bytes:
    """The positions of the rows of each package, as JSON text."""
    found: dict[str, list[str]] = {}
    for position, row in enumerate(rows):
        found.setdefault(row.name, []).append(str(position))
    texts = {name: " ".join(positions) for name, positions in sorted(found.items())}
    return json.dumps(texts, separators=(",", ":")).encode("ascii")


def unpack_names(data: bytes) -> dict[str, str]:
    """The names, each with the positions of its rows, which :func:`positions` reads.

    Texts: a hundred thousand numbers in lists would take longer to read than the few that are
    looked at.
    """
    names: dict[str, str] = json.loads(data)
    return names


def positions(text: str) -> list[int]:
    """The positions of the rows of one package."""
    return [int(word) for word in text.split()]


def unpack_rows(hashes: Sequence[str], data: bytes) -> list[IndexRow]:
    """The rows of columns; ``hashes`` names them in order."""
    columns = json.loads(data)
    strings: list[str | None] = [*columns["strings"], None]  # -1 finds None
    foreign = columns["foreign"]
    virtuals = [tuple(text.split(",")) for text in columns["strings"]] + [()]
    deprecated = columns["deprecated"]
    build_specs = columns["build_specs"]
    words = _EdgeWords(hashes, foreign, virtuals)
    rows: list[IndexRow] = []
    values = zip(
        hashes,
        columns["names"],
        columns["versions"],
        columns["namespaces"],
        columns["platforms"],
        columns["os"],
        columns["targets"],
        columns["paths"],
        columns["flags"],
        columns["ref_counts"],
        columns["times"],
        columns["origins"],
        columns["compilers"],
        columns["edges"],
    )
    make_row = IndexRow._make
    for value in values:
        digest, name, version, space, platform, system, target, path, flags = value[:9]
        refs, time, origin, compilers, edges = value[9:]
        index = str(len(rows)) if deprecated or build_specs else ""
        rows.append(
            make_row(
                (
                    digest,
                    strings[name],
                    strings[version],
                    strings[space],
                    strings[platform],
                    strings[system],
                    strings[target],
                    path,
                    bool(flags & 1),
                    bool(flags & 2),
                    bool(flags & 4),
                    refs,
                    time,
                    deprecated.get(index),
                    strings[origin],
                    build_specs.get(index),
                    strings[compilers],
                    _PackedEdges(edges, words) if edges else (),
                )
            )
        )
    return rows
