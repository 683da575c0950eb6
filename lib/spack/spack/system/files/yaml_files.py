"""YAML files whose values know where they were written.

:func:`load` gives dictionaries, lists and scalars that behave like the plain ones and remember
file, line and column of every key and value. :mod:`spack.system.files.yaml_documents` changes
files. Must not know what the data means.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator

from spack.errors import Origin, SpackError
from spack.type_names import Any

_TAG = "tag:yaml.org,2002:"
_TRUE = ("true", "yes", "on", "y")

#: Line and column from 1; 0 is unknown.
Place = tuple[int, int]


class YamlError(SpackError):
    """A file is not the YAML that was expected; says file, line and column."""


class YamlReadError(YamlError):
    """A file cannot be read at all."""


class MarkedStr(str):
    """Text with its origin."""

    __slots__ = ("origin",)
    origin: Origin | None

    def __new__(cls, value: str = "", origin: Origin | None = None) -> MarkedStr:
        self = super().__new__(cls, value)
        self.origin = origin
        return self

    @property
    def text(self) -> str:
        """The text, as plain text."""
        return str.__str__(self)


class MarkedInt(int):
    """A whole number with its origin and the text that was written (``010``, ``0x1F``)."""

    origin: Origin | None
    text: str

    def __new__(
        cls, value: int = 0, origin: Origin | None = None, text: str | None = None
    ) -> MarkedInt:
        self = super().__new__(cls, value)
        self.origin = origin
        self.text = int.__repr__(self) if text is None else text
        return self


class MarkedFloat(float):
    """A number with its origin and the text that was written: ``1.10`` is not ``1.1``."""

    origin: Origin | None
    text: str

    def __new__(
        cls, value: float = 0.0, origin: Origin | None = None, text: str | None = None
    ) -> MarkedFloat:
        self = super().__new__(cls, value)
        self.origin = origin
        self.text = float.__repr__(self) if text is None else text
        return self


class Mark:
    """The places where a key and its value were written, and the value's text if it is a scalar."""

    __slots__ = ("key", "value", "text")

    def __init__(self, key: Place, value: Place, text: str | None) -> None:
        self.key = key
        self.value = value
        self.text = text


class MarkedDict(dict[str, Any]):
    """A dictionary that knows where it, its keys and its values were written.

    Keys are :class:`MarkedStr`. Keys added later have no origin.
    """

    def __init__(self, *args: Any, origin: Origin | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.origin = origin
        self.marks: dict[str, Mark] = {}

    def key_origin(self, key: str) -> Origin | None:
        """The place where the key was written."""
        return _placed(self, self.marks.get(key), "key")

    def value_origin(self, key: str) -> Origin | None:
        """The place where the value of the key was written, known for ``true`` and ``null`` too."""
        return _placed(self, self.marks.get(key), "value") or _own_origin(self.get(key))

    def text(self, key: str) -> str | None:
        """The scalar of the key as it was written, or None."""
        mark = self.marks.get(key)
        return mark.text if mark else None


class MarkedList(list[Any]):
    """A list that knows where it and its items were written; items added later have no origin."""

    def __init__(self, *args: Any, origin: Origin | None = None) -> None:
        super().__init__(*args)
        self.origin = origin
        self.marks: list[Mark] = []

    def item_origin(self, index: int) -> Origin | None:
        """The place where the item was written."""
        mark = self.marks[index] if index < len(self.marks) else None
        return _placed(self, mark, "value")

    def text(self, index: int) -> str | None:
        """The scalar as it was written, or None."""
        return self.marks[index].text if index < len(self.marks) else None


def _placed(owner: Any, mark: Mark | None, what: str) -> Origin | None:
    if mark is None or owner.origin is None:
        return None
    place = mark.key if what == "key" else mark.value
    return Origin(owner.origin.file, *place)


def _own_origin(value: object) -> Origin | None:
    found = getattr(value, "origin", None)
    return found if isinstance(found, Origin) else None


def origin_of(value: object, key: str | int | None = None) -> Origin | None:
    """The place where a value, or that of a key or index in it, was written, as far as known."""
    if key is None:
        return _own_origin(value)
    if isinstance(value, MarkedDict) and isinstance(key, str):
        return value.value_origin(key) or value.origin
    if isinstance(value, MarkedList) and isinstance(key, int):
        return value.item_origin(key) or value.origin
    return _own_origin(value)


def text_of(value: object) -> str:
    """A scalar as it was written; ``true``, ``false`` and empty text for those without memory."""
    if isinstance(value, (MarkedStr, MarkedInt, MarkedFloat)):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def plain(value: Any) -> Any:
    """The same data in plain dictionaries, lists, texts and numbers."""
    if isinstance(value, dict):
        return {str.__str__(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else value


# --- reading -------------------------------------------------------------------------------------


def load(path: str | os.PathLike[str]) -> Any:
    """The data of a file; None if there is nothing in it. Raises YamlError."""
    name = os.fspath(path)
    return load_text(read_text(name), name)


def read_text(name: str) -> str:
    try:
        with open(name, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise YamlReadError(f"cannot read {name}: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlReadError(
            "the file is not UTF-8 text",
            origin=Origin(name, line, error.start - data.rfind(b"\n", 0, error.start)),
            hint="save it with the encoding UTF-8",
        ) from error


def load_text(text: str, file: str = "<text>") -> Any:
    """The data of a text; ``file`` is the name that origins and errors get. Raises YamlError."""
    with errors_of(file):
        node = reader().compose(io.StringIO(text))
    return None if node is None else _Construction(file).value(node)


def reader() -> Any:
    """A parser that gives nodes with their places."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True)


@contextlib.contextmanager
def errors_of(file: str) -> Iterator[None]:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        yield
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        origin = Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file)
        message = " ".join(str(error.problem or error.context or "not valid").split())
        details = None
        if error.context and error.context_mark and error.problem:
            where = f"line {error.context_mark.line + 1}, column {error.context_mark.column + 1}"
            details = f"{error.context} ({where})"
        raise YamlError(f"not valid YAML: {message}", origin=origin, details=details) from error
    except ReaderError as error:
        raise YamlError(
            f"the character at position {error.position} is not allowed in YAML",
            origin=Origin(file),
        ) from error
    except YAMLError as error:
        raise YamlError(f"not valid YAML: {error}", origin=Origin(file)) from error


class _Construction:
    """Values from the nodes of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._open: list[Any] = []

    def origin(self, node: Any) -> Origin:
        return Origin(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def value(self, node: Any) -> Any:
        kind = node.id
        if kind == "scalar":
            return self._scalar(node)
        if any(node is outer for outer in self._open):
            raise YamlError("an anchor that contains itself", origin=self.origin(node))
        self._open.append(node)
        try:
            return self._mapping(node) if kind == "mapping" else self._sequence(node)
        finally:
            self._open.pop()

    def _scalar(self, node: Any) -> Any:
        tag, text, origin = str(node.tag), node.value, self.origin(node)
        if tag == _TAG + "null":
            return None
        if tag == _TAG + "bool":
            return text.lower() in _TRUE
        if tag == _TAG + "int":
            number = _int(text)
            return MarkedStr(text, origin) if number is None else MarkedInt(number, origin, text)
        if tag == _TAG + "float":
            real = _float(text)
            return MarkedStr(text, origin) if real is None else MarkedFloat(real, origin, text)
        if tag in (_TAG + "str", _TAG + "timestamp", _TAG + "merge", _TAG + "value", "!"):
            return MarkedStr(text, origin)
        raise YamlError(f"the tag {tag} is not supported", origin=origin)

    def _sequence(self, node: Any) -> MarkedList:
        result = MarkedList(origin=self.origin(node))
        for item in node.value:
            result.append(self.value(item))
            place = self._place(item)
            result.marks.append(Mark(place, place, _written(item)))
        return result

    def _mapping(self, node: Any) -> MarkedDict:
        result = MarkedDict(origin=self.origin(node))
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                raise YamlError("a key must be a string", origin=self.origin(key_node))
            if str(key_node.tag) == _TAG + "merge":
                self._merge(result, value_node)
                continue
            key = MarkedStr(key_node.value, self.origin(key_node))
            known = result.marks.get(key)
            if known is not None and known.text != _MERGED:
                raise YamlError(
                    f"the key {key.text!r} occurs twice in one mapping, first in line "
                    f"{known.key[0]}",
                    origin=key.origin,
                    hint="merge the two, or remove one",
                )
            result.pop(key, None)
            result[key] = self.value(value_node)
            place = self._place(key_node)
            # The parser finds a value that was left out at the next thing in the file.
            is_absent = _written(value_node) == "" and result[key] is None
            value_place = place if is_absent else self._place(value_node)
            result.marks[key] = Mark(place, value_place, _written(value_node))
        for mark in result.marks.values():
            if mark.text == _MERGED:
                mark.text = None
        return result

    def _merge(self, into: MarkedDict, node: Any) -> None:
        for source in node.value if node.id == "sequence" else [node]:
            if source.id != "mapping":
                raise YamlError("only mappings can be merged", origin=self.origin(source))
            other = self._mapping(source)
            for key, value in other.items():
                if key not in into:
                    into[key] = value
                    mark = other.marks[key]
                    into.marks[key] = Mark(mark.key, mark.value, _MERGED)

    def _place(self, node: Any) -> Place:
        return node.start_mark.line + 1, node.start_mark.column + 1


#: Marks keys that came from a merge, which own keys may replace.
_MERGED = "<<"


def _written(node: Any) -> str | None:
    return str(node.value) if node.id == "scalar" else None


def _int(text: str) -> int | None:
    digits = text.replace("_", "")
    try:
        if digits.lstrip("+-").lower().startswith(("0x", "0o", "0b")):
            return int(digits, 0)
        return int(digits)
    except ValueError:
        return None


def _float(text: str) -> float | None:
    digits = text.replace("_", "").lower()
    try:
        return float(digits.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return None


# --- writing -------------------------------------------------------------------------------------


#: Line breaks of Unicode: a reader would fold them, so they are written as escapes.
_FOLDED = ("\x85", "\u2028", "\u2029")


def _represent_text(representer: Any, value: str) -> Any:
    text = str.__str__(value)
    style = None
    if any(character in text for character in _FOLDED):
        style = '"'
    elif "\n" in text and text.replace("\n", "").isprintable():
        style = "|"
    return representer.represent_scalar(_TAG + "str", text, style=style)


def _represent_number(representer: Any, value: MarkedInt | MarkedFloat) -> Any:
    kind = "int" if isinstance(value, int) else "float"
    return representer.represent_scalar(_TAG + kind, value.text)


def _writer() -> Any:
    """A writer that knows the marked types."""
    from ruamel.yaml import YAML
    from ruamel.yaml.emitter import RoundTripEmitter
    from ruamel.yaml.representer import RoundTripRepresenter

    class Emitter(RoundTripEmitter):
        """Writes keys such as ``packages:`` without quotes."""

        def choose_scalar_style(self) -> Any:
            style = super().choose_scalar_style()
            value = self.event.value
            if self.simple_key_context and not self.event.style and value.endswith(":"):
                inner = self.analyze_scalar(value[:-1])
                if inner.allow_block_plain and not self.flow_level:
                    return ""
            return style

    class Representer(RoundTripRepresenter):  # type: ignore[misc, unused-ignore]
        """Of this writer only: the base keeps its table for everybody."""

    Representer.add_representer(str, _represent_text)
    Representer.add_representer(MarkedStr, _represent_text)
    Representer.add_representer(MarkedInt, _represent_number)
    Representer.add_representer(MarkedFloat, _represent_number)
    Representer.add_representer(MarkedDict, lambda r, v: r.represent_dict(dict(v)))
    Representer.add_representer(MarkedList, lambda r, v: r.represent_list(list(v)))
    Representer.add_representer(tuple, lambda r, v: r.represent_list(list(v)))
    Representer.add_multi_representer(str, _represent_text)
    yaml = YAML(typ="rt", pure=True)
    yaml.Emitter = Emitter
    yaml.Representer = Representer
    yaml.width = 1 << 20
    yaml.default_flow_style = False
    return yaml


def dump(data: Any, *, mapping: int = 2, sequence: int = 0, flow: bool = False) -> str:
    """The data as YAML text; texts that look like something else are quoted.

    Args:
        mapping: columns that nested mappings stand right of their key.
        sequence: columns that the dashes of lists stand right of their key.
        flow: write it on one line, in brackets.
    """
    writer = _writer()
    writer.indent(mapping=mapping, sequence=sequence + 2, offset=sequence)
    writer.default_flow_style = flow
    stream = io.StringIO()
    writer.dump(data, stream)
    return stream.getvalue()
