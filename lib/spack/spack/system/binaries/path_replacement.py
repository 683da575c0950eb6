"""Replace paths in bytes: in texts, in binaries without moving anything, and in links.

In texts a path may become longer or shorter. In binaries every byte behind a path keeps its place,
since others may point there: a shorter path is filled up with slashes, a longer one does not fit.
Knows no files; ``relocation.py`` treats those.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from spack.errors import SpackError


class RelocationError(SpackError):
    """A path in a binary file cannot be replaced by a longer one."""


#: A character of a file name that, before a path, may be the end of a longer path.
_NAME = re.compile(rb"[\w.+~-]*\Z")

#: So many bytes before a path are looked at for the start of a longer one.
_BEFORE = 256


def _common_start(paths: list[bytes]) -> bytes:
    """The bytes that all paths begin with."""
    if not paths:
        return b""
    first, last = min(paths), max(paths)
    length = next((n for n, (a, b) in enumerate(zip(first, last)) if a != b), len(first))
    return first[:length]


class Replacements:
    """Old paths with the new ones, applied longest first.

    An old path counts only as a whole: ``/opt/a`` is neither in ``/opt/a-2`` nor in ``/opt/a.old``.

    Args:
        paths: old path to new one; equal ones are left out.
        roots: old paths that others may have below another directory: these do not count when
            something like ``/mnt`` comes before them.
        aliases: new path to a shorter path that leads to the same directory, for binaries in which
            the new one does not fit.
    """

    def __init__(
        self,
        paths: Mapping[str, str],
        *,
        roots: frozenset[str] = frozenset(),
        aliases: Mapping[str, str] = {},
    ) -> None:
        self.wanted = {
            os.fsencode(old): os.fsencode(new) for old, new in paths.items() if old != new
        }
        self._roots = {os.fsencode(path) for path in roots}
        self._aliases = {os.fsencode(new): os.fsencode(short) for new, short in aliases.items()}
        self.aliases_used: set[bytes] = set()
        longest_first = sorted(self.wanted, key=len, reverse=True)
        self._pattern = re.compile(
            b"(" + b"|".join(map(re.escape, longest_first)) + rb")(?![\w-]|\.\w)"
        )
        self._start = _common_start(longest_first)

    def __bool__(self) -> bool:
        return bool(self.wanted)

    @property
    def longer(self) -> bool:
        """Whether a new path is longer than the old one."""
        return any(len(new) > len(old) for old, new in self.wanted.items())

    def may_be_in(self, content: bytes | bytearray) -> bool:
        """Whether content can have an old path; quick, and false only if it has none."""
        return bool(self.wanted) and content.find(self._start) >= 0

    def are_in(self, content: bytes | bytearray) -> bool:
        """Whether content has an old path."""
        return self.may_be_in(content) and any(
            self._counts(found) for found in self._pattern.finditer(content)
        )

    def in_text(self, content: bytes) -> bytes:
        """The text with new paths."""
        return self._pattern.sub(
            lambda found: self.wanted[found.group(1)] if self._counts(found) else found.group(),
            content,
        )

    def in_binary(self, content: bytes, path: str) -> bytes:
        """Content of the same length with new paths. Raises RelocationError, naming the file."""

        def fitted(found: re.Match[bytes]) -> bytes:
            if not self._counts(found):
                return found.group()
            return self._of_equal_length(found.group(1), path)

        return self._pattern.sub(fitted, content)

    def _counts(self, found: re.Match[bytes]) -> bool:
        if found.group(1) not in self._roots:
            return True
        start = found.start()
        before = bytes(found.string[max(0, start - _BEFORE) : start])
        name = _NAME.search(before)
        assert name is not None
        return not name.group() or not before[: name.start()].endswith(b"/")

    def _of_equal_length(self, old: bytes, path: str) -> bytes:
        new = self.wanted[old]
        if len(new) > len(old):
            short = self._aliases.get(new, new)
            if len(short) > len(old):
                raise RelocationError(
                    f"{path} holds the path {os.fsdecode(old)}, and {os.fsdecode(new)} is "
                    f"{len(new) - len(old)} characters too long to fit there",
                    hint="set config:install_tree:padded_length to have room for longer paths",
                )
            self.aliases_used.add(new)
            new = short
        return new + b"/" * (len(old) - len(new))
