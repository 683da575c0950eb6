"""Splices: concrete graphs in which dependencies were exchanged after they were built.

A node whose link or run dependencies change becomes a copy without build dependencies, and its
build spec says what it was built as. Works on finished specs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spack.config.settings.program_settings import Splice
from spack.errors import ConfigurationError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import BEYOND_BUILD
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.solve.problem.request import Packages
from spack.type_names import Callable


def respliced(node: ConcreteSpec, replaced: Mapping[str, ConcreteSpec]) -> ConcreteSpec:
    """The node with other dependencies, by the hash of those it has; itself if none is replaced.

    Only what is linked or run counts; edges keep their labels.
    """
    kept = [edge for edge in node.dependencies if edge.deptypes & BEYOND_BUILD]
    if not any(edge.spec.dag_hash() in replaced for edge in kept):
        return node
    return ConcreteSpec(
        node.name,
        node.version,
        node.arch,
        namespace=node.namespace,
        variants=node.variants,
        flags=node.flags,
        dependencies=tuple(
            edge._replace(
                spec=replaced.get(edge.spec.dag_hash(), edge.spec),
                deptypes=edge.deptypes & BEYOND_BUILD,
            )
            for edge in kept
        ),
        external=node.external,
        patches=node.patches,
        package_hash=node.package_hash,
        build_spec=node.build_spec or node,
        annotations=node.annotations,
    )


def splice(
    root: ConcreteSpec, target: ConcreteSpec, replacement: ConcreteSpec, *, transitive: bool
) -> ConcreteSpec:
    """The root with one node below it exchanged.

    Packages that both the root and the replacement need are taken from the replacement if
    ``transitive``, else from the root, and then the replacement is a spliced node itself.
    """
    if transitive:
        wins = {node.name: node for node in replacement.traverse(BEYOND_BUILD)}
        return _exchanged(root, wins, {target.dag_hash(): replacement})
    stays = {n.name: n for n in root.traverse(BEYOND_BUILD) if n.dag_hash() != target.dag_hash()}
    stays.pop(replacement.name, None)
    fitted = _exchanged(replacement, stays, {})
    return _exchanged(root, {}, {target.dag_hash(): fitted})


def _exchanged(
    root: ConcreteSpec,
    by_name: Mapping[str, ConcreteSpec],
    by_hash: Mapping[str, ConcreteSpec],
) -> ConcreteSpec:
    """The root with nodes below it replaced, those above them respliced."""
    done: dict[str, ConcreteSpec] = {}
    for node in root.traverse(BEYOND_BUILD, order="post"):
        digest = node.dag_hash()
        other = by_hash.get(digest)
        if other is None and node is not root:
            other = by_name.get(node.name)
        if other is None:
            changes = {old: new for old, new in done.items() if new.dag_hash() != old}
            other = respliced(node, changes)
        done[digest] = other
    return done[root.dag_hash()]


def with_explicit_splices(
    roots: Sequence[ConcreteSpec],
    splices: Iterable[Splice],
    by_hash: Callable[[Spec], ConcreteSpec],
    packages: Packages,
) -> list[ConcreteSpec]:
    """The roots after each configured splice, in order, on whatever holds a match of its target.

    Args:
        by_hash: the concrete spec that a replacement names.
        packages: recipes, for what replacements provide.

    Raises:
        ConfigurationError: a replacement has no hash, or cannot stand for the target.
    """
    result = list(roots)
    for wanted in splices:
        replacement = parse_spec(wanted.replacement)
        if not replacement.abstract_hash:
            raise ConfigurationError(
                f"the replacement {wanted.replacement} of a splice has no hash",
                hint="write it as name/hash; list hashes with spack find -l",
            )
        new = by_hash(replacement)
        result = [_spliced_root(root, wanted, new, packages) for root in result]
    return result


def _spliced_root(
    root: ConcreteSpec, wanted: Splice, new: ConcreteSpec, packages: Packages
) -> ConcreteSpec:
    target = parse_spec(wanted.target)
    for parent, edge in root.traverse_edges(BEYOND_BUILD):
        node = edge.spec
        named = target.name in edge.virtuals and satisfies(node, target.replace(name=None))
        if not named and not satisfies(node, target):
            continue
        if node.dag_hash() == new.dag_hash():
            return root
        provided = _provided(new, packages)
        lost = [virtual for virtual in edge.virtuals if virtual not in provided]
        if lost or not (edge.virtuals or node.name == new.name):
            needed = ", ".join(lost) or node.name
            raise ConfigurationError(
                f"{new.name} cannot replace {node.name} below {parent.name}: "
                f"it does not provide {needed}",
                hint="see concretizer:splice:explicit",
            )
        return splice(root, node, new, transitive=wanted.transitive)
    return root


def _provided(node: ConcreteSpec, packages: Packages) -> set[str]:
    """Virtuals that a node provides by its present recipe."""
    if not packages.exists(node.name):
        return set()
    return {
        spec.name or ""
        for provided in packages.record(node.name).provides
        if provided.when is None or satisfies(node, provided.when)
        for spec in provided.specs
    }
