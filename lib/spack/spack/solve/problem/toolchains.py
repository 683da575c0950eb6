"""Toolchains in requests and requirements: expanded before anything is solved."""

from __future__ import annotations

from collections.abc import Mapping

from spack.errors import Origin, meant_instead
from spack.language.specs import Located, Spec
from spack.language.toolchains import Definition, ToolchainError, definition, expand_toolchains
from spack.solve.problem.request import Packages
from spack.type_names import Callable

#: A spec and the place it was written at, to the spec without names of toolchains.
Expand = Callable[[Spec, Origin], Spec]


class ToolchainExpander:
    """Replaces names of toolchains, and refuses names that mean nothing with their place."""

    def __init__(self, packages: Packages, toolchains: Mapping[str, Definition]) -> None:
        self._packages = packages
        self._toolchains = toolchains
        self._checked: dict[str, bool] = {}

    def located(self, root: Located) -> Located:
        """A root or requirement with its toolchains expanded; its text stays as written."""
        return root._replace(spec=self.expand(root.spec, root.origin))

    def expand(self, spec: Spec, origin: Origin) -> Spec:
        """The spec with its toolchains expanded.

        Raises:
            ToolchainError: a name after ``%`` is not a package, virtual or toolchain; or see
                :func:`spack.language.toolchains.expand_toolchains`.
        """
        if not self._toolchains or not spec.dependencies:
            return spec
        expanded = expand_toolchains(spec, self._toolchains, origin)
        if expanded is not spec:
            self._check_used(spec)
        self._check_names(expanded, origin)
        return expanded

    def _check_used(self, spec: Spec) -> None:
        """Names inside the definitions that a spec uses, so that their own place is told."""
        for edge in spec.dependencies:
            name = edge.spec.name
            if name is None or name in self._checked:
                continue
            if edge.direct and name in self._toolchains:
                self._checked[name] = True
                for part in definition(name, self._toolchains).edges:
                    self._check_name(part.edge.spec, part.origin)
            self._check_used(edge.spec)

    def _check_names(self, spec: Spec, origin: Origin) -> None:
        for edge in spec.dependencies:
            if edge.direct:
                self._check_name(edge.spec, origin)
            self._check_names(edge.spec, origin)

    def _check_name(self, spec: Spec, origin: Origin) -> None:
        name = spec.name
        if name is None or self._packages.exists(name) or self._packages.is_virtual(name):
            return
        known = f"; toolchains: {', '.join(sorted(self._toolchains))}" if self._toolchains else ""
        raise ToolchainError(
            f"%{name} is not a package, a virtual or a toolchain",
            origin=origin,
            hint=meant_instead(name, self._toolchains)
            or self._packages.unknown_name_hint(name) + known,
        )
