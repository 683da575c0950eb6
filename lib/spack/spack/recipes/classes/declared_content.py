"""Content that directives have declared on a package class, and questions about it.

Recipes ask their class or themselves (``self.get_variant``, ``self.provides``).
This module knows neither how directives are executed nor what a build is.
"""

from __future__ import annotations

from spack.language.matching import satisfies
from spack.language.specs import Spec
from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.declaring.declarations import Declarations
from spack.recipes.declaring.variants import VariantDefinition
from spack.type_names import Any


class DeclaredContent(Declarations):
    """The part of a package class that directives fill."""

    spec: BoundSpec

    @classmethod
    def has_variant(cls, name: str) -> bool:
        """Whether a variant is defined, under any condition."""
        return any(name in group for group in cls.variants.values())

    @classmethod
    def variant_names(cls) -> list[str]:
        """The names of all variants, sorted."""
        return sorted({name for group in cls.variants.values() for name in group})

    @classmethod
    def dependency_names(cls) -> list[str]:
        """The names of what the package depends on under any condition, sorted."""
        return sorted({name for group in cls.dependencies.values() for name in group})

    @classmethod
    def variant_definitions(cls, name: str) -> list[tuple[Spec | None, VariantDefinition]]:
        """(condition, definition) by rising precedence.

        A definition that a later one always overrides is left out.
        """
        found = sorted(
            ((when, group[name]) for when, group in cls.variants.items() if name in group),
            key=lambda pair: pair[1].precedence,
        )
        kept = []
        for position, (when, definition) in enumerate(found):
            later = [other for other, _ in found[position + 1 :]]
            if when is None or not any(
                other is not None and satisfies(when, other) for other in later
            ):
                kept.append((when, definition))
        return kept

    def get_variant(self, name: str) -> VariantDefinition:
        """The definition in force on the spec. Raises ValueError if none is."""
        for when, definition in reversed(type(self).variant_definitions(name)):
            if when is not None and self.spec.satisfies(when):
                return definition
        raise ValueError(f"{self.name} has no variant {name!r} for {self.spec}")

    def _get_needed_resources(self) -> list[Any]:
        """The resources of the spec, shortest destination first; recipes know it by this name."""
        found = [
            resource
            for when, group in self.resources.items()
            if self.spec.intersects(when)
            for resource in group
        ]
        return sorted(found, key=lambda resource: len(resource.destination))

    @property
    def virtuals_provided(self) -> list[BoundSpec]:
        """Virtual specs that this spec provides."""
        return [
            BoundSpec(spec)
            for when, records in type(self).provided.items()
            if self.spec.satisfies(when)
            for record in records
            for spec in record.specs
        ]

    def provides(self, vpkg_name: str) -> bool:
        """Whether this spec may provide a virtual."""
        return any(
            spec.name == vpkg_name and self.spec.intersects(when)
            for when, records in type(self).provided.items()
            for record in records
            for spec in record.specs
        )
