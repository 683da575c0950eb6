"""Targets and operating systems of nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from spack.language.specs import Spec
from spack.language.targets import target_satisfies
from spack.solve.asp.program import FALSE, Meaning, meanings
from spack.solve.encoding.nodes import Nodes
from spack.solve.problem.request import Request, World


class Architectures:
    """Atoms by node and target, or operating system; no atoms where there is one choice only.

    ``vary`` says whether anything may make a node take another target than the best one;
    ``systems`` are the operating systems to build for, the host's first.
    """

    def __init__(self, nodes: Nodes, request: Request) -> None:
        self._nodes = nodes
        self._program = nodes.program
        self._targets = nodes.world.host.targets
        self.vary = _vary(nodes, request)
        self.systems = operating_systems(nodes.world, request)
        self._target_atoms: dict[tuple[str, str], int] = defaultdict(nodes.program.atom)
        self._target_sets: dict[tuple[str, str], int] = {}
        self._system_atoms: dict[tuple[str, str], int] = defaultdict(nodes.program.atom)

    def target(self, key: str, target: str) -> int:
        """The package is built for exactly this target."""
        if not self.vary:
            return self._nodes.built(key) if target == self._targets[0] else FALSE
        return self._target_atoms[key, target]

    def known_target(self, key: str, target: str) -> int | None:
        """The literal :meth:`target` if there is a choice and somebody asked for it."""
        return self._target_atoms.get((key, target))

    def target_in(self, key: str, constraint: str) -> int:
        """The target of the package satisfies the constraint."""
        place = (key, constraint)
        atom = self._target_sets.get(place)
        if atom is None:
            atom = self._target_sets[place] = self._define_target_set(key, constraint)
        return atom

    def told_apart(self, concrete: Iterable[str]) -> tuple[str, ...]:
        """The best target of each class of targets that no rule tells apart.

        Those of a class satisfy the same constraints, are supported by the same compilers, and
        stand in the same relation to each target that a constraint names or a ``concrete``
        candidate has. Take any answer and give each node the best target of the class of its own:
        that is an answer too, since no constraint sees the difference, and what was at most as
        new as something still is, which is tested; no cost rises. Where that test fails, every
        target is a class. A required target leaves three or four classes of twenty targets, and a
        twentieth of the rules about edges.
        """
        targets, compilers = self._targets, self._nodes.world.compilers
        constraints = dict.fromkeys(constraint for _, constraint in self._target_sets)
        named = {
            name
            for constraint in constraints
            for name in constraint.replace(":", ",").split(",")
            if name
        }
        related = sorted(named.union(concrete))
        classes: dict[tuple[bool, ...], str] = {}
        best: dict[str, str] = {}
        for target in targets:
            signature = (
                *(target_satisfies(target, constraint) for constraint in constraints),
                *(target in compiler.targets for compiler in compilers),
                *(target_satisfies(target, f"{other}:") for other in related),
                *(target_satisfies(target, f":{other}") for other in related),
            )
            best[target] = classes.setdefault(signature, target)
        kept = all(
            target_satisfies(best[one], f"{best[other]}:")
            for other in targets
            for one in targets
            if target_satisfies(one, f"{other}:")
        )
        return tuple(classes.values()) if kept else targets

    def _define_target_set(self, key: str, constraint: str) -> int:
        if self._nodes.is_stub(key):
            return self._nodes.free(key)
        members = [
            row.literal
            for row in self._nodes.opened_rows(key)
            if target_satisfies(row.spec.target, constraint)
        ]
        members += [
            self.target(key, target)
            for target in self._targets
            if target_satisfies(target, constraint)
        ]
        return self._program.any_of(members)

    def os_is(self, key: str, system: str) -> int:
        """The operating system of the node, built or concrete, is this one."""
        if self._nodes.is_stub(key):
            return self._nodes.free(key)
        rows = self._nodes.opened_rows(key)
        same = [row.literal for row in rows if row.spec.os == system]
        return self._program.any_of((self.built_for(key, system), *same))

    def built_for(self, key: str, system: str) -> int:
        """The package is built for exactly this operating system."""
        if system not in self.systems:
            return FALSE
        if len(self.systems) == 1:
            return self._nodes.built(key)
        return self._system_atoms[key, system]

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        yield from meanings("target", self._target_atoms)
        yield from meanings("target_in", self._target_sets)
        yield from meanings("built_for", self._system_atoms)


def operating_systems(world: World, request: Request) -> tuple[str, ...]:
    """Operating systems to build for: the host's, then those that roots are asked for on."""
    asked = {root.spec.os for root in request.roots if root.spec.os is not None}
    return (world.host.os, *sorted(asked - {world.host.os}, reverse=True))


def _vary(nodes: Nodes, request: Request) -> bool:
    world = nodes.world
    best = world.host.targets[0]
    if any(best not in compiler.targets for compiler in world.compilers):
        return True
    specs = [root.spec for root in request.roots]
    for preferences in world.preferences.values():
        for group in preferences.groups:
            specs.extend(member for member in group.members if member is not None)
    return any(_mentions_target(spec) for spec in specs) or any(
        nodes.candidates.avoids_best_target(name) for name in nodes.reach.expanded
    )


def _mentions_target(spec: Spec) -> bool:
    return spec.target is not None or any(_mentions_target(e.spec) for e in spec.dependencies)
