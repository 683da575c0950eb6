"""``load`` and ``unload``: code that puts installed specs in the variables of a shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spack.activation.loading import Loadable, loaded_hashes
from spack.activation.loading import load_code as code_to_load
from spack.activation.loading import unload_code as code_to_unload
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.work.queries.queries import one_installed

if TYPE_CHECKING:
    from spack.store.store import Store
    from spack.work.queries.inventory import Inventory


def load_code(inventory: Inventory, texts: Sequence[str], shell: str, *, first: bool) -> str:
    """Code that loads installed specs with what they need at run time."""
    roots = [one_installed(inventory, text, first=first) for text in texts]
    return code_to_load(shell, _loadable(inventory, roots), inventory.variables)


def unload_code(inventory: Inventory, texts: Sequence[str], shell: str) -> str:
    """Code that unloads specs with what was loaded for them; all that is loaded without texts.

    Raises:
        NoMatchError, AmbiguousMatchError: a text means nothing, or several specs, that are loaded.
    """
    present = loaded_hashes(inventory.variables)
    if not texts:
        records = [inventory.store.database.get(digest) for digest in reversed(present)]
        specs = [record.spec for record in records if record is not None]
    else:
        roots = [one_installed(inventory, text, loaded=True) for text in texts]
        specs = [spec for spec in _closure(roots) if spec.dag_hash() in present]
    return code_to_unload(shell, _changes(inventory, specs), inventory.variables)


def loaded_texts(store: Store, variables: Mapping[str, str]) -> list[str]:
    """What is loaded, the most recent first."""
    texts = []
    for digest in loaded_hashes(variables):
        record = store.database.get(digest)
        if record is not None:
            texts.append(f"{record.name}@{record.version}/{digest[:7]}")
    return texts


def _loadable(inventory: Inventory, roots: Sequence[ConcreteSpec]) -> list[Loadable]:
    return _changes(inventory, _closure(roots))


def _changes(inventory: Inventory, specs: Sequence[ConcreteSpec]) -> list[Loadable]:
    """What loading each spec changes."""
    from spack.work.projects.run_environment import load_modifications

    return [Loadable(spec.dag_hash(), load_modifications(inventory, [spec])) for spec in specs]


def _closure(roots: Sequence[ConcreteSpec]) -> list[ConcreteSpec]:
    """The roots and what they need at run time, dependencies first, each once."""
    seen: dict[str, ConcreteSpec] = {}
    for root in roots:
        for node in root.traverse(deptypes=deptypes.RUN, order="post"):
            seen.setdefault(node.dag_hash(), node)
    return list(seen.values())
