"""Changes of locked nodes without a solve: ``change --concrete``, and packages under development.

Only what a node says of itself can change: its version, variants, flags, system and target.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from spack.environments.concrete_changes import Change, copy_of, with_changes
from spack.environments.manifests.development import DEV_PATH
from spack.errors import UsageError
from spack.language.concrete_specs import ConcreteSpec, Value
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Located, Spec, VariantConstraint
from spack.language.versions import Version
from spack.recipes.hashing.package_hash import package_hash
from spack.recipes.records.package_records import PackageRecord, PatchRecord
from spack.type_names import TYPE_CHECKING
from spack.work.projects.environments import active

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.environments.environment import Environment
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import Inventory


def change_nodes(
    inventory: Inventory,
    wanted: Sequence[Located],
    match: str | None = None,
    texts: Mapping[str, str] | None = None,
) -> list[str]:
    """Change every locked node of the packages that are named; texts as ``old -> new``.

    Args:
        match: only nodes that satisfy this.
        texts: roots that the manifest says otherwise now, new texts by old ones.

    Raises:
        UsageError: no node is meant, or one cannot be as it is asked for.
    """
    changed: list[str] = []
    for located in wanted:
        if located.spec.dependencies:
            raise UsageError(
                f"{located.text}: dependencies of concrete specs cannot be changed",
                hint="change the root, then spack concretize",
            )
        limit = parse_spec(match) if match is not None else Spec(located.spec.name)
        recipe = located.spec

        def change(
            node: ConcreteSpec, limit: Spec = limit, recipe: Spec = recipe
        ) -> ConcreteSpec | None:
            if node.external is not None or not satisfies(node, limit):
                return None
            if recipe.name not in (None, node.name):
                return None
            return _as_asked(inventory, node, recipe)

        nodes = _apply(active(inventory), change, texts)
        if not nodes:
            raise UsageError(
                f"no concrete spec matches {match or located.spec.name}",
                hint="list concrete specs with spack find -c",
            )
        changed += [f"{old.label} -> {new.label}" for old, new in nodes]
    return changed


def set_sources(
    repositories: RepositoryPath, environment: Environment, wanted: Spec, path: str | None
) -> list[ConcreteSpec]:
    """Let locked nodes be built from a directory, or from their usual sources; the new nodes.

    The same as a new solve would say, without one. There may be no lock yet.
    """
    if environment.read_lock() is None:
        return []

    def change(node: ConcreteSpec) -> ConcreteSpec | None:
        if node.external is not None or not satisfies(node, wanted):
            return None
        variants = {n: v for n, v in node.variants.items() if n not in (DEV_PATH, "commit")}
        if path is not None:
            variants[DEV_PATH] = path
        elif DEV_PATH not in node.variants:
            return None
        else:
            commit = _commit(repositories, node)
            if commit is not None:
                variants["commit"] = commit
        return copy_of(node, variants=variants) if variants != dict(node.variants) else None

    return [new for _, new in _apply(environment, change)]


def _commit(repositories: RepositoryPath, node: ConcreteSpec) -> str | None:
    """The commit that a recipe pins for the version of a node."""
    for declared in repositories.record(f"{node.namespace}.{node.name}").versions:
        if declared.version == node.version:
            return declared.commit
    return None


def _apply(
    environment: Environment, change: Change, texts: Mapping[str, str] | None = None
) -> Sequence[tuple[ConcreteSpec, ConcreteSpec]]:
    result = with_changes(environment.locked(), change, texts)
    if result.nodes:
        environment.write_lock(result.lock)
    return result.nodes


def _as_asked(inventory: Inventory, node: ConcreteSpec, wanted: Spec) -> ConcreteSpec:
    """A node with everything that a spec says instead of what it said about that."""
    record = inventory.repositories.record(f"{node.namespace}.{node.name}")
    arch = node.arch._replace(
        **{
            part: str(getattr(wanted, part))
            for part in ("platform", "os", "target")
            if getattr(wanted, part) is not None
        }
    )
    flags: dict[str, tuple[str, ...]] = dict(node.flags)
    for kind, constraints in wanted.flags.items():
        flags[kind] = tuple(constraint.flag for constraint in constraints)
    variants = {name: value for name, value in node.variants.items() if name != "patches"}
    for name, constraint in wanted.variants.items():
        variants[name] = _value(record, node, constraint)
    new = copy_of(
        node, version=_version(record, node, wanted), arch=arch, flags=flags, variants=variants
    )
    patches = _patches(inventory.repositories, active(inventory), record, node, new)
    if patches:
        variants["patches"] = tuple(sorted(patch.sha256 for patch in patches))
    new = copy_of(new, variants=variants, patches=tuple(patch.sha256 for patch in patches))
    return copy_of(new, package_hash=_package_hash(inventory.settings, record, new, patches))


def _version(record: PackageRecord, node: ConcreteSpec, wanted: Spec) -> Version:
    """The version asked for: an exact one, else the highest of the recipe that fits."""
    if wanted.versions.is_any or wanted.versions.contains(node.version):
        return node.version
    exact = wanted.versions.concrete
    if exact is not None:
        return exact
    fitting = [v.version for v in record.versions if wanted.versions.contains(v.version)]
    if not fitting:
        raise UsageError(
            f"{node.name} has no version {wanted.versions}", hint=f"spack versions -s {node.name}"
        )
    return max(fitting)


def _value(record: PackageRecord, node: ConcreteSpec, asked: VariantConstraint) -> Value:
    """The value of a variant of a node, as its definition permits."""
    if asked.name not in node.variants:
        raise UsageError(
            f"{node.label} has no variant '{asked.name}'",
            hint=f"it has {', '.join(sorted(node.variants))}",
        )
    present = node.variants[asked.name]
    if asked.is_any:
        return present
    if asked.is_boolean != isinstance(present, bool):
        raise UsageError(f"the variant '{asked.name}' of {node.name} cannot be {asked.value_text}")
    if asked.is_boolean:
        return bool(asked.values[0])
    words = tuple(str(value) for value in asked.values)
    for definition in record.definitions(asked.name):
        if definition.values is not None and (
            definition.when is None or satisfies(node, definition.when)
        ):
            known = {str(value.value) for value in definition.values}
            for word in words:
                if word not in known:
                    raise UsageError(
                        f"the variant '{asked.name}' of {node.name} cannot be {word}",
                        hint=f"one of {', '.join(sorted(known))}",
                    )
    if isinstance(present, tuple):
        return words
    if len(words) > 1:
        raise UsageError(f"the variant '{asked.name}' of {node.name} has one value")
    return words[0]


def _patches(
    repositories: RepositoryPath,
    environment: Environment,
    record: PackageRecord,
    old: ConcreteSpec,
    new: ConcreteSpec,
) -> Sequence[PatchRecord]:
    """The patches of a changed node: those of its recipe that hold now, and what others bring."""
    own = {patch.sha256 for patch in record.patches}
    holding = [
        patch for patch in record.patches if patch.when is None or satisfies(new, patch.when)
    ]
    foreign = set(old.patches) - own
    if foreign:
        for node in environment.locked().concrete_specs.values():
            if any(edge.spec.dag_hash() == old.dag_hash() for edge in node.dependencies):
                dependent = repositories.record(f"{node.namespace}.{node.name}")
                for dependency in dependent.dependencies:
                    holding += [p for p in dependency.patches if p.sha256 in foreign]
    distinct = {patch.sha256: patch for patch in holding}.values()
    return sorted(distinct, key=lambda patch: (patch.ordering, patch.sha256))


def _package_hash(
    settings: Settings, record: PackageRecord, node: ConcreteSpec, patches: Sequence[PatchRecord]
) -> str:
    cache = os.path.join(settings.config.misc_cache, "recipe-hashes")
    return package_hash(record, node, patches, cache=cache)
