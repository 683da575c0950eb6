"""The environments of the active project as they are on this machine: roots, inputs, requirements.

Solves nothing. What a manifest says of an environment is read in a session of that environment,
because the features of an environment are its configuration.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence

from spack.config.values.values import Value
from spack.environments import staleness
from spack.environments.manifests.projects import (
    DEFAULT,
    Feature,
    Project,
    ProjectEnvironment,
    SystemRequirement,
)
from spack.environments.manifests.spec_lists import UserSpec
from spack.environments.members import Member, manifest_of
from spack.environments.staleness import Record
from spack.errors import ConfigurationError, UsageError
from spack.language.versions import Version
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING
from spack.work.projects.environments import active, condition_of, user_specs_of

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.config.values.path_variables import HostFacts
    from spack.language.lockfiles import Lockfile
    from spack.session.parts import LockParts


class RequirementError(ConfigurationError):
    """This machine has not what ``system_requirements`` asks for."""


class Described(NamedTuple):
    """An environment of a project on this machine.

    Attributes:
        parts: of a session in it.
        features: those that apply, the ones that win first.
        roots: of each feature, expanded.
        record: its inputs, see :mod:`spack.environments.staleness`.
    """

    environment: ProjectEnvironment
    parts: LockParts
    features: tuple[Feature, ...]
    roots: Mapping[str, Sequence[UserSpec]]
    record: Record

    def feature_of(self, text: str) -> Feature | None:
        """The feature that wins among those that have a root of this text."""
        for feature in self.features:
            if any(root.text == text for root in self.roots[feature.name]):
                return feature
        return None

    def texts(self) -> set[tuple[str, str]]:
        """Group and text of each root."""
        return {root.key for roots in self.roots.values() for root in roots}


def member_of(parts: LockParts) -> Member | None:
    """The active environment if it is one of a project."""
    environment = parts.environment
    return environment if isinstance(environment, Member) else None


def describe(parts: LockParts, member: Member) -> dict[str, Described]:
    """Every environment of a project, by name.

    Raises:
        ConfigurationError: a feature or a section that cannot be used.
    """
    project = member.project
    return {name: _described(parts, member, project, name) for name in project.environments}


def _described(parts: LockParts, member: Member, project: Project, name: str) -> Described:
    there = parts.for_environments([name])
    configuration = there.configuration
    features = project.stack([name], condition_of(configuration.paths))
    roots = {
        feature.name: user_specs_of(configuration, manifest_of(member.whole_manifest, [feature]))
        for feature in features
    }
    environment = project.environments[name]
    files = {**dict(_files(configuration)), **dict(_included(there))}
    sources = features
    if all(feature.name != DEFAULT for feature in features):
        sources = [*features, project.features[DEFAULT]]
    record = staleness.record(environment, sources, roots, files)
    return Described(environment, there, tuple(features), roots, record)


def _files(configuration: Configuration) -> Iterable[tuple[str, list[tuple[str, Value, str]]]]:
    """Sections of the files that the manifest includes, by the name of each."""
    known = {scope.name for scope in configuration.scopes if scope.name.startswith("env:")}
    for scope in reversed(configuration.scopes):
        if scope.included_by in known:
            known.add(scope.name)
            sections = [
                (name, *found)
                for name in staleness.SECTIONS
                for found in [configuration.written_in(scope, name)]
                if found is not None
            ]
            yield f"include:{scope.name}", sections


def _included(parts: LockParts) -> Iterable[tuple[str, list[tuple[str, Value, str]]]]:
    """The roots of included environments as a section each."""
    for directory, lock in included_locks(parts).items():
        hashes = [Value(code, directory) for code in sorted(code for code, _ in lock.roots)]
        yield f"include_concrete:{directory}", [("packages", Value(hashes, directory), "")]


def included_locks(parts: LockParts) -> dict[str, Lockfile]:
    """The locks in ``include_concrete`` of the active environment, by directory."""
    return active(parts).included_locks(parts.configuration.paths.substitute)


# -- this machine ------------------------------------------------------------------------------


def obstacle(described: Described, host: HostFacts) -> str | None:
    """The reason why an environment is not for this machine, None if it is."""
    for feature in described.features:
        if feature.platforms and not any(_fits(word, host) for word in feature.platforms):
            return (
                f"the feature '{feature.name}' is for {', '.join(feature.platforms)},"
                f" and this is {host}"
            )
    return None


def _fits(word: str, host: HostFacts) -> bool:
    from spack.config.scopes.conditions import HostArchitecture

    parts = word.replace("/", "-").split("-")
    if len(parts) == 1 and "=" not in word:
        return word == host.platform
    return HostArchitecture(host).satisfies("-".join(parts) if len(parts) == 3 else word)


def check_requirements(described: Described, host: HostFacts) -> None:
    """Check ``system_requirements`` of an environment.

    Raises:
        RequirementError: names the requirement and what this machine has.
    """
    for feature in described.features:
        for requirement in feature.requirements:
            found = _found(requirement, described.parts, host)
            if found is not None:
                raise RequirementError(
                    f"the environment '{described.environment.name}' needs"
                    f" {requirement.kind} {requirement.wanted}, and this machine has {found}",
                    origin=requirement.origin,
                    hint="use another machine, or another environment of the project",
                )


def _found(requirement: SystemRequirement, parts: LockParts, host: HostFacts) -> str | None:
    """The finding on this machine where it does not do, None where it does."""
    if requirement.kind == "os":
        return None if requirement.wanted == host.os else host.os
    if requirement.kind == "target":
        from spack.config.scopes.conditions import HostArchitecture

        fits = HostArchitecture(host).satisfies(f"target={requirement.wanted}")
        return None if fits else host.target
    libc = parts.machine_facts.own_libc()
    if libc is None:
        return f"{platform.system()} without a known libc"
    fits = Version(libc.version) >= Version(requirement.wanted.lstrip(">= "))
    return None if fits else f"{libc.name} {libc.version}"


def chosen_environments(project: Project, names: Sequence[str]) -> list[str]:
    """The environments of these names with those that are solved before or with them.

    All environments without names. Raises UsageError for an unknown one.
    """
    for name in names:
        project.environment(name)
    units = project.solve_units()
    wanted = set(names or project.environments)
    for unit in reversed(units):
        if wanted.intersection(unit):
            wanted.update(unit)
            wanted.update(base for name in unit for base in project.environments[name].bases)
    return [name for name in project.environments if name in wanted]


def check_available(described: Described, host: HostFacts) -> None:
    """Raises UsageError when an environment is not for this machine."""
    reason = obstacle(described, host)
    if reason is not None:
        raise UsageError(
            f"the environment '{described.environment.name}' cannot be used here: {reason}"
        )
