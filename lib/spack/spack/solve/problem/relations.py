"""The packages that may be below others, by directives of recipes, conditions left aside.

Knows nothing of versions, values and weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from spack.language import deptypes
from spack.recipes.records.package_records import PackageRecord
from spack.solve.problem.request import LANGUAGES, Packages
from spack.type_names import Callable


class Relations:
    """Look-ups that are kept for one request.

    Args:
        record: gives the record of a package.
    """

    def __init__(self, packages: Packages, record: Callable[[str], PackageRecord]) -> None:
        self._packages = packages
        self.record = record
        self._ancestors: dict[tuple[frozenset[str], int, frozenset[str]], set[str]] = {}
        self._named: dict[str, set[str]] = {}

    def may_be_below(self, root: str, name: str) -> bool:
        """Whether ``root ^name`` can hold: a direct dependency, or one that is linked or run.

        A virtual has to be named by a directive: its providers may be there for something else.
        """
        names = {name}
        if self._packages.exists(name):
            names.update(self._packages.provided_by(name))
        tops = self.standing_for(root)
        if name in tops or not self.ancestors(names, deptypes.BEYOND_BUILD).isdisjoint(tops):
            return True
        return any(
            dependency.spec.name in names
            for top in tops
            for dependency in self.record(top).dependencies
        )

    def closure(self, names: Iterable[str], mask: int) -> set[str]:
        """Packages that may be reached from these, or from providers of these, by such edges."""
        todo = [child for name in names for child in self.standing_for(name)]
        found = set(todo)
        while todo:
            for dependency in self.record(todo.pop()).dependencies:
                if dependency.deptypes & mask:
                    for child in self.standing_for(dependency.spec.name or ""):
                        if child not in found:
                            found.add(child)
                            todo.append(child)
        return found

    def standing_for(self, name: str) -> Sequence[str]:
        """The package of that name, or all providers of the virtual."""
        return [name] if self._packages.exists(name) else self._packages.providers(name)

    def may_link(self, name: str, other: str) -> bool:
        """Whether a package may depend on another one, apart from being compiled by it."""
        known = self._named.get(name)
        if known is None:
            found = {d.spec.name or "" for d in self.record(name).dependencies}
            known = self._named[name] = found.difference(LANGUAGES)
        return other in known or any(
            spec.name in known
            for provided in self.record(other).provides
            for spec in provided.specs
        )

    def ancestors(
        self, names: Iterable[str], mask: int, roots: AbstractSet[str] = frozenset()
    ) -> AbstractSet[str]:
        """Packages that may reach one of these names by edges of these types, not over a root.

        A package as a provider is reached over its virtual, which is not counted here.
        """
        place = frozenset(names), mask, frozenset(roots)
        known = self._ancestors.get(place)
        if known is None:
            packages, ends = self._packages, place[0]
            known = self._ancestors[place] = set()
            todo = list(ends)
            while todo:
                child = todo.pop()
                parents = list(packages.dependents(child, mask))
                if child in known:
                    for virtual in packages.provided_by(child):
                        parents.extend(packages.dependents(virtual, mask))
                for parent in parents:
                    if parent not in known:
                        known.add(parent)
                        if parent not in roots:
                            todo.append(parent)
        return known
