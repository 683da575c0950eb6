"""Drop the constraints of a matrix row that mean nothing for the package of a combination.

A matrix applies compilers, variants and providers to packages without regard to whether each one
has them: ``[zlib, hdf5+mpi] x [^mpich, ^openmpi]``. A variant that the package does not have, or a
dependency it cannot have, is left out and reported; the combinations that become equal are one
root. What a package can have is asked through :class:`Capabilities`, so this module needs no
recipes and can be tested without.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.environments.manifests.spec_lists import UserSpec, combine
from spack.errors import ConfigurationError
from spack.language.specs import Edge, Located
from spack.named_tuples import NamedTuple
from spack.type_names import Protocol


class Capabilities(Protocol):
    """Knowledge about packages."""

    def has_variant(self, package: str, variant: str) -> bool:
        """Whether some version of the package has the variant."""

    def can_depend(self, package: str, dependency: str, direct: bool) -> bool:
        """Whether the package may have that package or virtual below it (or next to it)."""


class Dropped(NamedTuple):
    """A constraint that was left out of a root.

    Attributes:
        root: the root it was part of, as first combined.
        constraint: text of what was dropped.
        reason: why it does not apply.
    """

    root: UserSpec
    constraint: str
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.root.origin}: dropped '{self.constraint}' from {self.root.text}: {self.reason}"
        )


def applicable(
    roots: Sequence[UserSpec], capabilities: Capabilities
) -> tuple[list[UserSpec], list[Dropped]]:
    """The roots without constraints that do not apply; roots that become equal are one.

    Only roots with several parts change: what a user wrote as one spec is taken at its word.

    Raises:
        ConfigurationError: a strict matrix has such a constraint.
    """
    kept: dict[tuple[str, str], UserSpec] = {}
    dropped: list[Dropped] = []
    for root in roots:
        if root.from_matrix and root.spec.name is not None:
            root, without = _weaken(root, root.spec.name, capabilities)
            dropped += without
        first = kept.setdefault(root.key, root)
        if first is not root and root.written:
            kept[root.key] = first._replace(written=first.written + root.written)
    return list(kept.values()), dropped


def _weaken(
    root: UserSpec, package: str, capabilities: Capabilities
) -> tuple[UserSpec, list[Dropped]]:
    parts: list[Located] = []
    dropped: list[Dropped] = []
    for part in root.parts:
        spec = part.spec
        if spec.name == package:
            parts.append(part)
            continue
        variants = dict(spec.variants)
        for name, variant in spec.variants.items():
            if not variant.propagate and not capabilities.has_variant(package, name):
                del variants[name]
                reason = f"{package} has no variant {name}"
                dropped.append(Dropped(root, str(variant).strip(), reason))
        edges: list[Edge] = []
        for edge in spec.dependencies:
            reason_not = _why_not(package, edge, capabilities)
            if reason_not is None:
                edges.append(edge)
            else:
                dropped.append(Dropped(root, str(edge).strip(), reason_not))
        if len(variants) == len(spec.variants) and len(edges) == len(spec.dependencies):
            parts.append(part)
            continue
        weaker = spec.replace(variants=variants, dependencies=tuple(edges))
        if str(weaker):
            parts.append(Located(weaker, part.origin, str(weaker)))
    if not dropped:
        return root, []
    if root.strict:
        first = dropped[0]
        raise ConfigurationError(
            f"'{first.constraint}' does not apply in {root.text}: {first.reason}",
            origin=root.origin,
            hint="exclude the combination, or remove 'strict' to drop the constraint",
        )
    spec = combine(parts, root.origin)
    text = parts[0].text if len(parts) == 1 else str(spec)
    return (
        root._replace(text=text, spec=spec, parts=tuple(parts), written=(root.text,)),
        dropped,
    )


def _why_not(package: str, edge: Edge, capabilities: Capabilities) -> str | None:
    """The reason why the package cannot have a dependency, None if it can."""
    name = edge.spec.name
    if name is None or edge.when is not None:
        return None
    if capabilities.can_depend(package, name, edge.direct):
        return None
    if edge.direct:
        return f"{package} has no direct dependency {name}"
    return f"no dependency of {package} needs {name}"
