"""What directives fill on a package class, and what their functions have in common.

Values are records (:mod:`spack.recipes.records.package_records`), in the dictionaries that
:class:`Declarations` lists, keyed by condition. This module knows no directive.
"""

from __future__ import annotations

from typing import Any, Protocol

from spack.errors import Origin
from spack.language.specs import Spec
from spack.language.versions import Version
from spack.recipes.declaring.directive_scope import ALWAYS, DirectiveError
from spack.recipes.declaring.variants import VariantDefinition
from spack.recipes.records.package_records import (
    ConflictRecord,
    DependencyRecord,
    ExtendeeRecord,
    LicenseRecord,
    PatchRecord,
    ProvidesRecord,
    RedistributeRecord,
    RequirementRecord,
    ResourceRecord,
    SpliceRecord,
    parsed_spec,
)

#: Text, or an object whose text is a spec.
SpecLike = Any


class Declarations(Protocol):
    """What directives fill on a package class."""

    name: str
    fullname: str
    package_dir: str
    has_code: bool
    maintainers: list[str]
    versions: dict[Version, dict[str, Any]]
    version_origins: dict[Version, Origin]
    variants: dict[Spec | None, dict[str, VariantDefinition]]
    dependencies: dict[Spec, dict[str, DependencyRecord]]
    conflicts: dict[Spec, list[ConflictRecord]]
    requirements: dict[Spec, list[RequirementRecord]]
    provided: dict[Spec, list[ProvidesRecord]]
    patches: dict[Spec, list[PatchRecord]]
    resources: dict[Spec, list[ResourceRecord]]
    extendees: dict[str, ExtendeeRecord]
    licenses: dict[Spec, LicenseRecord]
    disable_redistribute: dict[Spec, RedistributeRecord]
    splice_specs: dict[Spec, SpliceRecord]
    patch_count: int


def prepare(cls: Any) -> None:
    """Give a class its own empty containers."""
    for attribute in (
        "versions version_origins variants dependencies conflicts requirements provided patches"
        " resources extendees licenses disable_redistribute splice_specs"
    ).split():
        setattr(cls, attribute, {})
    cls.patch_count = 0


def condition_text(when: Spec) -> str | None:
    """A condition as records keep it."""
    return None if when is ALWAYS or when == ALWAYS else str(when)


def nothing(pkg: Any, origin: Origin) -> None:
    """What a directive that never applies does."""


def spec_of(text: SpecLike) -> Spec:
    """An argument of a directive as a spec. Raises :class:`DirectiveError` for other things."""
    if isinstance(text, Spec):
        return text
    if not isinstance(text, str):
        raise DirectiveError(f"a spec must be a string or a Spec, not {text!r}")
    return parsed_spec(text)
