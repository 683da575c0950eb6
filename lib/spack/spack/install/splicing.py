"""Install a spliced node: a copy of what it was built as, with other paths of dependencies.

Where nodes are is asked through a function; the store and the reporter are the installer's.
"""

from __future__ import annotations

import os
import shutil

from spack.builds import metadata_files
from spack.errors import InternalError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec
from spack.system.binaries.relocation import relocate_tree
from spack.type_names import Callable

_KEPT = deptypes.LINK | deptypes.RUN


def install_spliced(
    spec: ConcreteSpec, prefix: str, prefix_of: Callable[[ConcreteSpec], str]
) -> None:
    """Fill the prefix of a spliced node from the prefix of its build spec, which is installed.

    Raises:
        RelocationError: a path of a dependency is too long for the place of the former one.
    """
    original = spec.build_spec
    if original is None:
        raise InternalError(f"{spec.name} is not spliced")
    source = prefix_of(original)
    shutil.copytree(source, prefix, symlinks=True, dirs_exist_ok=True)
    replacements = {source: prefix}
    for old, new in _exchanged(original, spec).items():
        replacements[prefix_of(old)] = prefix_of(new)
    relocate_tree(prefix, {os.path.normpath(old): new for old, new in replacements.items()})
    metadata_files.write_specfile(prefix, spec)


def _exchanged(original: ConcreteSpec, spliced: ConcreteSpec) -> dict[ConcreteSpec, ConcreteSpec]:
    """The replacement of each node that the original linked or ran, if that is another node."""
    found: dict[ConcreteSpec, ConcreteSpec] = {}
    seen: set[str] = set()

    def compare(old: ConcreteSpec, new: ConcreteSpec) -> None:
        if old.dag_hash() in seen:
            return
        seen.add(old.dag_hash())
        for edge in old.edges(_KEPT):
            for other in new.edges(_KEPT):
                if _corresponds(edge, other):
                    if edge.spec.dag_hash() != other.spec.dag_hash():
                        found.setdefault(edge.spec, other.spec)
                    compare(edge.spec, other.spec)
                    break

    compare(original, spliced)
    return found


def _corresponds(old: ConcreteEdge, new: ConcreteEdge) -> bool:
    """Both edges are to the same package, or provide the same virtual."""
    return old.spec.name == new.spec.name or bool(set(old.virtuals) & set(new.virtuals))
