"""Headers and libraries of a package whose recipe does not say which they are.

Looked for where its files are, by its name. This module knows no recipe.
"""

from __future__ import annotations

import os

from spack.system.binaries.libraries import (
    HeaderList,
    LibraryList,
    NoHeadersError,
    NoLibrariesError,
    find_headers,
    find_libraries,
)
from spack.type_names import Any


def default_headers(view: Any) -> HeaderList:
    """All headers below ``include``. Raises :class:`NoHeadersError` if there are none."""
    root = os.path.join(str(view.package.home), "include")
    found = find_headers("*", root, recursive=True)
    if not found:
        raise NoHeadersError(str(view.name), root)
    return found


def default_libs(view: Any) -> LibraryList:
    """The library named like the package, shared if the spec leaves the choice.

    Raises :class:`NoLibrariesError` if there is none.
    """
    home = str(view.package.home)
    name = str(view.name).replace("-", "?")
    if not name.startswith("lib"):
        name = "lib" + name
    if view.satisfies("+shared"):
        kinds: tuple[bool, ...] = (True,)
    elif view.satisfies("~shared"):
        kinds = (False,)
    else:
        kinds = (True, False)
    for shared in kinds:
        found = find_libraries(name, home, shared=shared, recursive=True)
        if found:
            return found
    raise NoLibrariesError(str(view.name), home)
