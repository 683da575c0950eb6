"""Git references without a version, replaced by what they count as before anything is solved.

Which version that is, the recipes' side knows (:meth:`Packages.git_version`); here is where such
references are found: in requests, in what is developed and in ``packages.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.language.specs import Located, Spec
from spack.language.versions import GitVersion, VersionSet
from spack.solve.problem.request import Packages, Preferences, World


def with_git_versions(spec: Spec, packages: Packages, name: str | None = None) -> Spec:
    """The spec with every git reference counted as a version.

    ``name`` is the package that a spec without name is about.

    Raises:
        SpackError: what a reference counts as cannot be found out.
    """
    own = spec.name or name
    changed = spec
    if own is not None and _is_open(spec) and packages.exists(own):
        pieces = [
            packages.git_version(own, piece) if isinstance(piece, GitVersion) else piece
            for piece in spec.versions.pieces
        ]
        changed = changed.replace(versions=VersionSet(pieces))
    edges = tuple(
        edge._replace(spec=with_git_versions(edge.spec, packages)) for edge in spec.dependencies
    )
    if any(new.spec is not old.spec for new, old in zip(edges, spec.dependencies)):
        changed = changed.replace(dependencies=edges)
    return changed


def world_with_git_versions(world: World, roots: Sequence[Located]) -> World:
    """The world with the references in its configuration counted as versions.

    Only packages that the roots could reach are asked: others need not be within reach.

    Raises:
        SpackError: what a reference counts as cannot be found out.
    """
    preferred = [name for name, own in world.preferences.items() if _prefers_open(own)]
    developed = [name for name, entry in world.develop.items() if _is_open(entry.spec)]
    if not preferred and not developed:
        return world
    packages = world.packages
    reached = _reachable(packages, roots)
    preferences: dict[str, Preferences] = dict(world.preferences)
    for name in reached.intersection(preferred):
        own = preferences[name]
        preferences[name] = own._replace(
            groups=tuple(
                group._replace(
                    members=tuple(
                        None if member is None else with_git_versions(member, packages, name)
                        for member in group.members
                    )
                )
                for group in own.groups
            ),
            versions=tuple(with_git_versions(spec, packages, name) for spec in own.versions),
        )
    develop = dict(world.develop)
    for name in reached.intersection(developed):
        entry = develop[name]
        develop[name] = entry._replace(spec=with_git_versions(entry.spec, packages, name))
    return world._replace(preferences=preferences, develop=develop)


def _reachable(packages: Packages, roots: Sequence[Located]) -> set[str]:
    """Packages and virtuals that the roots name or could depend on."""
    todo = [spec.name for root in roots for spec in _nodes(root.spec) if spec.name is not None]
    found = set(todo)
    while todo:
        name = todo.pop()
        below: set[str] = set()
        if packages.is_virtual(name):
            below.update(packages.providers(name))
        if packages.exists(name):
            below.update(d.spec.name or "" for d in packages.record(name).dependencies)
        todo.extend(below - found)
        found |= below
    return found


def _nodes(spec: Spec) -> Sequence[Spec]:
    return [spec, *(node for edge in spec.dependencies for node in _nodes(edge.spec))]


def _prefers_open(preferences: Preferences) -> bool:
    members = [m for group in preferences.groups for m in group.members if m is not None]
    return any(_is_open(spec) for spec in (*members, *preferences.versions))


def _is_open(spec: Spec) -> bool:
    """Whether the spec itself has a git reference that no version is assigned to."""
    return any(isinstance(p, GitVersion) and p.ref_version is None for p in spec.versions.pieces)
