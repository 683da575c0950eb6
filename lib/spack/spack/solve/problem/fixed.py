"""Concrete roots that stay: what is solved beside them has to agree with their run-time graphs.

Everything that fixed roots link or run is decided: a package that occurs there may only be that
node, and a virtual that is used there keeps its provider. Build tools that may occur more than once
stay free. The fixed roots themselves are not part of the problem, so adding one root to a large
environment costs little more than solving that root.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import Origin, SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.specs import Spec
from spack.recipes.records.package_records import PackageRecord
from spack.solve.problem.request import (
    LANGUAGES,
    Group,
    Packages,
    Preferences,
    World,
    runtime_packages,
)
from spack.solve.problem.reuse import with_candidates

#: The origin of fixed roots.
LOCK = Origin("spack.lock")


class ClashingRootsError(SpackError):
    """Concrete roots that are to stay do not agree with each other."""


def with_fixed(world: World, roots: Sequence[ConcreteSpec]) -> World:
    """The world in which answers agree with concrete roots.

    Raises:
        ClashingRootsError: the roots hold two different nodes of one package.
    """
    if not roots:
        return world
    decided: dict[str, ConcreteSpec] = {}
    providers: dict[str, str] = {}
    free = runtime_packages(world)
    for root in roots:
        for node in root.traverse(deptypes.BEYOND_BUILD):
            first = decided.setdefault(node.name, node)
            if node.name not in free and first.dag_hash() != node.dag_hash():
                raise _clash(first, node)
            for edge in node.edges(deptypes.LINK | deptypes.RUN):
                for virtual in edge.virtuals:
                    providers.setdefault(virtual, edge.spec.name)
    for name in free:
        decided.pop(name, None)
    world = with_candidates(world, decided.values(), fixed=True)
    preferences = dict(world.preferences)
    for name, node in decided.items():
        if world.packages.exists(name) and not _may_repeat(world, name):
            preferences[name] = _only(world.preferences_of(name), node)
    used = {v: name for v, name in providers.items() if v not in LANGUAGES and name not in free}
    return world._replace(preferences=preferences, packages=_Providers(world.packages, used))


def _may_repeat(world: World, name: str) -> bool:
    """A build tool of which the answer may hold several nodes."""
    limits = world.max_duplicates
    if limits.get(name, limits.get("default", 1)) < 2:
        return False
    return bool({"build-tools", "compiler"} & set(world.packages.record(name).tags))


def _only(present: Preferences, node: ConcreteSpec) -> Preferences:
    text = f"{node.label} is already in the environment"
    member = Spec(node.name, abstract_hash=node.dag_hash())
    return present._replace(groups=(Group("one_of", (member,), None, text, LOCK),))


def _clash(first: ConcreteSpec, second: ConcreteSpec) -> ClashingRootsError:
    both = " and ".join(s.label for s in (first, second))
    return ClashingRootsError(
        f"the locked roots hold {both}, so nothing can be unified with them",
        origin=LOCK,
        hint="concretize all roots again with spack concretize --force",
    )


class _Providers(Packages):
    """Recipes in a world where the providers of some virtuals are decided."""

    def __init__(self, packages: Packages, decided: dict[str, str]) -> None:
        self._packages = packages
        self._decided = decided

    def record(self, name: str) -> PackageRecord:
        return self._packages.record(name)

    def exists(self, name: str) -> bool:
        return self._packages.exists(name)

    def is_virtual(self, name: str) -> bool:
        return self._packages.is_virtual(name)

    def providers(self, virtual: str) -> Sequence[str]:
        known: list[str] = list(self._packages.providers(virtual))
        decided = self._decided.get(virtual)
        return [decided] if decided in known else known

    def provided_by(self, name: str) -> Sequence[str]:
        return self._packages.provided_by(name)

    def dependents(self, name: str, mask: int) -> Sequence[str]:
        return self._packages.dependents(name, mask)

    def unknown_name_hint(self, name: str) -> str:
        return self._packages.unknown_name_hint(name)
