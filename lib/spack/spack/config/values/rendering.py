"""Writes configuration values as YAML, line by line, each line with its place.

Small enough to be used by commands that only show configuration and must start quickly; files are
written by the system layer, which keeps comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spack.config.values.values import Value
from spack.errors import Origin
from spack.named_tuples import NamedTuple
from spack.type_names import Any

_INDENT = "  "
#: Texts that need no quotes: they start with a letter or a few other characters, and are not read
#: as something else.
_PLAIN = re.compile(r"[A-Za-z0-9_./$~+^(=\\][^\x00-\x1f\x7f]*")
_MISREAD = re.compile(
    r"true|false|yes|no|on|off|null|~|[-+]?[0-9][0-9_.:]*([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+|"
    r"[-+]?\.inf|\.nan|0[xob][0-9a-fA-F_]+|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|=|<<",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """One line of YAML and where its value was written."""

    origin: Origin
    text: str


def scalar(data: Any) -> str:
    """A scalar as YAML."""
    if data is None:
        return "null"
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, (int, float)):
        return str(data)
    text = str(data)
    is_plain = (
        _PLAIN.fullmatch(text)
        and not _MISREAD.fullmatch(text)
        and ": " not in text
        and " #" not in text
        and not text.endswith((":", " "))
    )
    if is_plain:
        return text
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        import json

        return json.dumps(text)
    return "'" + text.replace("'", "''") + "'"


def render(value: Value) -> list[Line]:
    """A mapping or list as lines of YAML in block style."""
    return list(_block(value, ""))


def _block(value: Value, indent: str) -> Iterator[Line]:
    if isinstance(value.data, dict):
        for key, child in value.data.items():
            yield from _entry(f"{indent}{scalar(key)}:", child, indent)
    elif isinstance(value.data, list):
        for child in value.data:
            yield from _item(child, indent)
    else:
        yield Line(value.origin, indent + scalar(value.data))


def _entry(head: str, child: Value, indent: str) -> Iterator[Line]:
    if isinstance(child.data, (dict, list)) and child.data:
        yield Line(child.origin, head)
        # Lists stand at the indentation of their key.
        deeper = indent + _INDENT if isinstance(child.data, dict) else indent
        yield from _block(child, deeper)
    else:
        yield Line(child.origin, f"{head} {_inline(child)}")


def _item(child: Value, indent: str) -> Iterator[Line]:
    if isinstance(child.data, (dict, list)) and child.data:
        lines = list(_block(child, indent + _INDENT))
        first = lines[0]
        yield Line(first.origin, f"{indent}- {first.text[len(indent) + len(_INDENT) :]}")
        yield from lines[1:]
    else:
        yield Line(child.origin, f"{indent}- {_inline(child)}")


def _inline(value: Value) -> str:
    if isinstance(value.data, dict):
        return "{}"
    if isinstance(value.data, list):
        return "[]"
    return scalar(value.data)
