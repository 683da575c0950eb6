"""Configuration values from YAML files.

Numbers that a reader would change (``1.10``, ``007``) stay the text that was written: versions and
process variables mean the text, and no configuration value is a fraction.
"""

from __future__ import annotations

from spack.config.values.values import Value
from spack.errors import Origin
from spack.system.files.yaml_files import MarkedDict, MarkedList, load, load_text, text_of
from spack.type_names import Any


def read_yaml(path: str) -> Value:
    """The values of a file. Raises ``YamlError``."""
    return from_marked(load(path), Origin(path))


def parse_yaml(text: str, file: str) -> Value:
    """The values of a text that came from ``file``. Raises ``YamlError``."""
    return from_marked(load_text(text, file), Origin(file))


def from_marked(data: Any, place: Origin | None) -> Value:
    """Values from what :mod:`spack.system.files.yaml_files` loaded; ``place``: of the whole."""
    origin = place or Origin("unknown")
    if isinstance(data, MarkedDict):
        children = {}
        key_places = {}
        for key, child in data.items():
            key_origin = data.key_origin(key)
            if key_origin is not None and key_origin.file == origin.file:
                key_places[str.__str__(key)] = (key_origin.line, key_origin.column)
            is_nested = isinstance(child, (dict, list))
            where = key_origin if is_nested else data.value_origin(key)
            children[str.__str__(key)] = from_marked(child, where or origin)
        return Value(children, *origin, key_places)
    if isinstance(data, MarkedList):
        items = [from_marked(item, data.item_origin(i) or origin) for i, item in enumerate(data)]
        return Value(items, *origin)
    return Value(_scalar(data), *origin)


def _scalar(data: Any) -> Any:
    if isinstance(data, str):
        return str.__str__(data)
    if data is None or isinstance(data, bool):
        return data
    text = text_of(data)
    return int(data) if isinstance(data, int) and str(int(data)) == text else text
