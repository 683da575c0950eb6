"""The filters that templates of module files can use."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from spack.type_names import Any, Union


def in_tcl(value: object) -> str:
    """A word of Tcl that stands for a text."""
    text = str(value)
    for character in '\\"$[]{};':
        text = text.replace(character, "\\" + character)
    return '"' + text.replace("\n", "\\n") + '"'


def in_lua(value: object) -> str:
    """A string of Lua that stands for a text."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


Lines = Union[str, Iterable[str]]


def _lines(text: Lines) -> list[str]:
    return text.splitlines() if isinstance(text, str) else list(text)


def _join(parts: Iterable[object], separator: str = "\n") -> str:
    if isinstance(parts, str):
        return parts
    return separator.join(str(part) for part in parts)


#: By name.
FILTERS: Mapping[str, Any] = {
    "tcl": in_tcl,
    "lua": in_lua,
    "textwrap": lambda text, width=72: textwrap.wrap(str(text), width),
    "join": _join,
    "prepend_to_line": lambda text, start: [start + line for line in _lines(text)],
    "quote": lambda text: [f'"{line}"' for line in _lines(text)],
    "curly_quote": lambda text: [f"{{{line}}}" for line in _lines(text)],
}
