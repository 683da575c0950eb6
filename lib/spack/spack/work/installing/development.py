"""Changes of the active environment beyond its roots: develop sources, edits, parts of the lock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Sequence

from spack.environments.concretization import deconcretize as without
from spack.environments.concretization import without_roots
from spack.environments.manifests.development import (
    DEV_PATH,
    add_develop,
    develop_entries,
    remove_develop,
)
from spack.environments.manifests.spec_lists import ROOTS
from spack.errors import ExistsError, UsageError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import changed_spec, constrain, satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Located, Spec
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING
from spack.work.installing.staging import source_of, stage
from spack.work.projects.environments import active
from spack.work.projects.lock_changes import change_nodes, set_sources

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.environments.environment import Environment
    from spack.environments.manifests.development import DevelopEntry
    from spack.session.parts import DevelopParts, Inventory, ManifestEditParts


class Developed(NamedTuple):
    """A package under development.

    Attributes:
        text: the spec, with its version.
        path: where its sources are.
        changed: whether locked nodes are built from there that were not before.
        locked: whether any are.
        dependents: names of what else is built anew for the change.
    """

    text: str
    path: str
    changed: bool
    locked: bool
    dependents: tuple[str, ...]


def entries(configuration: Configuration, environment: Environment) -> list[DevelopEntry]:
    """The packages under development in the active environment."""
    section = configuration.section("develop") if configuration.has("develop") else None
    return develop_entries(section, environment.directory, configuration.paths.substitute)


def develop(
    parts: DevelopParts,
    wanted: Located,
    *,
    path: str | None,
    clone: bool,
    force: bool,
    modify_lock: bool = True,
) -> Developed:
    """Build a package of the active environment from local sources.

    Args:
        path: where the sources are; without, the folder of the package's name in the environment.
        clone: fetch the sources if nothing is there.
        force: fetch them although something is there, which is removed.
        modify_lock: let locked specs of the package be built from there, too; else the next
            forced concretization does that.

    Raises:
        UsageError: the spec has no package, or no version where the lock does not tell it.
    """
    environment = active(parts)
    name = wanted.spec.name
    if name is None:
        raise UsageError(
            f"'{wanted.text}' does not name a package", hint="spack develop NAME@VERSION"
        )
    parts.repositories.record(name)
    locked = _locked(environment, wanted.spec)
    spec = wanted.spec
    if spec.versions.concrete is None:
        meant = spec.versions.concrete_range_as_version
        declared = {version.version for version in parts.repositories.record(name).versions}
        if locked is not None and meant not in declared:
            meant = locked.version
        if meant is None:
            raise UsageError(
                f"'{wanted.text}' has no exact version",
                hint=f"spack develop {name}@=VERSION, or concretize the environment first",
            )
        spec = constrain(spec, parse_spec(f"{name}@={meant}"))
    given = path if path is not None else name
    directory = os.path.normpath(os.path.join(environment.directory, given))
    if path is not None and not os.path.isabs(path):
        directory = os.path.abspath(path)
    if clone and (force or not os.path.isdir(directory) or not os.listdir(directory)):
        _put_sources(parts, spec, locked, directory, force=force)
    with environment.edit() as editor:
        relative = directory == os.path.join(environment.directory, name)
        add_develop(editor, spec, None if relative else directory)
    parts.forget_configuration()
    nodes: list[ConcreteSpec] = []
    if modify_lock:
        nodes = set_sources(parts.repositories, environment, spec, directory)
    hashes = {node.dag_hash() for node in nodes}
    above = [n.name for n in _above(environment, hashes) if n.dag_hash() not in hashes]
    lock = environment.read_lock()
    present = lock.concrete_specs.values() if lock is not None else ()
    here = any(satisfies(n, spec) and n.variants.get(DEV_PATH) == directory for n in present)
    return Developed(str(spec), directory, bool(nodes), here, tuple(dict.fromkeys(above)))


def _above(environment: Environment, hashes: Collection[str]) -> list[ConcreteSpec]:
    """The locked nodes that are, or are built with, some of these."""
    lock = environment.read_lock()
    nodes = lock.concrete_specs.values() if lock is not None else ()
    return [n for n in nodes if any(below.dag_hash() in hashes for below in n.traverse())]


def with_dependents(environment: Environment, wanted: Sequence[Located]) -> list[Located]:
    """The locked nodes that specs mean and everything that leads from the roots to them.

    Raises:
        UsageError: nothing is locked that one of them means.
    """
    lock = environment.locked()
    meant: list[ConcreteSpec] = []
    for located in wanted:
        nodes = [n for n in lock.concrete_specs.values() if satisfies(n, located.spec)]
        if not nodes:
            raise UsageError(
                f"no concrete spec matches {located.text}", hint="run spack concretize first"
            )
        meant += nodes
    hashes = {node.dag_hash() for node in meant}
    chosen = [
        node
        for root, _ in lock.root_specs()
        for node in root.traverse()
        if node.external is None and any(below.dag_hash() in hashes for below in node.traverse())
    ]
    texts = dict.fromkeys(f"{node.name}@={node.version}" for node in chosen)
    return [Located(parse_spec(text), wanted[0].origin, text) for text in texts]


def _locked(environment: Environment, wanted: Spec) -> ConcreteSpec | None:
    """The locked node that a spec means, if there is exactly one."""
    lock = environment.read_lock()
    if lock is None:
        return None
    found = [node for node in lock.concrete_specs.values() if satisfies(node, wanted)]
    return found[0] if len(found) == 1 else None


def _put_sources(
    parts: DevelopParts, spec: Spec, locked: ConcreteSpec | None, directory: str, *, force: bool
) -> None:
    """Fetch and unpack the sources of a spec into a directory."""
    from spack.work.answers.finished_solves import concretized

    if os.path.isdir(directory) and os.listdir(directory):
        if not force:
            raise ExistsError(f"{directory} is not empty", hint="replace them with --force")
        shutil.rmtree(directory)
    concrete = locked if locked is not None and satisfies(locked, spec) else None
    if concrete is None or DEV_PATH in concrete.variants:
        concrete = concretized(parts.without_environment(), [str(spec)])[0]
    stage(parts, concrete)
    staged = source_of(parts, concrete).stages
    os.makedirs(os.path.dirname(directory), exist_ok=True)
    if os.path.isdir(directory):
        os.rmdir(directory)
    shutil.move(staged.source_path, directory)
    staged.destroy()


def set_build_directory(parts: ManifestEditParts, wanted: Located, directory: str) -> None:
    """Builds of a package of the active environment go to a directory of their own."""
    with active(parts).edit() as editor:
        path = ["packages", wanted.spec.name or "", "package_attributes", "build_directory"]
        editor.set_key(path, os.path.abspath(directory))
    parts.forget_configuration()


def undevelop(
    parts: DevelopParts,
    wanted: Sequence[Located],
    *,
    everything: bool,
    modify_lock: bool = True,
) -> list[str]:
    """Build packages from their usual sources again; their names. The sources stay."""
    environment = active(parts)
    removed: list[str] = []
    with environment.edit() as editor:
        if everything:
            removed = remove_develop(editor, Spec(None))
        for located in wanted:
            removed += remove_develop(editor, located.spec)
    parts.forget_configuration()
    for name in removed if modify_lock else ():
        set_sources(parts.repositories, environment, Spec(name), None)
    return removed


def change(
    inventory: Inventory,
    wanted: Sequence[Located],
    *,
    list_name: str | None,
    match: str | None,
    every: bool,
    concrete: bool = False,
    concrete_only: bool = False,
) -> list[str]:
    """Change roots of the same package to what is given; texts as ``old -> new``.

    Args:
        match: only roots that satisfy this spec.
        every: change several roots of a package; else it has to be one.
        concrete: also locked specs, of which every one that matches is changed.
        concrete_only: nothing but those.
    """
    if concrete_only:
        return change_nodes(inventory, wanted, match)
    changed = _change_roots(
        active(inventory), wanted, list_name=list_name, match=match, every=every
    )
    done = [f"{old} -> {new}" for old, new in changed]
    if concrete:
        done += change_nodes(inventory, wanted, match, dict(changed))
    return done


def _change_roots(
    environment: Environment,
    wanted: Sequence[Located],
    *,
    list_name: str | None,
    match: str | None,
    every: bool,
) -> list[tuple[str, str]]:
    """Change roots in the manifest, or the lists they come from; their old and new texts."""
    changed: list[tuple[str, str]] = []
    with environment.edit() as editor:
        lists = [list_name] if list_name is not None else [ROOTS, *editor.referenced_lists()]
        present = [(name, text) for name in lists for text in editor.plain_specs(name)]
        for located in wanted:
            limit = parse_spec(match) if match is not None else Spec(located.spec.name)
            found = [entry for entry in present if satisfies(parse_spec(entry[1]), limit)]
            texts = list(dict.fromkeys(text for _, text in found))
            if not found:
                raise UsageError(
                    f"no root matches {match or located.spec.name}",
                    hint="list them with spack find -r",
                )
            if len(texts) > 1 and not every:
                raise UsageError(
                    f"{len(texts)} roots match: {', '.join(texts)}",
                    hint="choose one with --match-spec, or give --all",
                )
            for name, old in dict.fromkeys(found):
                new = str(changed_spec(parse_spec(old), located.spec))
                editor.change_spec(old, new, name)
                if (old, new) not in changed:
                    changed.append((old, new))
    return changed


def unlock_roots(environment: Environment, texts: Sequence[str]) -> list[str]:
    """Take roots that were removed out of the lock, if there is one; the texts of those roots."""
    lock = environment.read_lock()
    if lock is None:
        return []
    environment.write_lock(without_roots(lock, texts))
    return [text for _, text in lock.root_specs() if text in texts]


def deconcretize(
    environment: Environment, wanted: Sequence[Located], *, root: bool, everything: bool
) -> list[str]:
    """Take specs out of the lock, with all roots that need them; the texts of those roots.

    ``root`` looks at roots only.
    """
    lock = environment.locked()
    present = lock.root_specs()
    nodes = [spec for spec, _ in present] if root else list(lock.concrete_specs.values())
    gone = [node for node in nodes if everything or any(satisfies(node, w.spec) for w in wanted)]
    new = without(lock, [node.dag_hash() for node in gone])
    kept = {text for _, text in new.root_specs()}
    environment.write_lock(new)
    return [text for _, text in present if text not in kept]
