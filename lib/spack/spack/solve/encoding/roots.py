"""The roots of a problem: which nodes stand for what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from spack.language.specs import Located
from spack.named_tuples import NamedTuple
from spack.solve.asp.program import FALSE, Program


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
        self._bound: dict[str, set[str]] = {}
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

    def bind(self, key: str, names: Iterable[str]) -> None:
        """The request names these packages with ``^`` below the root."""
        self._bound.setdefault(key, set()).update(names)

    def binds(self, key: str, package: str) -> bool:
        """Whether the node is a root whose request names the package with ``^``."""
        return package in self._bound.get(key, ())

    def minimize(self, key: str, as_root: int, otherwise: int, weight: int, literal: int) -> None:
        """A cost of a node that is charged with one priority on roots, with another on others."""
        root = self.is_root(key)
        self._program.minimize(as_root, weight, self._program.all_of((literal, root)))
        self._program.minimize(otherwise, weight, self._program.all_of((literal, -root)))
