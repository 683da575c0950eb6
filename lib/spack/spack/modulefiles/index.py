"""The index of a set of module files: which package has which name for the module command."""

from __future__ import annotations

import os

from spack.errors import Origin, SpackError
from spack.system.files.yaml_files import load, plain

#: The file, in the root of the module files of one kind.
INDEX_NAME = "module-index.yaml"


class ModuleIndexError(SpackError):
    """There is no index of module files, or it cannot be understood."""


def read_index(root: str) -> dict[str, str]:
    """Names of modules by the DAG hash of their package.

    Raises:
        ModuleIndexError: no index, or a damaged one.
    """
    path = os.path.join(root, INDEX_NAME)
    if not os.path.isfile(path):
        raise ModuleIndexError(
            f"there are no module files in {root}: {INDEX_NAME} does not exist",
            hint="this version does not write module files; without -m, spack env loads"
            " writes a script that needs none",
        )
    data = plain(load(path))
    try:
        return {str(code): str(row["use_name"]) for code, row in data["module_index"].items()}
    except (KeyError, TypeError, AttributeError):
        raise ModuleIndexError(
            "this is not an index of module files", origin=Origin(path)
        ) from None
