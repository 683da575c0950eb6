"""Configuration values that remember where they were written.

A :class:`Value` holds a scalar, a list of values or a mapping of keys to values, together with the
file, line and column it came from. This module knows no file format and no scope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.errors import Origin
from spack.type_names import Any, Union

Key = Union[str, int]
Path = tuple[Key, ...]


class Value:
    """One configuration value and its place; never changed after it was made.

    Attributes:
        data: a scalar, a list of :class:`Value`, or a dict of ``str`` to :class:`Value`.
        file: path or label (``command line``); line, column: from 1, 0 = unknown.
        key_places: of a mapping that was parsed just now, line and column of each key.
        replaces: whether its key was written with ``::``, which says that it does not add to what
            stands elsewhere.
    """

    __slots__ = ("column", "data", "file", "key_places", "line", "replaces")

    def __init__(
        self,
        data: Any,
        file: str,
        line: int = 0,
        column: int = 0,
        key_places: Mapping[str, tuple[int, int]] | None = None,
        replaces: bool = False,
    ) -> None:
        self.data = data
        self.file = file
        self.line = line
        self.column = column
        self.key_places = key_places
        self.replaces = replaces

    @property
    def origin(self) -> Origin:
        return Origin(self.file, self.line, self.column)

    def with_data(self, data: Any) -> Value:
        """Another value at the same place."""
        return Value(data, self.file, self.line, self.column, self.key_places, self.replaces)

    def replacing(self) -> Value:
        """The same value with a key that was written with ``::``."""
        return Value(self.data, self.file, self.line, self.column, self.key_places, True)

    def key_origin(self, key: str) -> Origin:
        """The place where a key of this mapping was written; that of its value if unknown."""
        if self.key_places is not None and key in self.key_places:
            return Origin(self.file, *self.key_places[key])
        child = self.child(key)
        return self.origin if child is None else child.origin

    def plain(self) -> Any:
        """The same without places: scalars, lists and dicts."""
        if isinstance(self.data, dict):
            return {key: child.plain() for key, child in self.data.items()}
        if isinstance(self.data, list):
            return [child.plain() for child in self.data]
        return self.data

    def child(self, key: Key) -> Value | None:
        """The value of a key or of a list index, None when there is none."""
        if isinstance(self.data, dict):
            found: Value | None = self.data.get(key)
            return found
        if isinstance(self.data, list) and isinstance(key, int) and key < len(self.data):
            item: Value = self.data[key]
            return item
        return None

    def at(self, path: Sequence[Key]) -> Value | None:
        """The value below a path, None when there is none."""
        here: Value | None = self
        for key in path:
            if here is None:
                return None
            here = here.child(key)
        return here

    def nearest(self, path: Sequence[Key]) -> Value:
        """The deepest existing value on a path, for errors about what is missing."""
        here = self
        for key in path:
            below = here.child(key)
            if below is None:
                break
            here = below
        return here

    def __repr__(self) -> str:
        return f"Value({self.plain()!r}, {str(self.origin)!r})"


def located(data: Any, file: str, line: int = 0, column: int = 0) -> Value:
    """Plain data as values that all have the same place."""
    if isinstance(data, Mapping):
        children = {str(key): located(child, file, line, column) for key, child in data.items()}
        return Value(children, file, line, column)
    if isinstance(data, (list, tuple)):
        items = [located(child, file, line, column) for child in data]
        return Value(items, file, line, column)
    return Value(data, file, line, column)


def pack(value: Value) -> tuple[Any, int, int]:
    """A compact plain form for the cache; the file is the same for a whole tree and left out."""
    data: Any = value.data
    if isinstance(data, dict):
        data = {key: pack(child) for key, child in data.items()}
    elif isinstance(data, list):
        data = [pack(child) for child in data]
    return data, value.line, value.column


def unpack(packed: tuple[Any, int, int], file: str) -> Value:
    """The inverse of :func:`pack`."""
    data, line, column = packed
    if isinstance(data, dict):
        children: dict[str, Value] = {key: unpack(child, file) for key, child in data.items()}
        return Value(children, file, line, column)
    if isinstance(data, list):
        items: list[Value] = [unpack(child, file) for child in data]
        return Value(items, file, line, column)
    return Value(data, file, line, column)
