"""The roots of environments, each with the rule of the manifest that made it. Solves nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from spack.environments.manifests.projects import DEFAULT, Feature, Project
from spack.environments.manifests.spec_lists import UserSpec
from spack.errors import Origin, UsageError
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING
from spack.work.members.records import Described, describe, member_of, obstacle
from spack.work.projects.environments import active, user_specs

if TYPE_CHECKING:
    from spack.session.parts import LockParts


class ExpandedRoot(NamedTuple):
    """A root and the words for what made it: feature, base, list, matrix, with line numbers."""

    text: str
    rule: str


class Expanded(NamedTuple):
    """An environment with its roots; ``notes`` say what it is made of."""

    name: str
    notes: tuple[str, ...]
    roots: tuple[ExpandedRoot, ...]


def expand(parts: LockParts, names: Sequence[str] = ()) -> list[Expanded]:
    """The environments of the active project, or the active environment.

    Args:
        names: of environments of the project; all without.

    Raises:
        UsageError: there is no such environment.
    """
    member = member_of(parts)
    if member is None:
        environment = active(parts)
        if names:
            raise UsageError(f"{environment.label} is one environment, and has none by name")
        roots = user_specs(parts.configuration, environment)
        found = tuple(ExpandedRoot(root.text, _written(root)) for root in roots)
        return [Expanded(environment.label, (), found)]
    described = describe(parts, member)
    for name in names:
        member.project.environment(name)
    host = parts.instance.host()
    result = []
    for name in names or member.project.environments:
        notes = list(_notes(described[name], member.project))
        reason = obstacle(described[name], host)
        if reason is not None:
            notes.append(f"not for this machine: {reason}")
        result.append(Expanded(name, tuple(notes), tuple(_roots(described, name))))
    return result


def _notes(found: Described, project: Project) -> Iterable[str]:
    environment = found.environment
    if environment.bases:
        yield "on " + ", ".join(environment.bases)
    if environment.features:
        yield "features " + ", ".join(environment.features)
    if environment.solve_group:
        yield f"solved with group {environment.solve_group}"
    applying = [feature.name for feature in found.features]
    for name in environment.features:
        when = project.features[name].when
        if name not in applying and when is not None:
            yield f"without {name}, since its 'when' at {_short(when.origin)} does not hold"


def _roots(described: Mapping[str, Described], name: str) -> Iterable[ExpandedRoot]:
    """The roots of bases first, then those of features; equal ones once."""
    seen: set[str] = set()
    for base in described[name].environment.bases:
        for root in _roots(described, base):
            if root.text not in seen:
                seen.add(root.text)
                yield ExpandedRoot(root.text, f"base {base}: {root.rule}")
    for feature in described[name].features:
        for spec in described[name].roots[feature.name]:
            if spec.text not in seen:
                seen.add(spec.text)
                yield ExpandedRoot(spec.text, _rule(feature, spec))


def _rule(feature: Feature, root: UserSpec) -> str:
    prefix = "top level" if feature.name == DEFAULT else f"feature {feature.name}"
    return f"{prefix}, {_written(root)}"


def _written(root: UserSpec) -> str:
    """The words for the entry that a root comes from."""
    group = f", group {root.group}" if root.group else ""
    if root.from_matrix:
        parts = " × ".join(f"{part.text} (line {part.origin.line})" for part in root.parts)
        return f"matrix at {_short(root.origin)}: {parts}{group}"
    if root.parts[0].origin != root.origin:
        return f"{_short(root.parts[0].origin)} by way of {_short(root.origin)}{group}"
    return f"{_short(root.origin)}{group}"


def _short(origin: Origin) -> str:
    """A place without its directory and column."""
    name = os.path.basename(origin.file)
    return f"{name}:{origin.line}" if origin.line else name
