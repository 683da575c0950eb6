"""The reference of all configuration keys for the manual, written from the schemas.

Run as a program, it writes the page. The tests compare the page with the schemas.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

SCHEMAS = Path(__file__).parents[1] / "spack" / "config" / "schemas"
PAGE = Path(__file__).parent / "reference" / "configuration-keys.rst"

_HEAD = """\
.. Written by lib/spack/docs/configuration_keys.py; changes here are lost.

Configuration keys
==================

All keys of all sections. ``NAME`` stands for a name of your choice, ``[]`` for any element of a
list. :doc:`../howto/configuration` says where values are set; ``spack config blame SECTION`` shows
where they come from.
"""
_TYPES = {
    "string": "string",
    "boolean": "true or false",
    "integer": "integer",
    "number": "number",
    "array": "list",
    "object": "mapping",
    "null": "null",
}


class Key(NamedTuple):
    """A key: its path below the section, what its values are, and its description."""

    path: str
    type: str
    description: str | None


def keys(section: str) -> list[Key]:
    """The keys of a section, in the order of its schema; alternatives are joined."""
    root = _schema(section)
    found: dict[str, Key] = {}
    for key in _below(root, section, root):
        found.setdefault(key.path, key)
    return list(found.values())


def _schema(section: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SCHEMAS / f"{section}.json").read_text(encoding="utf-8"))
    return loaded


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    return {**root["$defs"][schema["$ref"].rpartition("/")[2]], **schema}


def _below(schema: dict[str, Any], path: str, root: dict[str, Any]) -> Iterator[Key]:
    schema = _resolved(schema, root)
    children = dict(schema.get("properties", {}))
    for other in (
        schema.get("additionalProperties"),
        *schema.get("patternProperties", {}).values(),
    ):
        if isinstance(other, dict):
            children["NAME"] = other
    for name, child in children.items():
        yield Key(f"{path}:{name}", _type(child, root), child.get("description"))
        yield from _below(child, f"{path}:{name}", root)
    if isinstance(schema.get("items"), dict):
        yield from _below(schema["items"], f"{path}:[]", root)
    for alternative in schema.get("anyOf", ()):
        yield from _below(alternative, path, root)


def _type(schema: dict[str, Any], root: dict[str, Any]) -> str:
    schema = _resolved(schema, root)
    if "enum" in schema:
        return " | ".join(str(word).lower() for word in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one, root) for one in schema["anyOf"]))
    types = schema.get("type", "any value")
    return " or ".join(
        _TYPES.get(one, one) for one in ([types] if isinstance(types, str) else types)
    )


def rst() -> str:
    """The page."""
    lines = [_HEAD]
    for section in sorted(path.stem for path in SCHEMAS.glob("*.json")):
        summary = _schema(section)["title"].partition(": ")[2]
        lines += [section, "-" * len(section), "", summary[:1].upper() + summary[1:] + ".", ""]
        for key in keys(section):
            lines += [f"``{key.path}`` ({key.type})", f"    {_plain(key.description or '')}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _plain(text: str) -> str:
    """Text in which nothing is markup."""
    for character in "\\*`|_":
        text = text.replace(character, f"\\{character}")
    return text


if __name__ == "__main__":
    PAGE.write_text(rst(), encoding="utf-8")
