"""The capabilities of packages, read from recipe records, to tell which matrix rows apply.

The answers err on the side of "can": conditions of directives are not looked at, so a constraint
is dropped only if no version and no variant of the package could ever have it.
"""

from __future__ import annotations

from spack.language import deptypes
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath

#: Variants that every package takes without declaring them.
_RESERVED = frozenset(("build_system", "commit", "dev_path", "patches"))


class RecipeCapabilities:
    """Implements :class:`spack.environments.manifests.applicability.Capabilities`."""

    def __init__(self, records: RepositoryPath) -> None:
        self._records = records
        self._below: dict[str, frozenset[str]] = {}

    def has_variant(self, package: str, variant: str) -> bool:
        """Whether some version of the package has the variant; unknown packages have all."""
        if variant in _RESERVED or not self._records.exists(package):
            return True
        return any(entry.name == variant for entry in self._records.record(package).variants)

    def can_depend(self, package: str, dependency: str, direct: bool) -> bool:
        """Whether the package may have that package or virtual next to it or below it.

        Below means: reached by link and run dependencies. Of what is needed to build only the
        direct dependencies count, because nearly everything is below a compiler.
        """
        if not self._records.exists(package) or not self._is_known(dependency):
            return True
        found = self._direct(package) if direct else self._all_below(package)
        return dependency in found or not self._provided(dependency).isdisjoint(found)

    def _is_known(self, name: str) -> bool:
        """False for what is neither package nor virtual: a toolchain, or a mistake to report."""
        return self._records.exists(name) or self._records.is_virtual(name)

    def _provided(self, name: str) -> set[str]:
        """Virtuals that a package provides in some version."""
        if self._records.is_virtual(name) or not self._records.exists(name):
            return set()
        return {
            virtual.name
            for entry in self._records.record(name).provides
            for virtual in entry.specs
            if virtual.name is not None
        }

    def _direct(self, package: str, follow: int = deptypes.ALL) -> set[str]:
        return {
            entry.spec.name
            for entry in self._records.record(package).dependencies
            if entry.deptypes & follow and entry.spec.name is not None
        }

    def _all_below(self, package: str) -> frozenset[str]:
        """Names of packages and virtuals that may be below a package."""
        if package in self._below:
            return self._below[package]
        follow = deptypes.LINK | deptypes.RUN
        found: set[str] = set()
        pending: list[str] = sorted(self._direct(package, follow))
        while pending:
            name = pending.pop()
            if name in found:
                continue
            found.add(name)
            if self._records.is_virtual(name):
                pending.extend(self._records.providers(name))
            elif self._records.exists(name):
                pending.extend(self._direct(name, follow))
        self._below[package] = frozenset(found | self._direct(package))
        return self._below[package]
