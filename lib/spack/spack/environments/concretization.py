"""Bring the lock of an environment in line with its manifest.

The solver is an argument (:data:`.solve_graph.Solve`): this module decides which roots it is asked
about and what it may reuse, and makes the new lock from its answers. Of each node of the graph of
solves only roots that are not locked are solved: each on its own where roots are *separate*,
otherwise as one problem beside the locked ones, which stay as they are. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spack.environments.manifests.spec_lists import UserSpec
from spack.environments.solve_graph import Known, Solve, SolveNode
from spack.errors import InternalError, SpackError
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.lockfiles import Lockfile
from spack.language.modes import Unify
from spack.language.parser import parse_spec
from spack.named_tuples import NamedTuple
from spack.type_names import Any, Callable

#: Further keys of a root in the lock: texts of the matrix combinations that became this root, and
#: the group that it is in.
WRITTEN, GROUP = "written", "group"


class LockStatus(NamedTuple):
    """The comparison of a lock with the roots of a manifest.

    Attributes:
        roots: of the manifest, each with its concrete spec, None while it is not locked.
            Combinations of a matrix that became one root are that root.
        removed: locked texts that are not roots any more, with their concrete specs.
    """

    roots: tuple[tuple[UserSpec, ConcreteSpec | None], ...]
    removed: tuple[tuple[str, ConcreteSpec], ...]

    @property
    def locked(self) -> tuple[tuple[UserSpec, ConcreteSpec], ...]:
        """Roots that are locked, with their concrete specs."""
        return tuple((root, spec) for root, spec in self.roots if spec is not None)

    @property
    def new(self) -> tuple[UserSpec, ...]:
        """Roots that are not locked."""
        return tuple(root for root, spec in self.roots if spec is None)

    @property
    def current(self) -> bool:
        """Whether the lock says exactly what the manifest asks for."""
        return not self.new and not self.removed


class Concretized(NamedTuple):
    """Changes that concretizing made.

    Attributes:
        lock: the new lock.
        added: roots with specs decided now.
        kept: roots whose specs are as before.
        removed: texts that were dropped from the lock.
        changed: whether the lock differs from the one before.
        fitted_to: how many locked roots stayed because others were fitted to them.
    """

    lock: Lockfile
    added: tuple[tuple[UserSpec, ConcreteSpec], ...]
    kept: tuple[tuple[UserSpec, ConcreteSpec], ...]
    removed: tuple[str, ...]
    changed: bool
    fitted_to: int = 0


def lock_status(roots: Sequence[UserSpec], lock: Lockfile | None) -> LockStatus:
    """Compare the roots of a manifest with a lock (None: nothing is locked).

    Texts of one group that mean the same spec are equal, and a combination of a matrix is equal to
    the root it became when constraints that do not apply were dropped.
    """
    by_meaning: dict[tuple[str, str], int] = {}
    by_part: dict[tuple[str, str], int] = {}
    present = lock.root_specs() if lock is not None else []
    groups = locked_groups(lock) if lock is not None else []
    for number, (_, text) in enumerate(present):
        by_meaning.setdefault((groups[number], meaning(text)), number)
        for written in _written(lock, number):
            by_part.setdefault((groups[number], meaning(written)), number)
    found: dict[tuple[str, str], tuple[UserSpec, ConcreteSpec | None]] = {}
    matched = set()
    for root in roots:
        key = (root.group, str(root.spec))
        place = by_meaning.get(key, by_meaning.get(root.key))
        if place is None and key in by_part:
            place = by_part[key]
            text = present[place][1]
            root = root._replace(text=text, spec=parse_spec(text))
        if place is not None:
            matched.add((groups[place], present[place][1]))
        found.setdefault(root.key, (root, None if place is None else present[place][0]))
    removed = [
        (text, spec) for group, (spec, text) in zip(groups, present) if (group, text) not in matched
    ]
    return LockStatus(tuple(found.values()), tuple(removed))


def locked_groups(lock: Lockfile) -> list[str]:
    """The group of each locked root, in the order of the roots; empty outside of groups."""
    attributes = lock.root_attributes
    return [str(attributes.get(place, {}).get(GROUP, "")) for place in range(len(lock.roots))]


def _written(lock: Lockfile | None, place: int) -> Sequence[str]:
    """Texts of the combinations that a root stands for, beside its own."""
    attributes = lock.root_attributes.get(place, {}) if lock is not None else {}
    return [str(text) for text in attributes.get(WRITTEN, ())]


def concretize(
    graph: Sequence[SolveNode],
    lock: Lockfile | None,
    solve: Solve,
    *,
    force: bool = False,
    included: Mapping[str, Lockfile] | None = None,
    program: Mapping[str, str] | None = None,
) -> Concretized:
    """Decide the roots that are not locked and make the new lock.

    Args:
        graph: the solves, each after those that it needs, with all roots of the manifest.
        lock: the present lock, None when there is none.
        force: decide everything again, reusing nothing of the lock.
        included: locks of included environments; their specs may be reused, and a root that is
            one of theirs as well is what it is there.
        program: what the lock says it was written by.

    Raises:
        whatever the solver raises; nothing has changed then.
    """
    roots = [root for node in graph for root in node.roots]
    status = lock_status(roots, lock)
    before = {root.key: spec for root, spec in status.locked}
    decided: dict[tuple[str, str], ConcreteSpec] = {}
    moved: set[str] = set()
    fitted_to = 0
    for node in graph:
        again = [root for root in node.roots if force or root.key not in before]
        if (node.whole and again) or node.again or not moved.isdisjoint(node.bases):
            again = list(node.roots)
        kept_specs = [before[root.key] for root in node.roots if root not in again]
        if again and node.unify is Unify.TOGETHER:
            fitted_to += len(kept_specs)
        needed = [
            decided[root.key] for other in graph if other.name in node.needs for root in other.roots
        ]
        based = [
            (decided[root.key], root.text)
            for other in graph
            if other.name in node.bases
            for root in other.roots
        ]
        answer = _decide(node, again, kept_specs, needed, based, solve, included or {})
        for root in node.roots:
            decided[root.key] = answer.get(root.text) or before[root.key]
            if _differs(before.get(root.key), decided[root.key]):
                moved.add(node.name)
    pairs = [(root, decided[root.key]) for root in roots]
    added = tuple((root, spec) for root, spec in pairs if _differs(before.get(root.key), spec))
    kept = tuple((root, spec) for root, spec in pairs if not _differs(before.get(root.key), spec))
    new_lock = Lockfile.from_roots(
        [(spec, root.text) for root, spec in pairs],
        program=program,
        included=dict(included or {}),
        extra=lock.extra if lock is not None else {},
        root_attributes={
            place: found
            for place, (root, _) in enumerate(pairs)
            for found in [_attributes(root)]
            if found
        },
    )
    return Concretized(
        new_lock,
        added,
        kept,
        tuple(text for text, _ in status.removed),
        lock is None or _contents(lock) != _contents(new_lock),
        fitted_to,
    )


def _decide(
    node: SolveNode,
    again: Sequence[UserSpec],
    kept: Sequence[ConcreteSpec],
    needed: Sequence[ConcreteSpec],
    based: Sequence[tuple[ConcreteSpec, str]],
    solve: Solve,
    included: Mapping[str, Lockfile],
) -> dict[str, ConcreteSpec]:
    """Concrete specs for the roots to solve again, by their texts.

    Args:
        based: roots of the bases with their texts.
    """
    elsewhere = [*based, *(pair for lock in included.values() for pair in lock.root_specs())]
    decided = _decided_elsewhere(again, elsewhere)
    again = [root for root in again if root.text not in decided]
    if not again:
        return decided
    kept = distinct([*(spec for spec, _ in based), *kept, *decided.values()])
    nodes = [node for spec in kept for node in spec.traverse()]
    for other in included.values():
        nodes += list(other.concrete_specs.values())
    fixed = () if node.unify is Unify.SEPARATELY else tuple(kept)
    known = Known(fixed, tuple(distinct(nodes)), tuple(distinct(needed)))
    answer = solve(node, [root.located for root in again], known)
    for root in again:
        if root.text not in answer:
            raise InternalError(f"the solver has no answer for the root {root.text}")
        decided[root.text] = answer[root.text]
    return decided


def _attributes(root: UserSpec) -> dict[str, Any]:
    """Further keys of a root in the lock."""
    found: dict[str, Any] = {WRITTEN: list(root.written)} if root.written else {}
    if root.group:
        found[GROUP] = root.group
    return found


def _decided_elsewhere(
    roots: Sequence[UserSpec], others: Iterable[tuple[ConcreteSpec, str]]
) -> dict[str, ConcreteSpec]:
    """Roots that a base or an included environment has too, by their texts; the first one wins."""
    known: dict[str, ConcreteSpec] = {}
    for spec, text in others:
        known.setdefault(meaning(text), spec)
    return {root.text: known[str(root.spec)] for root in roots if str(root.spec) in known}


def deconcretize(lock: Lockfile, hashes: Iterable[str]) -> Lockfile:
    """The lock without the roots that are or need one of these nodes."""
    gone = set(hashes)
    return _with_roots(
        lock, lambda spec, text: not any(node.dag_hash() in gone for node in spec.traverse())
    )


def without_roots(lock: Lockfile, texts: Iterable[str]) -> Lockfile:
    """The lock without the roots of these texts; other roots stay, also if they need them."""
    gone = set(texts)
    return _with_roots(lock, lambda spec, text: text not in gone)


def _with_roots(lock: Lockfile, wanted: Callable[[ConcreteSpec, str], bool]) -> Lockfile:
    kept = [
        (root, lock.root_attributes.get(place, {}))
        for place, root in enumerate(lock.root_specs())
        if wanted(*root)
    ]
    return Lockfile.from_roots(
        [root for root, _ in kept],
        program=lock.program,
        included=lock.included,
        extra=lock.extra,
        root_attributes={place: found for place, (_, found) in enumerate(kept) if found},
    )


def meaning(text: str) -> str:
    """The canonical text of a locked root; the text itself if it cannot be read any more."""
    try:
        return str(parse_spec(text))
    except SpackError:
        return text


def _differs(old: ConcreteSpec | None, new: ConcreteSpec) -> bool:
    return old is None or old.dag_hash() != new.dag_hash()


def _contents(lock: Lockfile) -> tuple[object, ...]:
    included = {path: _contents(other) for path, other in lock.included.items()}
    attributes = sorted((place, repr(data)) for place, data in lock.root_attributes.items())
    return (list(lock.roots), sorted(lock.concrete_specs), included, attributes, lock.version)
