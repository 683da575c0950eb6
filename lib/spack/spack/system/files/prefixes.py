"""A directory whose unknown attributes are the paths below it. Pure text, touches no disk."""

from __future__ import annotations

import os


class Prefix(str):
    """A path: ``prefix.lib.pkgconfig`` is ``<prefix>/lib/pkgconfig``.

    Methods of text keep their meaning, except :meth:`join`; ``prefix + "x"`` is plain text.
    """

    def __getattr__(self, name: str) -> Prefix:
        if name.startswith("__"):
            raise AttributeError(f"no special attribute {name} on a path")
        return Prefix(os.path.join(self, name))

    def join(self, path: str) -> Prefix:  # type: ignore[override]
        """The path below this directory; an absolute path is taken as it is."""
        return Prefix(os.path.join(self, path))
