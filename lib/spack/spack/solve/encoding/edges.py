"""Edges between nodes: who depends on which node with which types, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from spack.language import deptypes
from spack.named_tuples import NamedTuple
from spack.solve.asp.instances import instance, package_of
from spack.solve.asp.program import FALSE, TRUE, Meaning, meanings
from spack.solve.encoding.nodes import Nodes
from spack.type_names import Callable


class Use(NamedTuple):
    """One reason for an edge: it exists with these types when the literal holds."""

    literal: int
    mask: int
    virtual: str | None


class SplicedEdge(NamedTuple):
    """A node's other child, if the literal holds, in place of the one in its concrete spec."""

    literal: int
    parent: str
    recorded: str
    child: str


class Edges:
    """Uses by parent and child, in the order in which they were written."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._program = nodes.program
        self._uses: dict[tuple[str, str], list[Use]] = {}
        self._parents: dict[str, list[str]] = {}
        self._atoms: dict[tuple[str, str, int], int] = defaultdict(nodes.program.atom)
        self._picks: dict[tuple[str, str], int] = {}
        self.splices: list[SplicedEdge] = []

    def use(
        self, parent: str, child: str, literal: int, mask: int, virtual: str | None = None
    ) -> None:
        """Record that ``parent`` depends on a package with these types when the literal holds.

        With several nodes of the package all its edges from one parent go to the same one.
        """
        if literal == FALSE or not mask:
            return
        for key in self.choices(parent, child):
            self.use_node(
                parent, key, self._program.all_of((literal, self.pick(parent, key))), mask, virtual
            )
        self._program.require((literal,), self.picks(parent, child))

    def use_node(
        self, parent: str, key: str, literal: int, mask: int, virtual: str | None = None
    ) -> None:
        """As :meth:`use`, for one certain node."""
        if literal == FALSE or not mask:
            return
        known = self._uses.get((parent, key))
        if known is None:
            known = self._uses[parent, key] = []
            self._parents.setdefault(key, []).append(parent)
        known.append(Use(literal, mask, virtual))
        self._program.rule(self._nodes.node(key), (literal,))
        self._program.require((literal,), self.pick(parent, key))

    def choices(self, parent: str, child: str) -> tuple[str, ...]:
        """Nodes of a package that a parent may depend on: no node depends on itself."""
        if package_of(parent) != child:
            return self._nodes.instances(child)
        if child not in self._nodes.reach.split:
            several = self._nodes.candidates.duplicates.nodes(child) > 1
            return (instance(child, 1),) if several else ()
        return tuple(key for key in self._nodes.instances(child) if key != parent)

    def pick(self, parent: str, key: str) -> int:
        """Among the nodes of a package the parent depends on this one."""
        package = package_of(key)
        if package not in self._nodes.reach.split:
            return TRUE
        if (parent, key) not in self._picks:
            options = self.choices(parent, package)
            atoms = [self._program.atom() for _ in options]
            self._picks.update(zip(((parent, option) for option in options), atoms))
            self._program.choice(atoms, (self._nodes.node(parent),))
            self._program.at_most(1, atoms)
            for option, atom in zip(options, atoms):
                self._program.prefer(atom, option == package)
        return self._picks[parent, key]

    def picks(self, parent: str, child: str) -> int:
        """The parent has decided which node of the package it depends on."""
        return self._program.any_of(self.pick(parent, key) for key in self.choices(parent, child))

    def edge(self, parent: str, child: str, mask: int = deptypes.ALL) -> int:
        """The parent depends directly on the child with one of these types."""
        return self._atoms[parent, child, mask]

    def below(
        self, start: str, because: int, mask: int, children: Mapping[str, Sequence[str]]
    ) -> dict[str, int]:
        """``below(D) :- below(P), edge(P, D)`` over edges of these types, from one node."""
        below = {start: because}
        todo = [start]
        while todo:
            for child in children.get(todo.pop(), ()):
                if child not in below:
                    below[child] = self._program.atom()
                    todo.append(child)
        for parent, reached in list(below.items()):
            for child in children.get(parent, ()):
                if child != start:
                    self._program.rule(below[child], (reached, self.edge(parent, child, mask)))
        return below

    def define(self) -> None:
        """``edge(P, D, T) :- use(P, D, T)`` for every edge that some rule asked about."""
        for (parent, child, mask), atom in self._atoms.items():
            for use in self._uses.get((parent, child), ()):
                if use.mask & mask:
                    self._program.rule(atom, (use.literal,))

    # -- what there is so far ------------------------------------------------------------------

    def __contains__(self, pair: tuple[str, str]) -> bool:
        return pair in self._uses

    def uses(self, parent: str, child: str) -> Sequence[Use]:
        """The reasons for an edge, as far as they are written."""
        return tuple(self._uses.get((parent, child), ()))

    def pairs(self, mask: int = deptypes.ALL) -> list[tuple[str, str]]:
        """Parents and children that may have an edge with one of these types."""
        if mask == deptypes.ALL:
            return list(self._uses)
        return [pair for pair, uses in self._uses.items() if any(u.mask & mask for u in uses)]

    def parents_of(self, key: str) -> Sequence[str]:
        """Nodes that may depend on a node."""
        return tuple(self._parents.get(key, ()))

    def parents(self, mask: int) -> dict[str, list[str]]:
        """The same for each node, by edges of these types."""
        found: dict[str, list[str]] = {}
        for parent, child in self.pairs(mask):
            found.setdefault(child, []).append(parent)
        return found

    def children(self, mask: int = deptypes.ALL) -> dict[str, list[str]]:
        """Nodes that each node may depend on by edges of these types."""
        found: dict[str, list[str]] = {}
        for parent, child in self.pairs(mask):
            found.setdefault(parent, []).append(child)
        return found

    def used(self, holds: Callable[[int], bool]) -> Iterator[tuple[str, str, Use]]:
        """Parent, child and use, for all uses of an answer."""
        for (parent, child), uses in self._uses.items():
            for use in uses:
                if holds(use.literal):
                    yield parent, child, use

    def by_child(self) -> Iterator[tuple[str, int]]:
        """The child and the literal of every edge that some rule asked about."""
        return ((child, atom) for (_, child, _), atom in self._atoms.items())

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        for (parent, child, mask), atom in self._atoms.items():
            types = ",".join(deptypes.to_names(mask))
            yield Meaning(atom, "edge", (parent, child, types))
        yield from meanings("pick", self._picks)
