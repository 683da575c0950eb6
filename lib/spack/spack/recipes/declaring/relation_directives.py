"""Directives that relate a package to others: what it needs, excludes, provides and replaces.

Each function checks its arguments and returns what has to be done with the package class; the
decorator :func:`~spack.recipes.declaring.directive_scope.directive` queues that. This module knows
no repository.
"""

from __future__ import annotations

from collections.abc import Iterable

from spack.errors import Origin
from spack.language import deptypes
from spack.language.matching import constrain
from spack.language.specs import Spec
from spack.recipes.declaring.declarations import (
    Declaring,
    SpecLike,
    adding,
    condition_text,
    message_of,
    nothing,
    spec_of,
)
from spack.recipes.declaring.directive_scope import (
    DirectiveError,
    Executor,
    When,
    condition,
    directive,
)
from spack.recipes.declaring.source_directives import Patches, dependency_patches
from spack.recipes.records.package_records import (
    ConflictRecord,
    DependencyRecord,
    ExtendeeRecord,
    PatchRecord,
    ProvidesRecord,
    RequirementRecord,
    SpliceRecord,
    parsed_spec,
)
from spack.type_names import Union

Types = Union[str, Iterable[str]]


def _merge_dependency(
    pkg: Declaring,
    spec: Spec,
    when: Spec,
    types: int,
    patches: tuple[PatchRecord, ...],
    origin: Origin,
) -> None:
    name = spec.name
    if name is None:
        raise DirectiveError(f"the dependency {str(spec)!r} has no name", origin=origin)
    if name == pkg.name:
        raise DirectiveError(f"{name} cannot depend on itself", origin=origin)
    if any(edge.sigil == "^" for edge in spec.dependencies):
        raise DirectiveError(
            f"{pkg.name}: the dependency {str(spec)!r} constrains a package below it",
            origin=origin,
            hint="write a depends_on for each package; '%' may be used for direct dependencies",
        )
    group = pkg.dependencies.setdefault(when, {})
    known = group.get(name)
    if known is not None:
        spec = constrain(known.spec, spec) if known.spec_text != str(spec) else spec
        types |= known.deptypes
        patches = known.patches + patches
        origin = known.origin
    group[name] = DependencyRecord(str(spec), types, condition_text(when), patches, origin)


def _dependency(
    spec: SpecLike, when: When, type: Types, patches: Patches, *, extending: bool
) -> Executor:
    active = condition(when)
    child = spec_of(spec)
    types = deptypes.from_names(type)
    if active is None:
        return nothing

    def execute(pkg: Declaring, origin: Origin) -> None:
        found = dependency_patches(pkg, patches, origin)
        _merge_dependency(pkg, child, active, types, found, origin)
        if not extending:
            return
        name = child.name or ""
        pkg.extendees[name] = ExtendeeRecord(name, str(child), condition_text(active), origin)
        if name == "python" and pkg.name != "python-venv":
            venv = parsed_spec("python-venv")
            _merge_dependency(pkg, venv, active, deptypes.BUILD | deptypes.RUN, (), origin)

    return execute


@directive
def depends_on(
    spec: SpecLike, when: When = None, type: Types = ("build", "link"), patches: Patches = None
) -> Executor:
    """Declare a dependency; equal conditions and names are joined to one.

    Args:
        type: when it is needed: one or several of ``build``, ``link``, ``run``, ``test``.
        patches: file names beside the recipe, or ``patch()`` calls, applied to the dependency.

    Raises :class:`DirectiveError` for a spec without a name, for the package itself, and for one
    that constrains a package below the dependency.
    """
    return _dependency(spec, when, type, patches, extending=False)


@directive
def extends(
    spec: SpecLike, when: When = None, type: Types = ("build", "run"), patches: Patches = None
) -> Executor:
    """Declare a dependency that the package extends, such as Python for a Python module.

    The arguments are those of :func:`depends_on`. Who extends Python also gets ``python-venv``.
    """
    return _dependency(spec, when, type, patches, extending=True)


@directive
def conflicts(conflict_spec: SpecLike, when: When = None, msg: str | None = None) -> Executor:
    """Declare that a spec must not hold while the condition does."""
    spec = str(spec_of(conflict_spec))
    return adding(
        "conflicts",
        when,
        lambda pkg, text, origin: ConflictRecord(spec, text, message_of(pkg, msg), origin),
    )


@directive
def requires(
    *specs: SpecLike, policy: str = "one_of", when: When = None, msg: str | None = None
) -> Executor:
    """Declare that one (``one_of``) or at least one (``any_of``) of the specs must hold."""
    if policy not in ("one_of", "any_of"):
        raise DirectiveError(f"the policy of requires must be one_of or any_of, not {policy!r}")
    texts = tuple(str(spec_of(spec)) for spec in specs)
    return adding(
        "requirements",
        when,
        lambda pkg, text, origin: RequirementRecord(
            texts, policy, text, message_of(pkg, msg), origin
        ),
    )


@directive
def provides(*specs: SpecLike, when: When = None) -> Executor:
    """Declare that the package provides virtuals; several in one call are provided together."""
    parsed = [spec_of(spec) for spec in specs]

    def make(pkg: Declaring, text: str | None, origin: Origin) -> ProvidesRecord:
        for spec in parsed:
            if spec.name is None:
                raise DirectiveError(f"the virtual {str(spec)!r} has no name")
            if spec.name == pkg.name:
                raise DirectiveError(f"{pkg.name} cannot provide itself")
        return ProvidesRecord(tuple(str(spec) for spec in parsed), text, origin)

    return adding("provided", when, make)


@directive
def can_splice(
    target: SpecLike, *, when: When, match_variants: str | list[str] | None = None
) -> Executor:
    """Declare that the package may replace ``target`` in installed specs."""
    if isinstance(match_variants, str) and match_variants != "*":
        raise ValueError('match_variants is None, "*" or a list of names')
    active = condition(when)
    replaced = spec_of(target)
    if active is None:
        return nothing
    match = None if match_variants is None else tuple(match_variants)

    def execute(pkg: Declaring, origin: Origin) -> None:
        pkg.splice_specs[active] = SpliceRecord(
            str(replaced), condition_text(active), match, origin
        )

    return execute
