"""Compiler flags of nodes: who puts which on a built node, and who asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from spack.language.specs import Spec
from spack.named_tuples import NamedTuple
from spack.solve.asp.program import FALSE, Meaning, meanings
from spack.solve.encoding.nodes import Nodes

#: Order of the flags of one node: by the kind of :class:`Reason` that put them there.
FLAG_RANKS = {"compiler": 0, "propagation": 1, "dependency": 3, "requirement": 4, "request": 5}


class FlagSource(NamedTuple):
    """Compiler flags that somebody puts on a built node when the literal holds.

    ``kind`` is one of :data:`FLAG_TYPES`; ``rank`` orders the sources of one node, ``parent`` is
    the dependent that asks, if one does.
    """

    literal: int
    kind: str
    words: tuple[str, ...]
    rank: int
    parent: str


class Flags:
    """A built node has exactly the flags of its sources."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._program = nodes.program
        self._sources: dict[str, list[FlagSource]] = {}
        self._atoms: dict[tuple[str, str, str], int] = {}

    def flag(self, key: str, kind: str, word: str) -> int:
        """The node is compiled with this flag among others of its type."""
        place = (key, kind, word)
        if place not in self._atoms:
            stub = self._nodes.is_stub(key)
            self._atoms[place] = self._nodes.free(key) if stub else self._program.atom()
        return self._atoms[place]

    def put(
        self,
        because: int,
        key: str,
        flags: Mapping[str, Sequence[str]],
        reason: str,
        parent: str = "",
    ) -> None:
        """A built node gets flags when the literal holds; ``reason`` is a kind of Reason."""
        if because == FALSE or self._nodes.is_stub(key):
            return
        active = self._program.all_of((because, self._nodes.built(key)))
        for kind, words in flags.items():
            if not words:
                continue
            source = FlagSource(active, kind, tuple(words), FLAG_RANKS[reason], parent)
            self._sources.setdefault(key, []).append(source)
            for word in words:
                self._program.rule(self.flag(key, kind, word), (active,))

    def sources(self, key: str) -> Sequence[FlagSource]:
        """The sources of flags on a node."""
        return self._sources.get(key, ())

    def with_sources(self) -> list[str]:
        """Keys of the nodes that somebody puts flags on."""
        return list(self._sources)

    def asked(self) -> list[tuple[tuple[str, str, str], int]]:
        """Every node, type and word that some rule asked about, with its atom."""
        return list(self._atoms.items())

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        return meanings("flag", self._atoms)


def flag_words(spec: Spec) -> dict[str, tuple[str, ...]]:
    """The flags of a spec by type, in written order."""
    return {kind: tuple(c.flag for c in found) for kind, found in spec.flags.items()}
