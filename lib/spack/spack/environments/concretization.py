"""Bring the lock of an environment in line with its manifest.

The solver is an argument (:data:`Solve`): this module decides which roots it is asked about and
what it may reuse, and makes the new lock from its answer. Only roots that are not locked are
solved: each on its own where roots are *separate*, otherwise as one problem beside the locked ones,
which stay as they are. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Callable, NamedTuple

from spack.environments.manifests.spec_lists import UserSpec
from spack.errors import InternalError, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import Lockfile
from spack.language.modes import Unify
from spack.language.parser import parse_spec
from spack.language.specs import Located

#: Further key of a root in the lock: texts of the matrix combinations that became this root.
WRITTEN = "written"


class NotConcretizedError(SpackError):
    """Something needs the lock of an environment that has none."""


class Known(NamedTuple):
    """Concrete specs that a solve of new roots is told about.

    Attributes:
        fixed: roots that stay as they are and that new roots must agree with.
        candidates: nodes of this environment and of included ones, which may be reused.
    """

    fixed: tuple[ConcreteSpec, ...] = ()
    candidates: tuple[ConcreteSpec, ...] = ()


#: Decides abstract roots: given the roots, the mode and what is known, the
#: concrete spec of each root by the root's text.
Solve = Callable[[Sequence[Located], Unify, Known], Mapping[str, ConcreteSpec]]


class LockStatus(NamedTuple):
    """How a lock compares with the roots of a manifest.

    Attributes:
        locked: roots in the manifest that are locked, with their concrete specs.
        new: roots that are not locked.
        removed: locked texts that are not roots any more, with their concrete specs.
    """

    locked: tuple[tuple[UserSpec, ConcreteSpec], ...]
    new: tuple[UserSpec, ...]
    removed: tuple[tuple[str, ConcreteSpec], ...]

    @property
    def current(self) -> bool:
        """Whether the lock says exactly what the manifest asks for."""
        return not self.new and not self.removed


class Concretized(NamedTuple):
    """What concretizing changed.

    Attributes:
        lock: the new lock.
        added: roots with specs decided now.
        kept: roots whose specs are as before.
        removed: texts that were dropped from the lock.
        changed: whether the lock differs from the one before.
    """

    lock: Lockfile
    added: tuple[tuple[UserSpec, ConcreteSpec], ...]
    kept: tuple[tuple[UserSpec, ConcreteSpec], ...]
    removed: tuple[str, ...]
    changed: bool


def lock_status(roots: Sequence[UserSpec], lock: Lockfile | None) -> LockStatus:
    """Compare the roots of a manifest with a lock (None: nothing is locked).

    Texts that mean the same spec are equal, and a combination of a matrix is equal to the root it
    became when constraints that do not apply were dropped.
    """
    by_meaning: dict[str, tuple[str, ConcreteSpec]] = {}
    present = lock.root_specs() if lock is not None else []
    for place, (spec, text) in enumerate(present):
        for written in (text, *_written(lock, place)):
            by_meaning.setdefault(_meaning(written), (text, spec))
    locked = []
    new = []
    matched = set()
    for root in roots:
        found = by_meaning.get(str(root.spec)) or by_meaning.get(root.text)
        if found is None:
            new.append(root)
        else:
            matched.add(found[0])
            locked.append((root, found[1]))
    removed = [(text, spec) for spec, text in present if text not in matched]
    return LockStatus(tuple(locked), tuple(new), tuple(removed))


def _written(lock: Lockfile | None, place: int) -> Sequence[str]:
    """Texts of the combinations that a root stands for, beside its own."""
    attributes = lock.root_attributes.get(place, {}) if lock is not None else {}
    return [str(text) for text in attributes.get(WRITTEN, ())]


def concretize(
    roots: Sequence[UserSpec],
    lock: Lockfile | None,
    solve: Solve,
    *,
    unify: Unify = Unify.SEPARATELY,
    force: bool = False,
    included: Mapping[str, Lockfile] | None = None,
    program: Mapping[str, str] | None = None,
) -> Concretized:
    """Decide the roots that are not locked and make the new lock.

    Args:
        roots: of the manifest, in order, without constraints that do not apply.
        lock: the present lock, None when there is none.
        unify: whether the roots share their dependencies.
        force: decide everything again, reusing nothing of the lock.
        included: locks of included environments; their specs may be reused, and a root that is
            one of theirs as well is what it is there.
        program: what the lock says it was written by.

    Raises:
        whatever the solver raises; nothing has changed then.
    """
    status = lock_status(roots, lock)
    again = list(roots) if force else list(status.new)
    decided = _decided_elsewhere(again, included or {})
    again = [root for root in again if root.text not in decided]
    if again:
        kept_specs = () if force else tuple(spec for _, spec in status.locked)
        kept_specs += tuple(decided.values())
        nodes = _nodes(kept_specs)
        for other in (included or {}).values():
            nodes += list(other.concrete_specs.values())
        fixed = () if unify is Unify.SEPARATELY else kept_specs
        known = Known(fixed, tuple(_distinct(nodes)))
        answer = solve([root.located for root in again], unify, known)
        for root in again:
            if root.text not in answer:
                raise InternalError(f"the solver has no answer for the root {root.text}")
            decided[root.text] = answer[root.text]
    before = {root.text: spec for root, spec in status.locked}
    pairs = [(root, decided.get(root.text) or before[root.text]) for root in roots]
    added = tuple((root, spec) for root, spec in pairs if _differs(before.get(root.text), spec))
    kept = tuple((root, spec) for root, spec in pairs if not _differs(before.get(root.text), spec))
    new_lock = Lockfile.from_roots(
        [(spec, root.text) for root, spec in pairs],
        program=program,
        included=dict(included or {}),
        extra=lock.extra if lock is not None else {},
        root_attributes={
            place: {WRITTEN: list(root.written)}
            for place, (root, _) in enumerate(pairs)
            if root.written
        },
    )
    return Concretized(
        new_lock,
        added,
        kept,
        tuple(text for text, _ in status.removed),
        lock is None or _contents(lock) != _contents(new_lock),
    )


def _decided_elsewhere(
    roots: Sequence[UserSpec], included: Mapping[str, Lockfile]
) -> dict[str, ConcreteSpec]:
    """Roots that an included environment has too, by their texts; the first one wins."""
    known: dict[str, ConcreteSpec] = {}
    for lock in included.values():
        for spec, text in lock.root_specs():
            known.setdefault(_meaning(text), spec)
    return {root.text: known[str(root.spec)] for root in roots if str(root.spec) in known}


def deconcretize(lock: Lockfile, hashes: Iterable[str]) -> Lockfile:
    """The lock without the roots that are or need one of these nodes."""
    gone = set(hashes)
    kept = [
        (root, lock.root_attributes.get(place, {}))
        for place, root in enumerate(lock.root_specs())
        if not any(node.dag_hash() in gone for node in root[0].traverse())
    ]
    return Lockfile.from_roots(
        [root for root, _ in kept],
        program=lock.program,
        included=lock.included,
        extra=lock.extra,
        root_attributes={place: found for place, (_, found) in enumerate(kept) if found},
    )


def _meaning(text: str) -> str:
    """The canonical text of a locked root; the text itself if it cannot be read any more."""
    try:
        return str(parse_spec(text))
    except SpackError:
        return text


def _nodes(specs: Iterable[ConcreteSpec]) -> list[ConcreteSpec]:
    return [node for spec in specs for node in spec.traverse()]


def _distinct(specs: Iterable[ConcreteSpec]) -> list[ConcreteSpec]:
    return list({spec.dag_hash(): spec for spec in specs}.values())


def _differs(old: ConcreteSpec | None, new: ConcreteSpec) -> bool:
    return old is None or old.dag_hash() != new.dag_hash()


def _contents(lock: Lockfile) -> tuple[object, ...]:
    included = {path: _contents(other) for path, other in lock.included.items()}
    attributes = sorted((place, repr(data)) for place, data in lock.root_attributes.items())
    return (list(lock.roots), sorted(lock.concrete_specs), included, attributes, lock.version)
