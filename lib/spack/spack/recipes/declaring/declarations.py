"""The containers that directives fill on a package class, and the common part of directives.

Values are records (:mod:`spack.recipes.records.package_records`), in the dictionaries that
:class:`Declarations` lists, keyed by condition. This module knows no directive.
"""

from __future__ import annotations

from spack.errors import Origin
from spack.language.specs import Spec
from spack.language.versions import Version
from spack.recipes.declaring.directive_scope import (
    ALWAYS,
    DirectiveError,
    Executor,
    When,
    condition,
)
from spack.recipes.declaring.variants import VariantDefinition
from spack.recipes.records import package_records as records
from spack.recipes.records.package_records import parsed_spec
from spack.type_names import Any, Callable, ClassVar

#: Text, or an object whose text is a spec.
SpecLike = Any


class Declarations:
    """The containers that directives fill on a package class: by condition, a class its own."""

    name: ClassVar[Any]
    fullname: ClassVar[Any]
    package_dir: ClassVar[Any]
    has_code: bool
    maintainers: Any
    versions: ClassVar[dict[Version, dict[str, Any]]] = {}
    version_origins: ClassVar[dict[Version, Origin]] = {}
    variants: ClassVar[dict[Spec | None, dict[str, VariantDefinition]]] = {}
    dependencies: ClassVar[dict[Spec, dict[str, records.DependencyRecord]]] = {}
    conflicts: ClassVar[dict[Spec, list[records.ConflictRecord]]] = {}
    requirements: ClassVar[dict[Spec, list[records.RequirementRecord]]] = {}
    provided: ClassVar[dict[Spec, list[records.ProvidesRecord]]] = {}
    patches: ClassVar[dict[Spec, list[records.PatchRecord]]] = {}
    resources: ClassVar[dict[Spec, list[records.ResourceRecord]]] = {}
    extendees: ClassVar[dict[str, records.ExtendeeRecord]] = {}
    licenses: ClassVar[dict[Spec, records.LicenseRecord]] = {}
    disable_redistribute: ClassVar[dict[Spec, records.RedistributeRecord]] = {}
    splice_specs: ClassVar[dict[Spec, records.SpliceRecord]] = {}
    patch_count: ClassVar[int] = 0


#: A package class, as far as directives fill it.
Declaring = type[Declarations]


def prepare(cls: Any) -> None:
    """Give a class its own empty containers."""
    for attribute, value in vars(Declarations).items():
        if value == {}:
            setattr(cls, attribute, {})
    cls.patch_count = 0


def condition_text(when: Spec) -> str | None:
    """A condition as records keep it."""
    return None if when is ALWAYS or when == ALWAYS else str(when)


def nothing(pkg: Any, origin: Origin) -> None:
    """The effect of a directive that never applies."""


def adding(
    attribute: str, when: When, make: Callable[[Declaring, str | None, Origin], Any]
) -> Executor:
    """Adds a record to the list of its condition in a container of the class.

    Args:
        make: the record, from the class, the text of the condition, and the place of the directive.
    """
    active = condition(when)
    if active is None:
        return nothing
    text = condition_text(active)

    def execute(pkg: Any, origin: Origin) -> None:
        getattr(pkg, attribute).setdefault(active, []).append(make(pkg, text, origin))

    return execute


def message_of(pkg: Declaring, text: str | None) -> str | None:
    """The message of a directive for users, with the name of the package."""
    return None if text is None else f"{pkg.name}: {text}"


def spec_of(text: SpecLike) -> Spec:
    """An argument of a directive as a spec. Raises :class:`DirectiveError` for other things."""
    if isinstance(text, Spec):
        return text
    if not isinstance(text, str):
        raise DirectiveError(f"a spec must be a string or a Spec, not {text!r}")
    return parsed_spec(text)
