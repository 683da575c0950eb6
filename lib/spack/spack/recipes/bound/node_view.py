"""A pure spec seen by recipe code: its own values, without its graph and its installation.

The part of :mod:`spack.recipes.bound.bound_spec` that needs no other node, no recipe and no
prefix.
"""

from __future__ import annotations

from collections.abc import Mapping

from spack.language.concrete_specs import ConcreteSpec, External
from spack.language.specs import FLAG_TYPES, Spec
from spack.language.versions import Version, VersionSet
from spack.recipes.bound.bindings import Binding, NodeState, Query, UnboundSpecError
from spack.recipes.bound.node_values import BoundArchitecture, Target, VariantMap, variant_map
from spack.recipes.records.package_records import parsed_spec
from spack.type_names import Any


class NodeView:
    """The attributes of one node alone, and the comparison of nodes."""

    __slots__ = ("_spec", "_binding", "_state", "_query", "__weakref__")

    _spec: Spec | ConcreteSpec
    _binding: Binding
    _state: NodeState
    _query: Query | None

    # -- the values inside ---------------------------------------------------------------------

    @property
    def unbound(self) -> Spec | ConcreteSpec:
        """The pure value behind the view."""
        return self._spec

    @property
    def concrete(self) -> bool:
        """Whether everything is decided."""
        return isinstance(self._spec, ConcreteSpec)

    @property
    def name(self) -> Any:
        """Name of the package, None for an anonymous spec."""
        return self._spec.name

    @property
    def fullname(self) -> str:
        """``namespace.name`` if the namespace is known, else the name."""
        namespace = self._spec.namespace
        return f"{namespace}.{self.name}" if namespace else str(self.name or "")

    @property
    def namespace(self) -> str | None:
        """The repository of the recipe."""
        return self._spec.namespace

    @property
    def version(self) -> Version:
        """The version. Raises an error if several are possible."""
        if isinstance(self._spec, ConcreteSpec):
            return self._spec.version
        found = self._spec.versions.concrete
        if found is None:
            found = self._spec.versions.concrete_range_as_version
        if found is None:
            raise UnboundSpecError(f"the spec '{self}' has no single version")
        return found

    @property
    def versions(self) -> VersionSet:
        """The set of possible versions."""
        if isinstance(self._spec, ConcreteSpec):
            return self._spec.version.as_set()
        return self._spec.versions

    @property
    def variants(self) -> VariantMap:
        """Values of the active variants, by name."""
        state = self._state
        if state.variants is None:
            state.variants = variant_map(self._spec)
        return state.variants

    @property
    def compiler_flags(self) -> dict[str, list[str]]:
        """Flags by type; all six types are there."""
        if isinstance(self._spec, ConcreteSpec):
            return {kind: list(words) for kind, words in self._spec.flags.items()}
        return {kind: [flag.flag for flag in self._spec.flags.get(kind, ())] for kind in FLAG_TYPES}

    @property
    def platform(self) -> str | None:
        """Platform word."""
        return self.architecture.platform

    @property
    def os(self) -> str | None:
        """Operating system word."""
        return self.architecture.os

    @property
    def target(self) -> Any:
        """The micro-architecture."""
        return self.architecture.target

    @property
    def architecture(self) -> BoundArchitecture:
        """Platform, operating system and target."""
        spec = self._spec
        if isinstance(spec, ConcreteSpec):
            arch = spec.arch
            return BoundArchitecture(arch.platform, arch.os, Target(str(arch.target)))
        return BoundArchitecture(
            spec.platform, spec.os, None if spec.target is None else Target(spec.target)
        )

    @property
    def external(self) -> bool:
        """Whether the package was installed by others."""
        return self._external is not None

    @property
    def external_path(self) -> str | None:
        """The path of an external."""
        return None if self._external is None else self._external.path

    @property
    def external_modules(self) -> list[str] | None:
        """Modules to load before an external is used."""
        if self._external is None or not self._external.modules:
            return None
        return list(self._external.modules)

    @property
    def extra_attributes(self) -> Mapping[str, Any]:
        """The attributes of an external from the configuration or detection."""
        return {} if self._external is None else self._external.extra_attributes

    @property
    def _external(self) -> External | None:
        if isinstance(self._spec, ConcreteSpec):
            return self._spec.external
        found = self._state.attributes.get("_detected")
        return found if isinstance(found, External) else None

    @property
    def is_develop(self) -> bool:
        """Whether the source is a directory of the user."""
        return "dev_path" in self._spec.variants

    @property
    def spliced(self) -> bool:
        """Whether the node was built with other dependencies."""
        return isinstance(self._spec, ConcreteSpec) and self._spec.build_spec is not None

    def dag_hash(self, length: int | None = None) -> str:
        """The hash of a concrete spec, or its first characters."""
        if not isinstance(self._spec, ConcreteSpec):
            raise UnboundSpecError(f"the spec '{self}' is abstract and has no hash")
        return self._spec.dag_hash()[:length]

    # -- comparison ----------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NodeView):
            return self._spec == other._spec
        if isinstance(other, (Spec, ConcreteSpec)):
            return self._spec == other
        if isinstance(other, str):
            return self._spec == parsed_spec(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._spec)

    def __lt__(self, other: NodeView) -> bool:
        return str(self) < str(other)

    def __str__(self) -> str:
        return str(self._spec)

    def __repr__(self) -> str:
        return f"Spec({str(self)!r})"
