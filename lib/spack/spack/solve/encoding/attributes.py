"""Versions and variant values of nodes: atoms for those that some rule mentions, and their charges.

``rules/definitions.py`` defines them; versions that no mentioned range tells apart become one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from spack.language.versions import Version, VersionSet
from spack.named_tuples import NamedTuple
from spack.solve.asp.program import Meaning, meanings
from spack.solve.encoding.nodes import Nodes
from spack.solve.problem.candidates import Setting, VersionCandidate, Word


class Charge(NamedTuple):
    """A value costs a penalty in a criterion when the literal holds."""

    setting: Setting
    priority: int
    penalty: int
    literal: int


class Attributes:
    """Atoms by node. Every property of a stub may be chosen freely."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._program = nodes.program
        self._ranges: dict[str, dict[VersionSet, int]] = {}
        self._values: dict[str, dict[str, dict[Word, int]]] = {}
        self._variants: dict[tuple[str, str], int] = {}
        self._set: dict[Setting, int] = defaultdict(nodes.program.atom)
        self._alike: dict[tuple[str, str], list[tuple[Sequence[Word], Word]]] = {}
        self._floors: dict[tuple[str, int], int] = defaultdict(nodes.program.atom)
        self._versions: dict[str, list[tuple[int, VersionCandidate]]] = {}
        self.charges: list[Charge] = []

    def _new(self, key: str) -> int:
        return self._nodes.free(key) if self._nodes.is_stub(key) else self._program.atom()

    # -- versions ------------------------------------------------------------------------------

    def version_in(self, key: str, versions: VersionSet) -> int:
        """The version of the package is in the set."""
        if versions.is_any:
            return self._nodes.node(key)
        known = self._ranges.setdefault(key, {})
        atom = known.get(versions)
        if atom is None:
            atom = known[versions] = self._new(key)
        return atom

    def ranges(self, key: str) -> Mapping[VersionSet, int]:
        """The mentioned ranges of a node with their atoms."""
        return self._ranges.get(key, {})

    def signature(self, key: str, version: Version) -> tuple[bool, ...]:
        """Whether a version is in each mentioned range; rules cannot tell equal answers apart."""
        return tuple(wanted.contains(version) for wanted in self.ranges(key))

    def floor(self, key: str, cost: int) -> int:
        """A further node of the package has a version that costs as much as this."""
        return self._floors[key, cost]

    def floors(self, key: str) -> list[tuple[int, int]]:
        """Costs with their :meth:`floor` atoms, lowest first."""
        return sorted((cost, atom) for (name, cost), atom in self._floors.items() if name == key)

    def define_versions(self, key: str, choices: list[tuple[int, VersionCandidate]]) -> None:
        """The atoms of which one holds where the node is built."""
        self._versions[key] = choices

    def versions(self, key: str) -> Sequence[tuple[int, VersionCandidate]]:
        """The classes of versions that a built node chooses from: atom and cheapest member."""
        return self._versions.get(key, ())

    # -- variants ------------------------------------------------------------------------------

    def value(self, key: str, variant: str, value: Word) -> int:
        """The variant of the package has the value (among others, if it is multi-valued)."""
        known = self.mention(key, variant)
        atom = known.get(value)
        if atom is None:
            atom = known[value] = self._new(key)
        return atom

    def mention(self, key: str, variant: str) -> dict[Word, int]:
        """Count a variant as one that rules ask about; the atoms of its values so far."""
        return self._values.setdefault(key, {}).setdefault(variant, {})

    def mentioned(self, key: str) -> Mapping[str, Mapping[Word, int]]:
        """Variants of a package that some rule asked about, with the atom of each value."""
        return self._values.get(key, {})

    def mentioned_variants(self) -> list[tuple[str, str]]:
        """All nodes with each of their variants that some rule asked about."""
        return [(key, variant) for key, variants in self._values.items() for variant in variants]

    def stand_for(self, key: str, variant: str, values: Sequence[Word], value: Word) -> None:
        """Count a value as the one of several that no rule tells apart which has an atom."""
        self._alike.setdefault((key, variant), []).append((values, value))

    def known_value(self, key: str, variant: str, value: Word) -> int | None:
        """The literal :meth:`value`, or that of the value that stands for it; None without one."""
        atoms = self._values.get(key, {}).get(variant, {})
        for values, other in self._alike.get((key, variant), ()):
            if value in values:
                return atoms.get(other)
        return atoms.get(value)

    def has_variant(self, key: str, variant: str) -> int:
        """The package has the variant."""
        atom = self._variants.get((key, variant))
        if atom is None:
            atom = self._variants[key, variant] = self._new(key)
            self.mention(key, variant)
        return atom

    def known_variant(self, key: str, variant: str) -> int | None:
        """The literal :meth:`has_variant` if somebody asked for it."""
        return self._variants.get((key, variant))

    def set_value(self, key: str, variant: str, value: Word) -> int:
        """Something demands this value, so that having it is not a deviation from a default."""
        return self._set[key, variant, value]

    def known_settings(self) -> Mapping[Setting, int]:
        """The settings that somebody asked :meth:`set_value` for, with the literals."""
        return self._set

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        for key, choices in self._versions.items():
            for atom, candidate in choices:
                yield Meaning(atom, "version", (key, candidate.version))
        for key, versions, atom in self.all_ranges():
            yield Meaning(atom, "version_in", (key, versions))
        yield from meanings("value", dict(self.all_values()))
        yield from meanings("variant", self._variants)
        yield from meanings("set", self._set)

    def all_ranges(self) -> Iterator[tuple[str, VersionSet, int]]:
        """Every node with each mentioned range and its atom."""
        for key, known in self._ranges.items():
            for versions, atom in known.items():
                yield key, versions, atom

    def all_values(self) -> Iterator[tuple[Setting, int]]:
        """Every mentioned value with its atom."""
        for key, variants in self._values.items():
            for variant, known in variants.items():
                for value, atom in known.items():
                    yield (key, variant, value), atom
