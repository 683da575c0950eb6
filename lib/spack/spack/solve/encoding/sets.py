"""Unification sets, in which a package has one node at most, and what stubs may lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Meaning, meanings
from spack.solve.encoding.nodes import Nodes

#: The set of what roots link and run, and that of all build-only dependencies that may occur once.
ROOT_SET, GENERIC_SET = "root", "generic"


class Sets:
    """Members of ``root``, ``generic`` and ``build:<key>``.

    ``hidden_ways`` is the literal that what is not encoded may lead to what the request names;
    false, nothing does.
    """

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._program = nodes.program
        self._members: dict[tuple[str, str], int] = defaultdict(nodes.program.atom)
        self._open_below: dict[tuple[str, bool], int] = defaultdict(nodes.program.atom)
        self.hidden_ways = self._program.atom()
        #: Keys of the sketches whose rules on ways are written.
        self.sketched: set[str] = set()

    def member(self, set_name: str, key: str) -> int:
        """The node belongs to a unification set."""
        return self._members[set_name, key]

    def build_set(self, key: str) -> str:
        """The set that a node opens as a build-only dependency."""
        several = not self._nodes.is_stub(key) and self._nodes.candidates.duplicates.opens_set(
            package_of(key)
        )
        return f"build:{key}" if several else GENERIC_SET

    def names(self) -> list[str]:
        """All sets that the mentioned nodes may open."""
        set_names = [ROOT_SET, GENERIC_SET, *(self.build_set(key) for key in self._nodes)]
        return list(dict.fromkeys(set_names))

    def together(self, first: str, second: str) -> int:
        """Two nodes share a unification set."""
        return self._program.any_of(
            self._program.all_of((self.member(set_name, first), self.member(set_name, second)))
            for set_name in self.names()
        )

    def __contains__(self, place: tuple[str, str]) -> bool:
        return place in self._members

    def asked(self) -> dict[str, list[str]]:
        """For each set the nodes whose membership somebody asked about."""
        found: dict[str, list[str]] = {}
        for set_name, key in self._members:
            found.setdefault(set_name, []).append(key)
        return found

    # -- what is not encoded -------------------------------------------------------------------

    def open_below(self, name: str, *, at_run_time: bool) -> int:
        """A chosen node that is not encoded yet may have the package, or virtual, below it.

        ``at_run_time`` asks for a node of the root set and a way of other than build edges.
        """
        return self._open_below[name, at_run_time]

    def all_open_below(self) -> list[tuple[str, bool, int]]:
        """The requests to :meth:`open_below`: name, ``at_run_time`` and literal."""
        return [(name, when, atom) for (name, when), atom in self._open_below.items()]

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        yield from meanings("member", self._members)
        yield from meanings("open_below", self._open_below)
