"""A ground answer-set program, built in Python and handed to clingo without a grounder.

Literals are non-zero integers: an atom, or minus an atom. :data:`TRUE` and :data:`FALSE` are
literals too and are simplified away, so that whoever writes a rule need not ask whether something
was already decided. Every integrity constraint may carry a :class:`Reason`; when the program has no
answer the reasons of a minimal set of constraints are the explanation. The program knows nothing
of packages.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from spack.errors import Origin
from spack.named_tuples import NamedTuple
from spack.solve.asp.clingo_library import Control
from spack.type_names import Any, Callable

TRUE = 1
FALSE = -1


class Law(NamedTuple):
    """A kind of constraint, and the sentence that says one of them: a format, or what makes it."""

    kind: str
    sentence: str | Callable[..., str]


class Sentence(NamedTuple):
    """A reason in words."""

    text: str
    origin: Origin | None
    kind: str
    about: tuple[str, ...] = ()


class Reason(NamedTuple):
    """The reason for a constraint: what its law says of which things, and where that is written.

    ``about`` names the one thing that a general rule is about: a node, or a node and a variant.
    """

    law: Law
    facts: tuple[Any, ...] = ()
    origin: Origin | None = None
    about: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Of its law."""
        return self.law.kind

    def in_words(self) -> Sentence:
        """A reason in words for readers."""
        said = self.law.sentence
        text = said.format(*self.facts) if isinstance(said, str) else said(*self.facts)
        return Sentence(text, self.origin, self.kind, self.about)


class Meaning(NamedTuple):
    """The meaning of an atom: a predicate and its arguments, such as ``node("zlib")``."""

    atom: int
    predicate: str
    arguments: tuple[object, ...]


def meanings(predicate: str, atoms: Mapping[Any, int]) -> Iterator[Meaning]:
    """The meanings of the atoms of a table that has their arguments as keys."""
    return (Meaning(atom, predicate, arguments) for arguments, atom in atoms.items())


#: Stands for the rule that edges close no cycle.
CYCLE = Reason(Law("cycle", "dependencies may not form a cycle"))


class Program:
    """Rules, choices, constraints, weights and acyclic edges over integer atoms."""

    def __init__(self) -> None:
        self._next = 2
        self._conjunctions: dict[tuple[int, ...], int] = {}
        self._disjunctions: dict[tuple[int, ...], int] = {}
        self._derived: dict[int, tuple[int, ...]] = {}
        self.rules: list[tuple[int, tuple[int, ...]]] = []
        self.choices: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self.constraints: list[tuple[tuple[int, ...], Reason | None]] = []
        self.bounds: list[tuple[tuple[int, ...], int, Reason | None]] = []
        self.weights: dict[int, list[tuple[int, int]]] = {}
        self.edges: list[tuple[int, int, int]] = []
        self.labels: dict[int, str] = {}
        self.switches: list[tuple[int, Reason]] = []
        self.preferred: list[tuple[int, int]] = []
        self.constants: dict[int, int] = {}

    def atom(self) -> int:
        """A new atom, false unless a rule or a choice makes it true."""
        self._next += 1
        return self._next - 1

    @property
    def size(self) -> int:
        """Number of rules, choices, constraints and bounds."""
        return len(self.rules) + len(self.choices) + len(self.constraints) + len(self.bounds)

    def rule(self, head: int, body: Sequence[int]) -> None:
        """``head :- body.``"""
        simplified = _simplify(body)
        if simplified is not None:
            self.rules.append((head, simplified))

    def choice(self, heads: Sequence[int], body: Sequence[int]) -> None:
        """``{heads} :- body.``"""
        simplified = _simplify(body)
        if simplified is not None and heads:
            self.choices.append((tuple(heads), simplified))

    def forbid(self, body: Sequence[int], reason: Reason | None = None) -> None:
        """``:- body.``"""
        simplified = _simplify(body)
        if simplified is not None:
            self.constraints.append((simplified, reason))

    def require(self, condition: Sequence[int], literal: int, reason: Reason | None = None) -> None:
        """``:- condition, not literal.``"""
        self.forbid((*condition, -literal), reason)

    def at_most(self, limit: int, literals: Sequence[int], reason: Reason | None = None) -> None:
        """``:- #count{literals} > limit.``"""
        if len(literals) > limit:
            self.bounds.append((tuple(literals), limit + 1, reason))

    def exactly_one(self, literals: Sequence[int], when: int, reason: Reason | None = None) -> None:
        """One of the literals holds if ``when`` does, and never two of them."""
        self.forbid((when, *(-literal for literal in literals)), reason)
        self.at_most(1, literals, reason)

    def all_of(self, literals: Iterable[int]) -> int:
        """A literal that is true when all are."""
        body = _simplify(tuple(literals))
        if body is None:
            return FALSE
        if not body:
            return TRUE
        if len(body) == 1:
            return body[0]
        known = self._conjunctions.get(body)
        if known is None:
            known = self._conjunctions[body] = self.atom()
            self._derived[known] = body
            self.rules.append((known, body))
        return known

    def any_of(self, literals: Iterable[int]) -> int:
        """A literal that is true when one is."""
        members = tuple(sorted(set(literals)))
        if TRUE in members or any(-m in members for m in members):
            return TRUE
        members = tuple(m for m in members if m != FALSE)
        if not members:
            return FALSE
        if len(members) == 1:
            return members[0]
        known = self._disjunctions.get(members)
        if known is None:
            known = self._disjunctions[members] = self.atom()
            self._derived[known] = ()
            for member in members:
                self.rules.append((known, (member,)))
        return known

    def parts(self, literal: int) -> Iterator[int]:
        """The literals that hold if the literal does: itself, or the members of a conjunction."""
        body = self._derived.get(literal, ())
        if not body:
            yield literal
        for part in body:
            yield from self.parts(part)

    def free_atoms(self) -> Iterable[int]:
        """Atoms that are not abbreviations of other literals."""
        return (atom for atom in range(1, self._next) if atom not in self._derived)

    def with_derived(self, true: set[int]) -> frozenset[int]:
        """All true atoms, given those of :meth:`free_atoms`: :meth:`all_of` and :meth:`any_of`.

        They were made in the order of their numbers, so that each finds its parts decided.
        """
        any_of = {atom: members for members, atom in self._disjunctions.items()}
        for atom, body in self._derived.items():
            if body:
                if all(part in true if part > 0 else -part not in true for part in body):
                    true.add(atom)
            elif any(part in true if part > 0 else -part not in true for part in any_of[atom]):
                true.add(atom)
        return frozenset(true)

    def minimize(self, priority: int, weight: int, literal: int) -> None:
        """Costs ``weight`` at ``priority`` when the literal holds."""
        if weight and literal != FALSE:
            if literal == TRUE:
                self.constants[priority] = self.constants.get(priority, 0) + weight
            else:
                self.weights.setdefault(priority, []).append((literal, weight))

    def acyclic_edge(self, source: int, target: int, literal: int) -> None:
        """The edges whose literal holds may not close a cycle; nodes are any integers.

        ``labels`` may say what the integers are called in explanations.
        """
        if literal != FALSE:
            self.edges.append((source, target, literal))

    def switch(self, reason: Reason) -> int:
        """A literal that holds, but may be left out where a clash is looked for.

        It stands for a demand and all that comes with it. Constraints that have the same reason
        have it in their bodies.
        """
        atom = self.atom()
        self.switches.append((atom, reason))
        return atom

    def prefer(self, atom: int, value: bool) -> None:
        """A hint for the search: try this value first. Changes no answer."""
        if atom > 1:
            self.preferred.append((atom, 1 if value else -1))

    def load(self, control: Control, *, guards: bool = False) -> list[tuple[int, Reason]]:
        """Write everything to a clingo control.

        With ``guards`` each constraint that has a reason is switched by an atom of its own; these
        are returned, to be assumed true, with those of :meth:`switch`. Criteria are left out then:
        only consistency matters.
        """
        guarded: dict[Reason, int] = {}
        fresh = itertools.count(self._next)
        switched = {reason for _, reason in self.switches}

        def guard(reason: Reason) -> int:
            atom = guarded.get(reason)
            if atom is None:
                atom = guarded[reason] = next(fresh)
            return atom

        with control.backend() as backend:
            backend.rules([(TRUE, ())])
            backend.rules(self.rules)
            backend.choices(self.choices)
            if guards:
                backend.constraints(
                    body if reason is None or reason in switched else (*body, guard(reason))
                    for body, reason in self.constraints
                )
                backend.choices(([atom], ()) for atom, _ in self.switches)
            else:
                backend.constraints(body for body, _ in self.constraints)
                backend.rules((atom, ()) for atom, _ in self.switches)
            for literals, lower, reason in self.bounds:
                crossing: list[int] = []
                if guards and reason is not None:
                    crossing = [next(fresh)]
                    backend.constraints([(crossing[0], guard(reason))])
                backend.at_least(crossing, lower, literals)
            for source, target, literal in self.edges:
                condition = [literal, guard(CYCLE)] if guards else [literal]
                backend.acyclic_edge(source, target, condition)
            if guards:
                backend.choices(([atom], ()) for atom in guarded.values())
            else:
                for priority, terms in self.weights.items():
                    backend.minimize(priority, terms)
                backend.prefer(self.preferred)
        own = [(atom, reason) for reason, atom in guarded.items()]
        return [*self.switches, *own] if guards else own


def _simplify(body: Sequence[int]) -> tuple[int, ...] | None:
    """The body without true literals, sorted; None when it can never hold.

    Bodies of one and two literals are most of a program and have short ways of their own.
    """
    if len(body) == 1:
        only = body[0]
        if only == TRUE:
            return ()
        return None if only == FALSE else (only,)
    if len(body) == 2:
        first, second = body
        if first == FALSE or second == FALSE or first == -second:
            return None
        if first in (TRUE, second):
            return () if second == TRUE else (second,)
        if second == TRUE:
            return (first,)
        return (first, second) if first < second else (second, first)
    members = set(body)
    members.discard(TRUE)
    if FALSE in members or any(-m in members for m in members):
        return None
    return tuple(sorted(members))
