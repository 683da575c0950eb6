"""The roots of a problem: which nodes stand for what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spack.language.specs import Located
from spack.named_tuples import NamedTuple
from spack.solve.asp.program import FALSE, Meaning, Program, Reason, meanings
from spack.type_names import Union

#: The place of a piece in a request: positions of edges from the root on, then the text of a
#: constraint on the node there; without it, that the last edge is there.
Place = tuple[Union[int, str], ...]


class Root(NamedTuple):
    """A requested root, the literal that it is solved, and the nodes of which one stands for it.

    Each node comes with the literal of standing for it.
    """

    asked: Located
    solved: int
    nodes: Sequence[tuple[str, int]]


class Roots:
    """Roots in the order of the request."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._roots: list[Root] = []
        self._atoms: dict[str, int] = {}
        self._bound: dict[tuple[str, str], list[int]] = {}
        self._pieces: dict[tuple[int, Place], int] = {}
        self._given: dict[tuple[str, str], list[int]] = {}
        #: Keys of all nodes that may be roots.
        self.keys: set[str] = set()

    def __iter__(self) -> Iterator[Root]:
        return iter(self._roots)

    def add(self, root: Root) -> None:
        """Count a root; its nodes are told apart with :meth:`stand`."""
        self._roots.append(root)
        self.keys.update(key for key, _ in root.nodes)

    def stand(self, key: str, literal: int) -> None:
        """The node stands for a root when the literal holds."""
        self._atoms[key] = self._program.any_of((self.is_root(key), literal))

    def is_root(self, key: str) -> int:
        """The node is a root: it was asked for, or provides a virtual that was, and is solved."""
        return self._atoms.get(key, FALSE)

    def bind(self, key: str, package: str, literal: int) -> None:
        """The request names a package with ``^`` below the root, if the literal holds."""
        self._bound.setdefault((key, package), []).append(literal)

    def binds(self, key: str, package: str) -> int:
        """The node is a root whose request names the package with ``^``."""
        return self._program.any_of(self._bound.get((key, package), ()))

    # -- pieces of requests --------------------------------------------------------------------

    def piece(self, number: int, place: Place, reason: Reason) -> int:
        """A piece of the request for the root of that number is asked for."""
        known = self._pieces.get((number, place))
        if known is None:
            known = self._pieces[number, place] = self._program.switch(reason)
        return known

    def pieces(self, number: int, place: Place) -> list[int]:
        """The literals of a piece and of all that is said of the nodes behind it."""
        return [
            atom
            for (root, known), atom in self._pieces.items()
            if root == number and known[: len(place)] == place
        ]

    def give(self, package: str, variant: str, literal: int) -> None:
        """The request says a value of a variant when the literal holds."""
        self._given.setdefault((package, variant), []).append(literal)

    def gives(self, package: str, variant: str) -> int:
        """The request says a value of the variant of the package."""
        return self._program.any_of(self._given.get((package, variant), ()))

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        yield from meanings("asked", self._pieces)

    def minimize(self, key: str, as_root: int, otherwise: int, weight: int, literal: int) -> None:
        """A cost of a node that is charged with one priority on roots, with another on others."""
        root = self.is_root(key)
        self._program.minimize(as_root, weight, self._program.all_of((literal, root)))
        self._program.minimize(otherwise, weight, self._program.all_of((literal, -root)))
