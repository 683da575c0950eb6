"""The folders of prefixes as a view saw them, kept beside it so that they are not read again.

A prefix is known by its mark, which differs between two installations. Knows no specs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from spack.system.files.writing import atomic_write
from spack.views.merging import DiskTrees

_FORMAT = 2

#: Folder of a tree -> its names, as a reader has them.
_Folders = dict[str, list[str]]


class RememberedTrees:
    """Reads folders of prefixes from a file where it has them, else from the disk.

    Args:
        path: the file, made by :meth:`save`; what cannot be read counts as empty.
        marks: prefix to its mark; 0 for a prefix that must not be remembered.
    """

    def __init__(self, path: str, marks: Mapping[str, int]) -> None:
        self.path = path
        self.marks = marks
        self._disk = DiskTrees()
        self._known = self._read()
        self._seen: dict[str, _Folders] = {}

    def _read(self) -> dict[str, _Folders]:
        try:
            with open(self.path, encoding="utf-8") as stream:
                data = json.load(stream)
            if data["format"] != _FORMAT:
                return {}
            return {
                root: folders
                for root, (mark, folders) in data["trees"].items()
                if mark and mark == self.marks.get(root)
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def entries(self, root: str, folder: str) -> list[str]:
        """See :class:`spack.views.merging.TreeReader`."""
        seen = self._seen.get(root)
        if seen is None:
            seen = self._seen[root] = {}
        known = self._known.get(root)
        found = known.get(folder) if known else None
        if found is None:
            found = self._disk.entries(root, folder)
        seen[folder] = found
        return found

    def save(self) -> None:
        """Keep what was read since this object was made."""
        trees = {
            root: (self.marks[root], folders)
            for root, folders in self._seen.items()
            if self.marks.get(root)
        }
        text = json.dumps({"format": _FORMAT, "trees": trees}, separators=(",", ":"))
        atomic_write(self.path, text + "\n", durable=False)
