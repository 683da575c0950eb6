"""Targets and operating systems of nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

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
