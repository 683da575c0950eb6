"""Changes of nodes of a lock without a solve: everything above a changed node gets a new hash.

Knows no recipes: what a node becomes is decided by a function.
"""

from __future__ import annotations

from collections.abc import Mapping

from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import Lockfile
from spack.named_tuples import NamedTuple
from spack.type_names import Callable, Optional

#: The node that takes the place of a node, with the same edges; None leaves it as it is.
Change = Callable[[ConcreteSpec], Optional[ConcreteSpec]]


class ChangedLock(NamedTuple):
    """A lock after a change, and the nodes that were changed themselves, old and new."""

    lock: Lockfile
    nodes: tuple[tuple[ConcreteSpec, ConcreteSpec], ...]


def with_changes(
    lock: Lockfile, change: Change, texts: Mapping[str, str] | None = None
) -> ChangedLock:
    """The lock with some nodes changed.

    ``texts`` has new texts of roots by their old ones; the others keep what the user wrote.
    """
    done: dict[str, ConcreteSpec] = {}
    changed: list[tuple[ConcreteSpec, ConcreteSpec]] = []
    for root, _ in lock.root_specs():
        for node in root.traverse(order="post"):
            if node.dag_hash() in done:
                continue
            edges = tuple(
                edge._replace(spec=done[edge.spec.dag_hash()]) for edge in node.dependencies
            )
            new = change(node)
            if new is not None:
                new = copy_of(new, dependencies=edges)
                changed.append((node, new))
            elif edges != node.dependencies:
                new = copy_of(node, dependencies=edges)
            done[node.dag_hash()] = new or node
    roots = [
        (done[spec.dag_hash()], (texts or {}).get(text, text)) for spec, text in lock.root_specs()
    ]
    result = Lockfile.from_roots(
        roots,
        program=lock.program,
        included=lock.included,
        extra=lock.extra,
        root_attributes=lock.root_attributes,
    )
    return ChangedLock(result, tuple(changed))


def copy_of(node: ConcreteSpec, **parts: object) -> ConcreteSpec:
    """A copy of a node with some parts replaced; its hash is computed anew."""
    kept = {
        "version": node.version,
        "arch": node.arch,
        "namespace": node.namespace,
        "variants": node.variants,
        "flags": node.flags,
        "dependencies": node.dependencies,
        "external": node.external,
        "patches": node.patches,
        "package_hash": node.package_hash,
        "build_spec": node.build_spec,
        "annotations": node.annotations,
    }
    return ConcreteSpec(node.name, **{**kept, **parts})  # type: ignore[arg-type]
