"""Locks of prefixes: who builds, removes or reads the prefix of a hash.

All prefixes of a store share one lock file; each has one byte of it, at an offset made of its
hash, so that thousands of packages cost one file. Knows hashes only.
"""

from __future__ import annotations

import base64
import os
from contextlib import AbstractContextManager, nullcontext

from spack.errors import SpackError
from spack.system.files.locks import Lock, LockTimeoutError

#: Largest file offset is 2**63 - 1.
_OFFSET_BITS = 62


def lock_offset(digest: str) -> int:
    """Offset of the byte of a hash in the lock file: the first bits of the hash as a number."""
    padded = digest.upper() + "=" * (-len(digest) % 8)
    try:
        data = base64.b32decode(padded)
    except ValueError as error:
        raise InvalidHashError(f"{digest!r} is not a hash") from error
    return int.from_bytes(data, "big") >> max(0, 8 * len(data) - _OFFSET_BITS)


class InvalidHashError(SpackError):
    """A text that should be a DAG hash is none."""


class PrefixLocks:
    """The prefix locks of one store.

    Args:
        database_directory: ``<store>/.spack-db``.
        timeout: seconds to wait for a lock, None for ever.
        enabled: false for file systems without locks; then nothing is ever locked.
    """

    def __init__(
        self, database_directory: str, timeout: float | None = None, *, enabled: bool = True
    ) -> None:
        self.path = os.path.join(database_directory, "prefix_lock")
        self.timeout = timeout
        self.enabled = enabled

    def _lock(self, digest: str) -> Lock:
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        return Lock(self.path, lock_offset(digest), 1)

    def writing(self, digest: str, timeout: float | None = None) -> AbstractContextManager[object]:
        """Hold a prefix alone: to build or remove it. Raises LockTimeoutError.

        ``timeout`` is in seconds; None takes that of the store.
        """
        if not self.enabled:
            return nullcontext()
        return self._lock(digest).exclusive(self.timeout if timeout is None else timeout)

    def reading(self, digest: str, timeout: float | None = None) -> AbstractContextManager[object]:
        """Keep a prefix from being removed while it is used. Raises LockTimeoutError."""
        if not self.enabled:
            return nullcontext()
        return self._lock(digest).shared(self.timeout if timeout is None else timeout)

    def is_locked(self, digest: str) -> bool:
        """Whether another process builds, removes or uses a prefix now."""
        if not self.enabled or not os.path.exists(self.path):
            return False
        try:
            with self._lock(digest).exclusive(timeout=0):
                return False
        except LockTimeoutError:
            return True
