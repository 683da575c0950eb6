"""The specs that a view holds, and the folder of each. Pure: no disk, no store.

The caller drops what is not installed; specs that are external have no files to link and are
dropped here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from spack.errors import SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import FormatError, format_path
from spack.language.matching import satisfies
from spack.language.specs import Located
from spack.named_tuples import NamedTuple
from spack.type_names import Callable
from spack.views.descriptors import Link, ViewDescriptor


class ViewConflictError(SpackError):
    """Two specs of one package would share a folder of the view."""


class ProjectionError(SpackError):
    """A projection that leaves the view."""


class Placement(NamedTuple):
    """A spec and its folder below the view's root (empty: the root)."""

    spec: ConcreteSpec
    folder: str


class Duplicate(NamedTuple):
    """A spec left out because another of the same package has the same folder."""

    kept: ConcreteSpec
    dropped: ConcreteSpec

    def __str__(self) -> str:
        return f"{self.kept.label} is included, {self.dropped.label} is left out"


def reachable(roots: Sequence[ConcreteSpec], link: Link) -> list[ConcreteSpec]:
    """The nodes a view may hold: roots first, then their dependencies in breadth-first order."""
    follow = {Link.ROOTS: 0, Link.RUN: deptypes.RUN, Link.ALL: deptypes.LINK | deptypes.RUN}[link]
    found: dict[str, ConcreteSpec] = {}
    level = list(roots)
    while level:
        below: list[ConcreteSpec] = []
        for spec in level:
            if spec.dag_hash() in found:
                continue
            found[spec.dag_hash()] = spec
            below.extend(edge.spec for edge in spec.dependencies if edge.deptypes & follow)
        level = below
    return list(found.values())


def select(specs: Iterable[ConcreteSpec], descriptor: ViewDescriptor) -> list[ConcreteSpec]:
    """Those that the descriptor selects and does not exclude, in the same order."""
    return [
        spec
        for spec in specs
        if spec.external is None
        and (not descriptor.select or _any(spec, descriptor.select))
        and not _any(spec, descriptor.exclude)
    ]


class Naming(NamedTuple):
    """The naming rules that the folders of specs depend on beside projections.

    Attributes:
        expand: replaces variables in the text of projections.
        extended: the package that a spec extends, whose projection holds for it, too.
    """

    expand: Callable[[str], str] = lambda text: text
    extended: Callable[[ConcreteSpec], ConcreteSpec | None] = lambda spec: None


def place(
    specs: Sequence[ConcreteSpec], descriptor: ViewDescriptor, naming: Naming = Naming()
) -> tuple[list[Placement], list[Duplicate]]:
    """The folder of each spec, and the specs left out.

    Of several runtime packages of one name (``gcc-runtime``) the newest is kept, silently. Of
    other specs of one package in the root of the view the first is kept. In a folder named by a
    projection they are an error, because the projection says that they belong apart.

    Raises:
        ViewConflictError, ProjectionError
    """
    conflicts: dict[str, list[ConcreteSpec]] = {}
    chosen: dict[tuple[str, str], ConcreteSpec] = {}
    duplicates: list[Duplicate] = []
    for spec in specs:
        folder = _folder(spec, descriptor, naming)
        key = (spec.name, folder)
        other = chosen.setdefault(key, spec)
        if other is spec or other.dag_hash() == spec.dag_hash():
            continue
        if spec.name.endswith("-runtime"):
            if spec.version > other.version:
                chosen[key] = spec
        elif folder:
            conflicts.setdefault(folder, [other]).append(spec)
        else:
            duplicates.append(Duplicate(other, spec))
    if conflicts:
        raise _conflict(descriptor, conflicts)
    placements = [Placement(spec, folder) for (_, folder), spec in chosen.items()]
    return placements, duplicates


def _conflict(
    descriptor: ViewDescriptor, conflicts: Mapping[str, Sequence[ConcreteSpec]]
) -> ViewConflictError:
    lines = [
        f"    {folder}: {' and '.join(spec.label for spec in specs)}"
        for folder, specs in conflicts.items()
    ]
    return ViewConflictError(
        f"the view '{descriptor.name}' has one directory for several specs of a package",
        origin=descriptor.origin,
        details="\n".join(lines),
        hint=(
            "concretize together (unify: true), omit one with select or"
            " exclude, or distinguish them in the projections, for example with {hash:7}"
        ),
    )


def _any(spec: ConcreteSpec, constraints: Iterable[Located]) -> bool:
    return any(satisfies(spec, entry.spec) for entry in constraints)


def _folder(spec: ConcreteSpec, descriptor: ViewDescriptor, naming: Naming) -> str:
    text = descriptor.default_projection
    if not text and not descriptor.projections:
        return ""
    spec = naming.extended(spec) or spec
    for projection in descriptor.projections:
        if satisfies(spec, projection.constraint.spec):
            text = projection.path
            break
    if not text:
        return ""
    try:
        folder = os.path.normpath(format_path(spec, naming.expand(text)))
    except FormatError as error:
        if descriptor.origin is not None:
            error.at(descriptor.origin)
        raise
    if os.path.isabs(folder) or folder.split(os.sep)[0] == "..":
        raise ProjectionError(
            f"the projection '{text}' puts {spec.name} outside the view: {folder}",
            origin=descriptor.origin,
            hint="projections must be paths below the root of the view",
        )
    return "" if folder == "." else folder
