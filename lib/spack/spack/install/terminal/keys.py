"""Keys that somebody presses during an installation, and the choices that follow. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spack.named_tuples import NamedTuple

#: Keys that send more than one character, by what they send.
_LONG = {"\x1b[A": "up", "\x1b[B": "down", "\x1bOA": "up", "\x1bOB": "down"}
_KEY = re.compile(r"\x1b(?:\[[0-9;]*[ -/]*[@-~]|O[A-Z])|.", re.DOTALL)

_ENTER, _ESCAPE, _RUBOUT = ("\r", "\n"), "\x1b", ("\x7f", "\b")


def keys_in(text: str) -> list[str]:
    """The keys that were pressed: characters, ``up`` and ``down``; others that send more are left
    out."""
    found = [_LONG.get(key, key) for key in _KEY.findall(text)]
    return [key for key in found if len(key) == 1 or key in _LONG.values()]


class Choices(NamedTuple):
    """Choices of somebody who watches.

    Attributes:
        selected: hash of the chosen node, "" for the first.
        follow: its log is shown, not all nodes.
        pattern: only nodes whose name contains this are shown.
        typing: the pattern is being typed.
        jobs: by how many jobs there are to be more, or fewer.
    """

    selected: str = ""
    follow: bool = False
    pattern: str = ""
    typing: bool = False
    jobs: int = 0

    def press(self, key: str, nodes: Sequence[str]) -> Choices:
        """The choices after a key.

        Args:
            nodes: hashes of what is shown, in its order.
        """
        if self.typing:
            return self._type(key)
        if key in ("n", "down", "p", "up"):
            return self._move(1 if key in ("n", "down") else -1, nodes)
        if key in ("+", "=", "-"):
            return self._replace(jobs=self.jobs + (-1 if key == "-" else 1))
        if key == "v":
            return self._replace(follow=not self.follow)
        if key == "/":
            return self._replace(typing=True, pattern="", follow=False)
        if key in ("q", _ESCAPE):
            return self._replace(follow=False) if self.follow else self._replace(pattern="")
        return self

    def _type(self, key: str) -> Choices:
        if key in _ENTER:
            return self._replace(typing=False)
        if key == _ESCAPE:
            return self._replace(typing=False, pattern="")
        if key in _RUBOUT:
            return self._replace(pattern=self.pattern[:-1])
        return self._replace(pattern=self.pattern + key) if key.isprintable() else self

    def _move(self, by: int, nodes: Sequence[str]) -> Choices:
        if not nodes:
            return self
        at = nodes.index(self.selected) if self.selected in nodes else 0
        return self._replace(selected=nodes[(at + by) % len(nodes)])
