"""Which packages to encode first: what defaults and preferred providers lead to.

A guess decides how long a solve takes, never its answer: packages that it missed are found as stubs
in the optimum and encoded in the next round.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Set, Tuple, Union

from spack.language import deptypes
from spack.language.specs import Spec
from spack.language.targets import target_satisfies
from spack.language.versions import Version
from spack.solve.candidates import Candidates
from spack.solve.request import LANGUAGES, Request, World
from spack.solve.rules_compilers import runtime_packages

Word = Union[bool, str]


class Guess:
    """Follows default variants and preferred providers from the roots."""

    def __init__(self, world: World, request: Request, candidates: Candidates) -> None:
        self._world = world
        self._request = request
        self._candidates = candidates
        self._constraints: Dict[str, List[Spec]] = {}
        self._visited: Dict[str, int] = {}
        self._path: List[str] = []
        self._asked: Set[str] = set()
        self.names: Set[str] = set()
        self.split: Set[str] = set()

    def run(self) -> Set[str]:
        """Names of the packages to expand in the first round.

        Those in ``split`` are build tools that would depend on themselves.
        """
        for root in self._request.roots:
            self._asked.update(
                spec.name
                for spec in (root.spec, *(edge.spec for edge in root.spec.dependencies))
                if spec.name is not None
            )
        for root in self._request.roots:
            for edge in root.spec.dependencies:
                self._reach(edge.spec)
                for below in edge.spec.dependencies:
                    self._reach(below.spec)
        for root in self._request.roots:
            self._reach(root.spec)
        for name in runtime_packages(self._world):
            self._visit(name)
        for compiler in self._world.compilers:
            self.names.add(compiler.spec.name)
        return self.names

    def _reach(self, spec: Spec) -> None:
        name = spec.name
        packages = self._world.packages
        if name is None:
            return
        if not packages.exists(name):
            if packages.is_virtual(name) and name not in LANGUAGES:
                provider = self._provider(name, spec)
                if provider is not None:
                    self._visit(provider)
            return
        known = self._constraints.setdefault(name, [])
        if spec not in known:
            known.append(spec)
        self._visit(name)

    def _provider(self, virtual: str, wanted: Spec) -> Optional[str]:
        """The most preferred provider; one that is asked for, or met already, before its equals."""
        names = self._world.packages.providers(virtual)
        able = [n for n in names if self._can_provide(n, virtual, wanted)]
        weight = self._candidates.provider_weight

        def order(name: str) -> Tuple[bool, int, bool]:
            return name not in self._asked, weight(virtual, name), name not in self.names

        return min(able, key=order) if able else None

    def _can_provide(self, name: str, virtual: str, wanted: Spec) -> bool:
        if self._world.providers.get(virtual) and name not in self._world.providers[virtual]:
            return name in self.names
        preferences = self._world.preferences_of(name)
        if not preferences.buildable and not self._world.concrete.get(name):
            return False
        return any(
            provided.versions.intersects(wanted.versions)
            for _, provided in self._candidates.provides(name, virtual)
        )

    def _visit(self, name: str) -> None:
        """Expand a package, again when new constraints arrived since the last time."""
        if name in self._path and self._candidates.max_nodes(name) > 1:
            self.split.add(name)
        constraints = self._constraints.get(name, [])
        if self._visited.get(name, -1) >= len(constraints):
            return
        self._visited[name] = len(constraints)
        self.names.add(name)
        candidates = self._world.concrete.get(name)
        if candidates:
            kept = deptypes.LINK | deptypes.RUN
            children = {
                e.spec.name for s in candidates for e in s.dependencies if e.deptypes & kept
            }
            for child in sorted(children):
                if self._world.packages.exists(child):
                    self._visit(child)
            return
        version, values = self._state(name, constraints)
        tests = self._request.test_all or name in self._request.tests
        self._path.append(name)
        for dependency in self._candidates.record(name).dependencies:
            if dependency.deptypes == deptypes.TEST and not tests:
                continue
            if self._may_hold(dependency.when, version, values):
                self._reach(dependency.spec)
        self._path.pop()

    def _state(
        self, name: str, constraints: List[Spec]
    ) -> Tuple[Optional[Version], Dict[str, Tuple[Word, ...]]]:
        """The likely version and variant values of a package."""
        version = None
        for candidate in self._candidates.versions(name):
            if candidate.buildable and all(
                c.versions.contains(candidate.version) for c in constraints
            ):
                version = candidate.version
                break
        values: Dict[str, Tuple[Word, ...]] = {}
        for variant in self._candidates.variant_names(name):
            for definition in self._candidates.definitions(name, variant):
                if self._may_hold(definition.when, version, values):
                    values[variant] = self._candidates.default(name, definition)
        for constraint in constraints:
            for wanted in constraint.variants.values():
                if wanted.values != ("*",):
                    values[wanted.name] = wanted.values
        return version, values

    def _may_hold(
        self,
        when: Optional[Spec],
        version: Optional[Version],
        values: Dict[str, Tuple[Word, ...]],
    ) -> bool:
        if when is None:
            return True
        host = self._world.host
        if version is not None and not when.versions.contains(version):
            return False
        if when.platform is not None and when.platform != host.platform:
            return False
        if when.os is not None and when.os != host.os:
            return False
        if when.target is not None and not target_satisfies(host.targets[0], when.target):
            return False
        for constraint in when.variants.values():
            present = values.get(constraint.name, ())
            if constraint.values != ("*",) and not set(constraint.values) <= set(present):
                return False
        return all(self._edge_may_hold(edge.spec) for edge in when.dependencies)

    def _edge_may_hold(self, spec: Spec) -> bool:
        return (
            spec.name is None
            or spec.name in self.names
            or not self._world.packages.exists(spec.name)
        )
