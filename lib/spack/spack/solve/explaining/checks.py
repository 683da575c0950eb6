"""Checks before solving: what they refuse, with the true cause and its place.

Unknown packages, versions, variants, values and targets of a request, other machines than this, and
dependencies that no recipe could ever bring. Everything else is left to the solver.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import Origin, SpackError, meant_instead
from spack.host.operating_systems import platform_of
from spack.language.specs import Edge, Located, Spec
from spack.language.targets import all_names, target_satisfies
from spack.language.versions import GitVersion, VersionSet
from spack.solve.encoding.architectures import operating_systems
from spack.solve.problem.candidates import AUTOMATIC_VARIANTS, Candidates
from spack.solve.problem.request import LANGUAGES, Group, Request, World
from spack.type_names import Protocol


class RefusedRequestError(SpackError):
    """No graph satisfies the request, which is seen without solving."""

    exit_code = 3


class UnknownPackageError(RefusedRequestError):
    """No repository has a recipe of that name."""


class WrongPlatformError(RefusedRequestError):
    """The request is for another platform or operating system than this one."""


def check_request(world: World, request: Request, candidates: Candidates) -> None:
    """Raise the first fault of the request, looking at roots from left to right."""
    systems = operating_systems(world, request)
    for root in request.roots:
        for edge in root.spec.dependencies:
            for spec in (edge.spec, *(below.spec for below in edge.spec.dependencies)):
                _check_system(world, spec, root, systems)
        check_node(world, root.spec, root, candidates)
        for edge in root.spec.dependencies:
            _check_named(edge, root)
            check_node(world, edge.spec, root, candidates)
            _check_provider(world, edge, root, candidates)
            if edge.sigil != "^" and root.spec.name and edge.when is None:
                _check_direct(world, root.spec.name, edge.spec, root, candidates)
            for below in edge.spec.dependencies:
                _check_named(below, root)
                check_node(world, below.spec, root, candidates)
                _check_provider(world, below, root, candidates)
                if edge.spec.name and below.when is None:
                    _check_direct(world, edge.spec.name, below.spec, root, candidates)


def _check_named(edge: Edge, root: Located) -> None:
    """A dependency has a name, a hash, or, where it is direct, a virtual that it provides."""
    if edge.spec.name or edge.spec.abstract_hash or (edge.virtuals and edge.direct):
        return
    text = str(edge).strip()
    raise RefusedRequestError(
        f"{text} names no package" + _asked(root),
        origin=root.origin,
        hint=f"write a name behind {edge.sigil}, as in {edge.sigil}zlib, or remove {text}",
    )


def check_node(world: World, spec: Spec, root: Located, candidates: Candidates) -> None:
    """Raise the first fault of what a spec says of its own node, dependencies aside."""
    name = spec.name
    if name is None:
        return
    packages = world.packages
    if not packages.exists(name):
        if packages.is_virtual(name):
            return
        raise unknown_package(packages, name, root.origin)
    if spec.namespace is not None and not packages.exists(f"{spec.namespace}.{name}"):
        raise UnknownPackageError(
            f"there is no recipe for package '{spec.namespace}.{name}'" + _asked(root),
            origin=root.origin,
            hint=f"{name} is in another repository: leave the namespace out",
        )
    if spec.platform is not None and spec.platform != world.host.platform:
        raise WrongPlatformError(
            f"{name} was requested for {spec.platform}, but this machine is {world.host.platform}"
            + _asked(root),
            origin=root.origin,
            hint="remove platform=, or concretize on such a machine",
        )
    other = None if spec.os is None else platform_of(spec.os)
    if other not in (None, world.host.platform):
        raise WrongPlatformError(
            f"{name} was requested for {spec.os}, which is a system of {other}, but this machine is"
            f" {world.host.platform}" + _asked(root),
            origin=root.origin,
            hint="remove os=, or concretize on such a machine",
        )
    if spec.target is not None:
        _check_target(world, name, spec.target, root)
    _check_version(world, name, spec, root, candidates)
    for constraint in spec.variants.values():
        definitions = candidates.definitions(name, constraint.name)
        if not definitions:
            if constraint.propagate or constraint.name in AUTOMATIC_VARIANTS:
                continue
            known = sorted(candidates.variant_names(name))
            raise RefusedRequestError(
                f"package {name} has no variant {constraint.name!r}" + _asked(root),
                origin=root.origin,
                hint=meant_instead(constraint.name, known)
                or f"variants of {name}: {', '.join(known) or 'none'}",
            )
        for value in constraint.values:
            if value != "*" and not any(d.allows(value) for d in definitions):
                allowed = [str(v) for v in candidates.values(name, constraint.name)]
                raise RefusedRequestError(
                    f"variant {constraint.name} of {name} has no value {value!r}" + _asked(root),
                    origin=definitions[-1].origin or root.origin,
                    hint=meant_instead(str(value), allowed) or f"values: {', '.join(allowed)}",
                )


def _check_system(world: World, spec: Spec, root: Located, systems: Sequence[str]) -> None:
    """Only roots may be built for another system than the host's, and what stands below these."""
    present = {node.os for node in world.concrete.get(spec.name or "", ())}
    if spec.os is None or spec.os in systems or spec.os in present:
        return
    raise WrongPlatformError(
        f"{spec.name} was requested for {spec.os}, but this machine builds for:"
        f" {', '.join(systems)}" + _asked(root),
        origin=root.origin,
        hint="remove os=, or request the root for that system, too",
    )


def _check_target(world: World, name: str, wanted: str, root: Located) -> None:
    present = {node.target for node in world.concrete.get(name, ())}
    for target in (*world.host.targets, *present):
        if target_satisfies(target, wanted):
            return
    known = {*all_names(), *present}
    for word in filter(None, wanted.replace(":", ",").split(",")):
        if word not in known:
            raise RefusedRequestError(
                f"unknown target {word!r}" + _asked(root),
                origin=root.origin,
                hint=meant_instead(word, sorted(known))
                or "list them with spack arch --known-targets",
            )
    raise RefusedRequestError(
        f"{name} was requested for target {wanted}, which this machine and its compilers"
        " do not support" + _asked(root),
        origin=root.origin,
        hint=f"usable: {', '.join(world.host.targets)}",
    )


def _check_version(
    world: World, name: str, spec: Spec, root: Located, candidates: Candidates
) -> None:
    if spec.abstract_hash:
        return
    record = candidates.record(name)
    fitting = [c for c in candidates.versions(name) if spec.versions.contains(c.version)]
    present = any(spec.versions.contains(node.version) for node in world.concrete.get(name, ()))
    if present or any(c.buildable or not isinstance(c.version, GitVersion) for c in fitting):
        return
    if fitting:
        raise RefusedRequestError(
            f"{name}@{spec.versions} needs a git repository, but the recipe names none"
            + _asked(root),
            origin=record.origin,
            hint="add a git attribute to the recipe, or request a version that it declares",
        )
    deprecated = [str(v.version) for v in record.versions if spec.versions.contains(v.version)]
    if deprecated and not world.allow_deprecated:
        what = "are known" if spec.versions.is_any else f"satisfy @{spec.versions}"
        raise RefusedRequestError(
            f"only deprecated versions of {name} {what}: {', '.join(deprecated)}" + _asked(root),
            origin=root.origin,
            hint="allow them with --deprecated",
        )
    if not candidates.versions(name):
        raise RefusedRequestError(
            f"no version of {name} is known" + _asked(root), origin=record.origin
        )
    newest = [str(c.version) for c in candidates.versions(name)[:8]]
    raise RefusedRequestError(
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
    possible: set[str] = set()
    for dependency in candidates.record(parent).dependencies:
        target = dependency.spec.name or ""
        possible.add(target)
        if world.packages.is_virtual(target):
            possible.update(world.packages.providers(target))
    if _has_concrete(world, parent, child, candidates):
        return
    if _compiles_only(world, parent, name, candidates):
        _check_compiler(world, child, root)
    if name not in possible:
        raise RefusedRequestError(
            f"{name} is never a direct dependency of {parent}" + _asked(root),
            origin=root.origin,
            hint=meant_instead(name, sorted(possible))
            or f"use ^{name} for a dependency anywhere below {parent}",
        )


def _has_concrete(world: World, parent: str, child: Spec, candidates: Candidates) -> bool:
    """Some external or installed spec of the parent has such a direct dependency."""
    return any(
        edge.spec.name == child.name
        and candidates.holds_on(edge.spec, child.replace(dependencies=()))
        for spec in world.concrete.get(parent, ())
        for edge in spec.dependencies
    )


def _check_provider(world: World, edge: Edge, root: Located, candidates: Candidates) -> None:
    """Check that what ``^[virtuals=v] x`` says is possible for some form of x."""
    name, packages = edge.spec.name, world.packages
    if name is None or not packages.exists(name):
        return
    provided = candidates.record(name).provided_names()
    for virtual in edge.virtuals:
        if virtual in provided:
            continue
        able = sorted(packages.providers(virtual))
        hint = f"providers of {virtual}: {', '.join(able[:8])}" + (" …" if able[8:] else "")
        if not able:
            hint = f"{virtual} is not a virtual; {name} provides: {', '.join(sorted(provided))}"
        raise RefusedRequestError(
            f"{name} does not provide {virtual}" + _asked(root),
            origin=root.origin,
            hint=hint if able or provided else f"no package provides {virtual}",
        )


def _compiles_only(world: World, parent: str, child: str, candidates: Candidates) -> bool:
    """The child can be a dependency of the parent only as its compiler."""
    targets = [d.spec.name or "" for d in candidates.record(parent).dependencies]
    provided = [t for t in targets if child in world.packages.providers(t)]
    return child not in targets and bool(provided) and set(provided) <= set(LANGUAGES)


def _check_compiler(world: World, wanted: Spec, root: Located) -> None:
    usable = [c.spec for c in world.compilers]
    if any(s.name == wanted.name and wanted.versions.contains(s.version) for s in usable):
        return
    known = ", ".join(f"{s.name}@{s.version}" for s in usable)
    text = f"{wanted.name}@{wanted.versions}" if not wanted.versions.is_any else str(wanted.name)
    raise RefusedRequestError(
        f"no compiler {text} is configured or installed" + _asked(root),
        origin=root.origin,
        hint=f"usable: {known or 'none'}; find more with spack compiler find",
    )


class KnowsNames(Protocol):
    """Something that knows names of packages."""

    def unknown_name_hint(self, name: str) -> str:
        """Suggest something instead of a name that no package and no virtual has."""


def unknown_package(packages: KnowsNames, name: str, origin: Origin) -> UnknownPackageError:
    """The error for a name that no repository knows, with what to try instead."""
    hint = packages.unknown_name_hint(name)
    return UnknownPackageError(f"there is no recipe for package {name!r}", origin=origin, hint=hint)


def fault_of_dependency(world: World, spec: Spec, candidates: Candidates) -> str:
    """The demands of a directive that no form of a package can meet, "" if there are none.

    Names, variants and values; which versions there are is told apart.
    """
    for one in (spec, *(edge.spec for edge in spec.dependencies)):
        located = Located(one.replace(versions=VersionSet.ANY, dependencies=()), Origin(""), "")
        try:
            check_node(world, located.spec, located, candidates)
        except SpackError as error:
            meant = (error.hint or "").startswith("did you mean")
            return error.message + (f"; {error.hint}" if meant else "")
    return ""


def fault_of_group(world: World, name: str, group: Group, candidates: Candidates) -> str:
    """The faults of all members of a requirement group on a package, "" if one may hold.

    Members about other packages are left to the solver.
    """
    faults = []
    for member in group.members:
        if member is None or member.name not in (None, name):
            return ""
        spec = member.replace(name=name)
        try:
            located = Located(spec, group.origin, "")
            check_node(world, spec, located, candidates)
            for edge in spec.dependencies:
                if edge.sigil != "^" and edge.when is None:
                    check_node(world, edge.spec, located, candidates)
                    _check_provider(world, edge, located, candidates)
                    _check_direct(world, name, edge.spec, located, candidates)
        except SpackError as error:
            faults.append(error.message)
        else:
            return ""
    return "; ".join(faults)


def _asked(root: Located) -> str:
    return f" (requested by {root.text})" if root.text else ""
