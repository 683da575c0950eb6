"""Prefix inspections: which directories of a prefix belong in which variables.

The table is that of ``modules:prefix_inspections``. The same rule serves a view's root and the
prefixes of loaded specs. Knows paths, no specs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from spack.activation.actions import VariableAction, prepend
from spack.system.processes.variables import is_system_path


def inspect(
    root: str, inspections: Mapping[str, Sequence[str]], *, planned: bool = False
) -> list[VariableAction]:
    """Actions that put the existing directories of a root in front of the variables.

    System directories are left out: they are searched anyway, and in front they would hide more
    than they add. Of a root that is only ``planned`` every directory counts, so that what the first
    installation brings is found.
    """
    actions: list[VariableAction] = []
    for folder, names in inspections.items():
        path = os.path.normpath(os.path.join(root, folder)) if folder else os.path.normpath(root)
        if is_system_path(path) or not (planned or os.path.isdir(path)):
            continue
        actions.extend(prepend(name, path) for name in names)
    return actions
