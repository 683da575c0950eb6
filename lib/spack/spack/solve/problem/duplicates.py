"""The numbers of nodes of a package, and of providers of a virtual, that an answer may hold.

By ``concretizer:duplicates`` and by what recipes use for running and for building.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from spack.errors import Origin
from spack.language import deptypes
from spack.solve.problem.relations import Relations
from spack.solve.problem.request import LANGUAGES, World


class Duplicates:
    """Numbers that are kept for one request.

    Args:
        roots: names of the requested roots.
    """

    def __init__(self, world: World, relations: Relations, roots: Sequence[str]) -> None:
        self._world = world
        self._relations = relations
        self._roots = roots
        self._nodes: dict[str, int] = {}
        self._twice: set[str] | None = None
        self._uses: tuple[set[str], set[str]] | None = None

    def nodes(self, name: str) -> int:
        """The number of nodes of the package that may stand side by side.

        By the strategy: always one (none), as configured for build tools and compilers (minimal),
        or two of whatever is used both for running and for building (full).
        """
        known = self._nodes.get(name)
        if known is None:
            known = self._nodes[name] = self._count(name)
        return known

    def _count(self, name: str) -> int:
        if self._world.duplicates == "full":
            return 2 if name in self._used_twice() else 1
        if self._world.duplicates == "none" or not self._is_tool(name):
            return 1
        limit = self._world.max_duplicates
        return max(1, limit.get(name, limit.get("default", 1)))

    def providers(self, virtual: str) -> int:
        """The number of providers of a virtual that may stand side by side.

        One of a virtual that is a root, or that anything in the root set may link or run, unless
        the strategy is ``full`` and something may use it for building as well.
        """
        strategy, limit = self._world.duplicates, self._world.max_duplicates
        most = limit.get(virtual, limit.get("default", 1))
        if strategy == "full":
            most = 2
        elif strategy == "none":
            most = 1
        if most < 2 or (virtual in LANGUAGES and strategy != "full"):
            return max(1, most)
        if virtual in self._roots:
            return 1
        if self._uses is None:
            self._uses = self._uses_of_virtuals()
        linked, built = self._uses
        if strategy == "full":
            return 2 if virtual in linked & built else 1
        return 1 if virtual in linked else most

    def origin(self, name: str) -> Origin | None:
        """The place of the setting that limits nodes of a package, or providers of a virtual."""
        places = self._world.duplicates_origins
        if self._world.duplicates != "minimal":
            return places.get("strategy")
        return places.get(name, places.get("default"))

    def opens_set(self, name: str) -> bool:
        """Whether each use of the package for building is apart from all others."""
        return self.nodes(name) > 1 and self._is_tool(name)

    def _is_tool(self, name: str) -> bool:
        tags = self._relations.record(name).tags
        return "build-tools" in tags or "compiler" in tags

    def _used_twice(self) -> AbstractSet[str]:
        """Packages in two of: what roots link and run, what builds that, what is below the latter.

        Conditions of dependencies are left aside.
        """
        if self._twice is None:
            linked, tools, below = self._places()
            self._twice = (linked & tools) | (linked & below) | (tools & below)
        return self._twice

    def _places(self) -> tuple[set[str], set[str], set[str]]:
        """Packages that roots may link and run, that may build those, and that may be below these.

        The last set holds the second one.
        """
        relations = self._relations
        linked = relations.closure(self._roots, deptypes.BEYOND_BUILD)
        tools = {
            child
            for name in linked
            for dependency in relations.record(name).dependencies
            if dependency.deptypes == deptypes.BUILD
            for child in relations.standing_for(dependency.spec.name or "")
        }
        return linked, tools, relations.closure(tools, deptypes.ALL & ~deptypes.TEST)

    def _uses_of_virtuals(self) -> tuple[set[str], set[str]]:
        """Virtuals that the root set may link and run, and those that builds may need."""
        linked, _, below = self._places()
        at_run_time: set[str] = set()
        for_builds: set[str] = set()
        for name in linked | below:
            for dependency in self._relations.record(name).dependencies:
                virtual = dependency.spec.name or ""
                if self._world.packages.exists(virtual):
                    continue
                if name in linked and dependency.deptypes & ~deptypes.BUILD:
                    at_run_time.add(virtual)
                if name in below or dependency.deptypes == deptypes.BUILD:
                    for_builds.add(virtual)
        return at_run_time, for_builds
