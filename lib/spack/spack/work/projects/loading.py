"""``load``, ``unload`` and ``env loads``: code that puts installed specs in a shell's variables."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence

from spack.activation.load_scripts import FILES, Module
from spack.activation.load_scripts import load_scripts as scripts_of_specs
from spack.activation.load_scripts import module_scripts as scripts_of_modules
from spack.activation.loading import Loadable, loaded_hashes
from spack.activation.loading import load_code as code_to_load
from spack.activation.loading import unload_code as code_to_unload
from spack.errors import NotFoundError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.matching import satisfies
from spack.system.files.writing import atomic_write
from spack.type_names import TYPE_CHECKING
from spack.work.projects.environments import active
from spack.work.queries.queries import one_installed, parse_words, usable

if TYPE_CHECKING:
    from spack.environments.environment import Environment
    from spack.session.parts import Inventory
    from spack.store.store import Store


def load_code(inventory: Inventory, texts: Sequence[str], shell: str, *, first: bool) -> str:
    """Code that loads installed specs with what they need at run time."""
    roots = [usable(inventory, text, first=first) for text in texts]
    return code_to_load(shell, _changes(inventory, _closure(roots)), inventory.variables)


def unload_code(inventory: Inventory, texts: Sequence[str], shell: str) -> str:
    """Code that unloads specs with what was loaded for them; all that is loaded without texts.

    What other loaded specs need at run time stays.

    Raises:
        NoMatchError, AmbiguousError: a text means nothing, or several specs, that are loaded.
    """
    present = loaded_hashes(inventory.variables)
    if not texts:
        records = [inventory.store.database.get(digest) for digest in reversed(present)]
        specs = [record.spec for record in records if record is not None]
    else:
        roots = [one_installed(inventory, text, loaded=True) for text in texts]
        closure = _closure(roots)
        unloaded = {spec.dag_hash() for spec in closure}
        records = [inventory.store.database.get(h) for h in present if h not in unloaded]
        needed = _closure([record.spec for record in records if record is not None])
        gone = unloaded - {spec.dag_hash() for spec in needed}
        gone.update(root.dag_hash() for root in roots)
        specs = [s for s in closure if s.dag_hash() in gone and s.dag_hash() in present]
    return code_to_unload(shell, _changes(inventory, specs), inventory.variables)


def loaded_texts(store: Store, variables: Mapping[str, str]) -> list[str]:
    """Loaded specs, the most recent first."""
    texts = []
    for digest in loaded_hashes(variables):
        record = store.database.get(digest)
        if record is not None:
            texts.append(f"{record.name}@{record.version}/{digest[:7]}")
    return texts


def load_scripts(
    inventory: Inventory, exclude: Sequence[str], *, dependencies: bool
) -> dict[str, str]:
    """Scripts by file name that load the roots of the active environment with what they run.

    Args:
        exclude: specs of which nothing is loaded.
        dependencies: load what roots link and run as packages of their own, too.

    Raises:
        NotFoundError: a root is not installed, or there is no lock.
    """
    roots, excluded = _chosen_roots(inventory, exclude, dependencies=dependencies)
    chosen = [spec for spec in _closure(roots) if spec not in excluded]
    environment = active(inventory)
    scripts = scripts_of_specs(
        _changes(inventory, chosen),
        f"environment {environment.label}",
        environment.loads_path,
        [inventory.store.prefix(spec) for spec in excluded],
    )
    return {FILES[shell]: text for shell, text in scripts.items()}


def module_scripts(
    inventory: Inventory,
    exclude: Sequence[str],
    *,
    dependencies: bool,
    kind: str,
    name: str,
    prefix: str,
    input_only: bool,
) -> dict[str, str]:
    """Scripts by file name that load the module files of the roots of the active environment.

    Args:
        exclude, dependencies: as in :func:`load_scripts`.
        kind, name: of the set of module files.
        prefix: stands before the names of modules.
        input_only: names alone, without commands; there is only one file.

    Raises:
        ModuleIndexError, UsageError, NoModuleFileError: there are no such module files.
    """
    from spack.work.projects.module_names import Names

    names = Names(inventory.settings, name, kind)
    roots, excluded = _chosen_roots(inventory, exclude, dependencies=dependencies)
    specs = [s for s in roots if s not in excluded and (s.external is None or names.has(s))]
    if input_only:
        return {FILES["sh"]: names.lines(specs, prefix=prefix, input_only=True)}
    entries = [names.one(spec) for spec in specs]
    # Modules load those of what they need.
    types = deptypes.LINK | deptypes.RUN
    below = distinct(node for spec in specs for node in spec.traverse(types, root=False))
    needed = (names.entry(node) for node in below)
    scripts = scripts_of_modules(
        [Module(prefix + entry.use_name, entry.path, entry.folder) for entry in entries],
        [entry.folder for entry in needed if entry is not None],
        f"modules of environment {active(inventory).label}",
    )
    return {FILES[shell]: text for shell, text in scripts.items()}


def write_scripts(environment: Environment, scripts: Mapping[str, str]) -> None:
    """Put load scripts into an environment, each in one step; others that are there go."""
    for file in FILES.values():
        path = os.path.join(environment.directory, file)
        if file in scripts:
            atomic_write(path, scripts[file])
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def _chosen_roots(
    inventory: Inventory, exclude: Sequence[str], *, dependencies: bool
) -> tuple[list[ConcreteSpec], list[ConcreteSpec]]:
    """Specs to load, and those that ``exclude`` leaves out."""
    roots = [spec for spec, _ in active(inventory).locked().every_root()]
    for root in roots:
        if not inventory.store.is_installed(root):
            raise NotFoundError(
                f"{root.label} is not installed",
                hint="run spack install first",
            )
    types = deptypes.LINK | deptypes.RUN
    every = distinct(n for root in roots for n in root.traverse(types, order="post"))
    unwanted = [located.spec for located in parse_words(exclude)] if exclude else []
    excluded = [node for node in every if any(satisfies(node, spec) for spec in unwanted)]
    chosen = every if dependencies else roots
    return [spec for spec in chosen if spec not in excluded], excluded


def _changes(inventory: Inventory, specs: Sequence[ConcreteSpec]) -> list[Loadable]:
    """Changes that loading each spec makes."""
    from spack.work.projects.run_environment import load_modifications

    prefix = inventory.store.prefix
    return [
        Loadable(spec.dag_hash(), load_modifications(inventory, [spec]), prefix(spec))
        for spec in specs
    ]


def _closure(roots: Sequence[ConcreteSpec]) -> list[ConcreteSpec]:
    """The roots and what they need at run time, dependencies first, each once."""
    return distinct(n for root in roots for n in root.traverse(deptypes=deptypes.RUN, order="post"))
