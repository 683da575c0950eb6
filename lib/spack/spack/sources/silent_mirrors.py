"""Mirrors that gave no answer, noted in the directory of stages: they are left alone for a while.

Every package is built by a process of its own, so what one of them learns is written down.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time

#: Seconds for which a mirror that gave no answer is not asked.
REST = 300.0


class SilentMirrors:
    """The notes of one directory of stages; where it cannot be written nothing is kept."""

    def __init__(self, root: str) -> None:
        self.root = root

    def _note_of(self, address: str) -> str:
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        return os.path.join(self.root, f".silent-{digest}")

    def has(self, address: str) -> bool:
        """Whether a mirror gave no answer lately."""
        try:
            age = time.time() - os.stat(self._note_of(address)).st_mtime
        except OSError:
            return False
        return 0 <= age < REST

    def add(self, address: str) -> None:
        """Note that a mirror gave no answer now."""
        with contextlib.suppress(OSError), open(self._note_of(address), "wb"):
            pass
