"""One lock of several environments: its parts, and how it is made of them.

A root and a node of such a lock name the environments that they are in; there is one table of
nodes. A *flat* lock has a root once for each solve that it is in, with the name of that solve as
its group: it is what :mod:`.concretization` works with. Knows no files and no manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spack.environments.concretization import GROUP
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import MEMBERS, Lockfile
from spack.named_tuples import NamedTuple
from spack.type_names import Any, Callable


class LockedRoot(NamedTuple):
    """A root of one environment as it is locked.

    Attributes:
        text: as the user wrote it.
        attributes: further keys of the root, but for the names of environments.
    """

    environment: str
    spec: ConcreteSpec
    text: str
    attributes: Mapping[str, Any] = {}


def entries(lock: Lockfile) -> list[LockedRoot]:
    """The roots of all environments of a lock, in the order of the lock."""
    found = []
    for place, (spec, text) in enumerate(lock.root_specs()):
        own = dict(lock.root_attributes.get(place, {}))
        names = own.pop(MEMBERS, ())
        found += [LockedRoot(str(name), spec, text, own) for name in names]
    return found


def flat(lock: Lockfile, solve_of: Callable[[str, str], str]) -> Lockfile:
    """The lock with each root once for each solve.

    Args:
        solve_of: name of the solve of an environment and a group in it.
    """
    found: dict[tuple[str, str], LockedRoot] = {}
    for entry in entries(lock):
        solve = solve_of(entry.environment, str(entry.attributes.get(GROUP, "")))
        found.setdefault((solve, entry.text), entry)
    return Lockfile(
        [(entry.spec.dag_hash(), entry.text) for entry in found.values()],
        lock.concrete_specs,
        included=lock.included,
        root_attributes={
            place: {**entry.attributes, GROUP: solve}
            for place, ((solve, _), entry) in enumerate(found.items())
        },
    )


def joined(every: Iterable[LockedRoot], like: Lockfile | None = None, **parts: Any) -> Lockfile:
    """The lock of several environments with these roots; equal ones are one root.

    Args:
        like: where the parts that are not given come from.
    """
    merged: dict[tuple[str, str, str], tuple[LockedRoot, list[str]]] = {}
    members: dict[str, set[str]] = {}
    for entry in every:
        key = (entry.spec.dag_hash(), entry.text, repr(sorted(entry.attributes.items())))
        merged.setdefault(key, (entry, []))[1].append(entry.environment)
    roots = list(merged.values())
    if like is not None:
        kept = {"program": like.program, "included": like.included, "extra": like.extra}
        parts = {**kept, "meta": like.meta, **parts}
    lock = Lockfile.from_roots(
        [(entry.spec, entry.text) for entry, _ in roots],
        root_attributes={
            place: {**entry.attributes, MEMBERS: sorted(names)}
            for place, (entry, names) in enumerate(roots)
        },
        **parts,
    )
    for entry, names in roots:
        for node in Lockfile.from_roots([(entry.spec, entry.text)]).concrete_specs:
            members.setdefault(node, set()).update(names)
    lock.memberships = {code: sorted(members[code]) for code in lock.concrete_specs}
    return lock


def part(lock: Lockfile, environment: str, *, included: bool = True) -> Lockfile:
    """The lock of one environment: its roots and what is below them.

    Args:
        included: whether it has the included environments of the lock.
    """
    own = [entry for entry in entries(lock) if entry.environment == environment]
    return Lockfile.from_roots(
        [(entry.spec, entry.text) for entry in own],
        program=lock.program,
        included=lock.included if included else {},
        root_attributes={
            place: entry.attributes for place, entry in enumerate(own) if entry.attributes
        },
        version=lock.version,
    )


def with_part(lock: Lockfile, environment: str, new: Lockfile) -> Lockfile:
    """The lock in which one environment has the roots of a lock of its own."""
    others = [entry for entry in entries(lock) if entry.environment != environment]
    own = [
        LockedRoot(environment, spec, text, new.root_attributes.get(place, {}))
        for place, (spec, text) in enumerate(new.root_specs())
    ]
    return joined([*others, *own], lock)
