"""What can be refused before solving, with the true cause and its place.

Unknown packages, versions, variants and values of a request, and dependencies that no recipe could
ever bring. Everything else is left to the solver.
"""

from __future__ import annotations

import difflib
from typing import Iterable, List, Protocol, Sequence, Set

from spack.errors import Origin, SpackError
from spack.language.specs import Located, Spec
from spack.solve.candidates import Candidates
from spack.solve.encoding import AUTOMATIC_VARIANTS
from spack.solve.request import Request, World


class UnknownPackageError(SpackError):
    """No repository has a recipe of that name."""


class UnknownVariantError(SpackError):
    """The package has no such variant."""


class UnknownVariantValueError(SpackError):
    """The variant does not allow the value."""


class UnknownVersionError(SpackError):
    """No known version lies in the requested range."""


class UnrelatedDependencyError(SpackError):
    """The requested dependency can never be one of the package."""


def check_request(world: World, request: Request, candidates: Candidates) -> None:
    """Raise the first fault of the request, looking at roots from left to right."""
    for root in request.roots:
        _check_node(world, root.spec, root, candidates)
        for edge in root.spec.dependencies:
            _check_node(world, edge.spec, root, candidates)
            if edge.sigil != "^" and root.spec.name and edge.when is None:
                _check_direct(world, root.spec.name, edge.spec, root, candidates)
            for below in edge.spec.dependencies:
                _check_node(world, below.spec, root, candidates)
                if edge.spec.name and below.when is None:
                    _check_direct(world, edge.spec.name, below.spec, root, candidates)


def _check_node(world: World, spec: Spec, root: Located, candidates: Candidates) -> None:
    name = spec.name
    if name is None:
        return
    packages = world.packages
    if not packages.exists(name):
        if packages.is_virtual(name):
            return
        raise unknown_package(packages, name, root.origin)
    _check_version(world, name, spec, root, candidates)
    for constraint in spec.variants.values():
        definitions = candidates.definitions(name, constraint.name)
        if not definitions:
            if constraint.propagate or constraint.name in AUTOMATIC_VARIANTS:
                continue
            known = sorted(candidates.variant_names(name))
            raise UnknownVariantError(
                f"package {name} has no variant {constraint.name!r}" + _asked(root),
                origin=root.origin,
                hint=_nearest(constraint.name, known)
                or f"variants of {name}: {', '.join(known) or 'none'}",
            )
        for value in constraint.values:
            if value != "*" and not any(d.allows(value) for d in definitions):
                allowed = [str(v) for v in candidates.values(name, constraint.name)]
                raise UnknownVariantValueError(
                    f"variant {constraint.name} of {name} has no value {value!r}" + _asked(root),
                    origin=definitions[-1].origin or root.origin,
                    hint=_nearest(str(value), allowed) or f"values: {', '.join(allowed)}",
                )


def _check_version(
    world: World, name: str, spec: Spec, root: Located, candidates: Candidates
) -> None:
    if spec.versions.is_any or spec.abstract_hash:
        return
    if any(spec.versions.contains(c.version) for c in candidates.versions(name)):
        return
    record = candidates.record(name)
    deprecated = [str(v.version) for v in record.versions if spec.versions.contains(v.version)]
    if deprecated and not world.allow_deprecated:
        raise UnknownVersionError(
            f"only deprecated versions of {name} satisfy @{spec.versions}: {', '.join(deprecated)}"
            + _asked(root),
            origin=root.origin,
            hint="allow them with --deprecated",
        )
    newest = [str(c.version) for c in candidates.versions(name)[:8]]
    raise UnknownVersionError(
        f"no known version of {name} satisfies @{spec.versions}" + _asked(root),
        origin=root.origin,
        hint=f"versions of {name}: {', '.join(newest)}"
        + (" …" if len(candidates.versions(name)) > 8 else ""),
    )


def _check_direct(
    world: World, parent: str, child: Spec, root: Located, candidates: Candidates
) -> None:
    name = child.name
    if name is None or not world.packages.exists(parent):
        return
    possible: Set[str] = set()
    for dependency in candidates.record(parent).dependencies:
        target = dependency.spec.name or ""
        possible.add(target)
        if world.packages.is_virtual(target):
            possible.update(world.packages.providers(target))
    if name not in possible:
        raise UnrelatedDependencyError(
            f"{name} is never a direct dependency of {parent}" + _asked(root),
            origin=root.origin,
            hint=_nearest(name, sorted(possible)) or f"^{name} asks for it anywhere below {parent}",
        )


class KnowsNames(Protocol):
    """Something that knows names of packages."""

    def similar_names(self, name: str) -> Sequence[str]:
        """Known names that look like a misspelt one."""


def unknown_package(packages: KnowsNames, name: str, origin: Origin) -> UnknownPackageError:
    """The error for a name that no repository knows, with names that look like it."""
    similar = list(packages.similar_names(name))
    hint = "did you mean " + " or ".join(similar[:3]) + "?" if similar else "spack list finds names"
    return UnknownPackageError(f"no recipe for package {name!r}", origin=origin, hint=hint)


def _asked(root: Located) -> str:
    return f" (asked for by {root.text})"


def _nearest(word: str, known: Iterable[str]) -> str:
    close: List[str] = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close)}?" if close else ""
