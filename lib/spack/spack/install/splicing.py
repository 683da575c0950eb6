"""Install a spliced node: a copy of what it was built as, with other paths of dependencies.

Where nodes are is asked through a function; the store and the reporter are the installer's.
"""

from __future__ import annotations

import os
import shutil

from spack.errors import InternalError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.splices import exchanged
from spack.system.binaries.relocation import relocate_tree
from spack.type_names import Callable


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
    for old, new in exchanged(original, spec).items():
        replacements[prefix_of(old)] = prefix_of(new)
    relocate_tree(prefix, {os.path.normpath(old): new for old, new in replacements.items()})
