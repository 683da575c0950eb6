"""The nodes of a problem: their keys, which are stubs, and how each one gets into an answer.

Knows nothing of what depends on what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.solve.asp import criteria
from spack.solve.asp.instances import instance, number_of, package_of
from spack.solve.asp.program import FALSE, Meaning, Program, Reason
from spack.solve.encoding.sentences import NOT_BUILDABLE
from spack.solve.problem.candidates import Candidates, Setting
from spack.solve.problem.request import World, runtime_packages
from spack.type_names import Callable

#: The end of ways: a package or virtual, and whether only ways at run time count.
Place = tuple[str, bool]


class Row(NamedTuple):
    """A concrete candidate of a package: an external or a spec to reuse."""

    literal: int
    spec: ConcreteSpec


class Reach(NamedTuple):
    """Scope of the rules of one round; the next round covers more."""

    #: Packages with rules; all others are stubs.
    expanded: set[str]
    #: Packages with nodes beyond the first.
    split: set[str]
    #: Values that stubs may set (see ``rules/hidden.py``).
    freed: set[Setting]
    #: Packages and virtuals to which all ways are drawn (see ``rules/ways.py``), each with whether
    #: only ways at run time count: the packages on such ways.
    drawn: dict[Place, AbstractSet[str]]

    @classmethod
    def of(
        cls,
        expanded: Iterable[str],
        split: Iterable[str] = (),
        freed: Iterable[Setting] = (),
        drawn: Mapping[Place, AbstractSet[str]] = {},
    ) -> Reach:
        """Sets of its own."""
        return cls(set(expanded), set(split), set(freed), dict(drawn))

    def expand(self, keys: Iterable[str]) -> bool:
        """Cover these nodes as well; whether there was anything new."""
        before = len(self.expanded) + len(self.split)
        for key in keys:
            (self.split if number_of(key) else self.expanded).add(package_of(key))
        return len(self.expanded) + len(self.split) > before


class Nodes:
    """Keys of nodes in the order in which they were first mentioned; each is in it for good."""

    def __init__(
        self, world: World, candidates: Candidates, reach: Reach, program: Program
    ) -> None:
        self.world = world
        self.candidates = candidates
        self.reach = reach
        self.program = program
        self.runtimes = runtime_packages(world)
        self._atoms: dict[str, int] = {}
        self._built: dict[str, int] = {}
        self._rows: dict[str, tuple[Row, ...]] = {}
        self._further: dict[str, int] = {}
        self._sketches: dict[str, bool] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._atoms))

    def __contains__(self, key: str) -> bool:
        return key in self._atoms

    def is_stub(self, key: str) -> bool:
        """The node is not encoded in this round, beyond what others ask of it."""
        if "#" in key:
            return package_of(key) not in self.reach.split
        return key not in self.reach.expanded and not self.is_sketch(key)

    def is_sketch(self, key: str) -> bool:
        """The node has its versions and values, and of its directives those on the ways drawn."""
        if not self.reach.drawn or key in self.reach.expanded:
            return False
        known = self._sketches.get(key)
        if known is None:
            known = self._sketches[key] = self._on_some_way(key)
        return known

    def _on_some_way(self, key: str) -> bool:
        """Whether a package may lead to where ways are drawn, and leaves its target alone."""
        on_way = any(key in packages for packages in self.reach.drawn.values())
        return on_way and not self.candidates.avoids_best_target(key)

    def unfinished(self) -> list[str]:
        """Keys of the mentioned nodes that lack rules: stubs and sketches."""
        return [key for key in self._atoms if self.is_stub(key) or self.is_sketch(key)]

    def encoded(self) -> list[str]:
        """Keys of the mentioned nodes that are not stubs."""
        return [key for key in self._atoms if not self.is_stub(key)]

    def present(self, holds: Callable[[int], bool]) -> list[str]:
        """Keys of the nodes that an answer has."""
        return [key for key, atom in self._atoms.items() if holds(atom)]

    def instances(self, package: str) -> tuple[str, ...]:
        """Keys of the nodes that a package may have in this problem."""
        if package not in self.reach.split:
            return (package,)
        return tuple(instance(package, n) for n in range(self.candidates.duplicates.nodes(package)))

    def node(self, key: str) -> int:
        """The node is in the answer."""
        atom = self._atoms.get(key)
        if atom is None:
            atom = self._atoms[key] = self.program.atom()
            self._open(key, atom)
        return atom

    def built(self, key: str) -> int:
        """The package is in the answer and must be built."""
        self.node(key)
        return self._built[key]

    def free(self, key: str) -> int:
        """A new property of a stub: whatever suits the answer."""
        atom = self.program.atom()
        self.program.choice((atom,), (self.node(key),))
        return atom

    def _open(self, key: str, node: int) -> None:
        """Decide between building the package and taking one of its concrete candidates."""
        program = self.program
        package = package_of(key)
        rows = tuple(Row(program.atom(), spec) for spec in self.world.concrete.get(package, ()))
        self._rows[key] = rows
        if not rows:
            built = node
        else:
            built = program.atom()
            options = [built, *(row.literal for row in rows)]
            program.choice(options, (node,))
            program.exactly_one(options, node)
        self._built[key] = built
        if not self.world.preferences_of(package).buildable:
            facts = (package, tuple(self.world.rejected.get(package, ())), bool(rows))
            origin = self.world.preferences_of(package).buildable_origin
            program.forbid((built,), Reason(NOT_BUILDABLE, facts, origin))
        if key not in self.runtimes:
            program.minimize(criteria.BUILDS, 1, built)
            program.prefer(node, False)
        if key != package and package in self.reach.split:
            program.forbid((node, -self.node(instance(package, number_of(key) - 1))))

    # -- rows ----------------------------------------------------------------------------------

    def rows(self, key: str) -> tuple[Row, ...]:
        """Concrete candidates of a node; none of one that nobody mentioned."""
        return self._rows.get(key, ())

    def opened_rows(self, key: str) -> tuple[Row, ...]:
        """Concrete candidates of a node, which is mentioned hereby."""
        self.node(key)
        return self._rows[key]

    def all_rows(self) -> list[tuple[str, Row]]:
        """Each row with the key of its node."""
        return [(key, row) for key, rows in self._rows.items() for row in rows]

    def is_spec(self, key: str, digest: str) -> int:
        """The mentioned node is the concrete candidate with this DAG hash."""
        return self.program.any_of(
            row.literal for row in self._rows[key] if row.spec.dag_hash() == digest
        )

    # -- further nodes -------------------------------------------------------------------------

    def further(self, key: str) -> int:
        """A node of this package may stand for several, none of which is encoded yet."""
        known = self._further.get(key)
        if known is None:
            known = self._further[key] = self._define_further(key)
        return known

    def _define_further(self, key: str) -> int:
        package = package_of(key)
        if package in self.reach.split or self.is_stub(key):
            return FALSE
        if self.candidates.duplicates.nodes(package) < 2:
            return FALSE
        atom = self.free(key)
        self.program.prefer(atom, False)
        return atom

    def divisible(self) -> list[tuple[str, int]]:
        """Keys of the nodes that may stand for several, with the literal :meth:`further`."""
        return [(key, atom) for key, atom in self._further.items() if atom != FALSE]

    def relied_on(self, holds: Callable[[int], bool]) -> set[str]:
        """Keys of what an answer has without it being encoded: unfinished and further nodes."""
        found = {key for key in self.unfinished() if holds(self._atoms[key])}
        found.update(instance(key, 1) for key, atom in self.divisible() if holds(atom))
        return found

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        for key, atom in self._atoms.items():
            yield Meaning(atom, "node", (key,))
            for row in self._rows[key]:
                yield Meaning(row.literal, "row", (key, row.spec.dag_hash()))
        for key, atom in self._built.items():
            yield Meaning(atom, "built", (key,))
        for key, atom in self._further.items():
            yield Meaning(atom, "further", (key,))
