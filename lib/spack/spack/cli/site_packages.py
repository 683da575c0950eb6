"""Installed Python packages are looked for only when one is imported.

The launcher starts Python without ``site``, because setting up the directories of installed
packages takes longer than most questions. The first import that nothing else answers makes up for
that.
"""

from __future__ import annotations

import sys

from spack.type_names import Any

_OF_PYTHON = getattr(sys, "stdlib_module_names", ("msvcrt", "_winapi", "nt", "winreg"))


class _LastFinder:
    """Asked when no other finder knows a module: sets ``site`` up, once, and looks again."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any | None:
        # Parts of a package that was found, and modules of Python for other systems, are not there.
        if path is not None or name in _OF_PYTHON:
            return None
        sys.meta_path.remove(self)
        import site

        site.main()
        for finder in sys.meta_path:
            found = finder.find_spec(name, path, target)
            if found is not None:
                return found
        return None


def find_later() -> None:
    """Put the finder behind the others."""
    if not any(isinstance(finder, _LastFinder) for finder in sys.meta_path):
        sys.meta_path.append(_LastFinder())
