"""Changes of YAML files that leave everything else as it was written, comments above all.

:attr:`Document.data` is plain data to be changed at will. Then the text is compared with it, and
only what differs is written anew: an entry that goes takes the comment directly above it along, a
new entry comes before the comment that belongs to what follows. Quotes, the way lists are indented,
the ends of lines and a byte order mark stay. Must not know what the data means.
"""

from __future__ import annotations

import difflib
import io
import json
import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from spack.errors import Origin
from spack.named_tuples import NamedTuple
from spack.system.files.writing import atomic_write
from spack.system.files.yaml_files import (
    YamlError,
    dump,
    errors_of,
    load_text,
    plain,
    read_text,
    reader,
)
from spack.type_names import Any

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MERGE = "tag:yaml.org,2002:merge"
_COLON = re.compile(r"\s*:")


class Document:
    """A YAML file to change: ``data`` are nested dictionaries, lists and scalars."""

    def __init__(self, text: str, file: str = "<text>") -> None:
        self.file = file
        self._text = text.lstrip("\ufeff").replace("\r\n", "\n")
        self._old = load_text(self._text, file)
        #: The data as it is to be.
        self.data: Any = {} if self._old is None else _copy(self._old)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Document:
        """The document in a file. Raises YamlError."""
        return cls(read_text(os.fspath(path)), os.fspath(path))

    def text(self) -> str:
        """The document as it would be written. Raises YamlError: something cannot be changed."""
        if self._old is None:
            return self._text + dump(self.data) if self.data else self._text
        if _same(self._old, self.data):
            return self._text
        text = self._text if self._text.endswith("\n") else self._text + "\n"
        with errors_of(self.file):
            root = reader().compose(io.StringIO(text))
        edits = _Edits(text, root, self.file)
        if not edits.sync(root, self._old, self.data):
            return dump(self.data)
        changed = edits.applied()
        if not _same(load_text(changed, self.file), self.data):
            raise YamlError(
                f"{self.file} cannot be changed without losing what is written in it",
                hint="change it in an editor",
            )
        return changed

    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Replace the file, whole or not at all."""
        target = os.fspath(self.file if path is None else path)
        try:
            with open(target, "rb") as stream:
                before = stream.read()
        except FileNotFoundError:
            before = b""
        text = self.text()
        if b"\r\n" in before:
            text = text.replace("\n", "\r\n")
        mark = _BYTE_ORDER_MARK if before.startswith(_BYTE_ORDER_MARK) else b""
        atomic_write(target, mark + text.encode("utf-8"))


def _copy(value: Any) -> Any:
    """The same data in dictionaries and lists of its own; scalars remember their text."""
    if isinstance(value, dict):
        return {str.__str__(key): _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _key(value: Any) -> str:
    """A text that two values share if they are the same data."""
    return json.dumps(plain(value), default=str)


def _same(one: Any, two: Any) -> bool:
    return _key(one) == _key(two)


class _Edit(NamedTuple):
    """A part of the text, and what takes its place."""

    start: int
    end: int
    new: str


class _Part(NamedTuple):
    """An entry of a block collection: its first and last line, comments apart."""

    first: int
    last: int


class _Edits:
    """The changes that make a text say something else."""

    def __init__(self, text: str, root: Any, file: str) -> None:
        self._text, self._file = text, file
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._edits: list[_Edit] = []
        self._steps = _indentation(root)

    def applied(self) -> str:
        """The text after all edits."""
        text = self._text
        for edit in sorted(self._edits, reverse=True):
            text = text[: edit.start] + edit.new + text[edit.end :]
        return text

    # -- values ----------------------------------------------------------------------------------

    def sync(self, node: Any, old: Any, new: Any) -> bool:
        """Let a value say something else where it stands; False if it has to be written anew."""
        if _same(old, new):
            return True
        if node.anchor is not None:
            raise self._refused(node, "other places refer to this value")
        if isinstance(old, dict) and isinstance(new, dict) and new:
            return self._flow(node, old, new) if node.flow_style else self._mapping(node, old, new)
        if isinstance(old, list) and isinstance(new, list) and new:
            return self._flow(node, old, new) if node.flow_style else self._list(node, old, new)
        if isinstance(new, (dict, list)) or isinstance(old, (dict, list)):
            return False
        written = _scalar(new, node.style)
        if _absent(node) or node.style in ("|", ">") or "\n" in written:
            return False
        self._edits.append(_Edit(node.start_mark.index, node.end_mark.index, written))
        return True

    def _mapping(self, node: Any, old: dict[str, Any], new: dict[str, Any]) -> bool:
        pairs = {str(k.value): (k, v) for k, v in node.value if str(k.tag) != _MERGE}
        parts = {name: self._entry(*pair) for name, pair in pairs.items()}
        names = _renamed(list(pairs), list(new))
        # What moves is written anew at its new place.
        wanted = [key for key in new if key in names.values() or key not in old]
        present = [names.get(name, "") for name in pairs]
        kept = {
            key
            for tag, a, b, _, _ in _opcodes(present, wanted)
            if tag == "equal"
            for key in present[a:b]
        }
        own = {names[name]: name for name in pairs if names.get(name, "") in kept}
        first = next(iter(pairs), None)
        on_line_of_dash = self._prefix(node.start_mark).strip() != ""
        if on_line_of_dash and (first is None or next(iter(wanted), None) != names.get(first)):
            return False
        if not own:
            return False
        for name, part in parts.items():
            if names.get(name, "") not in kept:
                self._delete(part, parts.values())
        place: int | None = None
        for key in wanted:
            here = own.get(key)
            if here is None:
                place = self._before_all(list(parts.values())) if place is None else place
                self._insert(place, self._moved(key, old, new, parts, node.start_mark.column))
                continue
            key_node, value = pairs[here]
            if here != key:
                written = dump({key: 1})[: -len(": 1\n")]
                self._edits.append(
                    _Edit(key_node.start_mark.index, key_node.end_mark.index, written)
                )
            self._value(key_node, value, old[here], new[key])
            place = parts[here].last + 1
        return True

    def _value(self, key: Any, node: Any, old: Any, new: Any) -> None:
        """Change the value of a key."""
        if _same(old, new):
            return
        if node.start_mark.index < key.start_mark.index:
            raise self._refused(key, "this value refers to another place")
        if self.sync(node, old, new):
            return
        colon = _COLON.match(self._text, key.end_mark.index)
        assert colon is not None
        after, line = colon.end(), key.start_mark.line
        if node.id == "scalar" or node.flow_style:
            if not _absent(node):
                self._edits.append(_Edit(after, self._end_of(node), ""))
                line = max(line, self._last_line(node, line))
        else:
            parts = self._parts(node)
            if new in ([], {}):
                for part in parts:
                    self._delete(part, parts)
            else:
                self._edits.append(
                    _Edit(self._starts[line + 1], self._starts[parts[-1].last + 1], "")
                )
        if isinstance(new, (dict, list)) and new:
            column = key.start_mark.column
            lines = self._rendered({"x": new}, column).split("\n", 1)[1]
            self._edits.append(_Edit(self._starts[line + 1], self._starts[line + 1], lines))
        else:
            written = _scalar(new, None)
            if "\n" in written:  # A block: its sign stands behind the colon.
                written = self._rendered({"x": new}, key.start_mark.column).partition(": ")[2][:-1]
            self._edits.append(_Edit(after, after, f" {written}"))

    def _list(self, node: Any, old: list[Any], new: list[Any]) -> bool:
        parts = self._parts(node)
        if len(parts) != len(old) or self._prefix(node.start_mark).strip():
            return False
        column = node.start_mark.column
        for tag, a, b, c, d in _opcodes([_key(x) for x in old], [_key(x) for x in new]):
            if tag == "equal":
                continue
            paired = min(b - a, d - c)
            for place in range(paired):
                item = node.value[a + place]
                if not self.sync(item, old[a + place], new[c + place]):
                    part = parts[a + place]
                    self._edits.append(
                        _Edit(self._starts[part.first], self._starts[part.last + 1], "")
                    )
                    self._insert(part.first, self._rendered([new[c + place]], column))
            for part in parts[a + paired : b]:
                self._delete(part, parts)
            behind = a + paired
            place = parts[behind - 1].last + 1 if behind else self._before_all(parts)
            for value in new[c + paired : d]:
                self._insert(place, self._rendered([value], column))
        return True

    def _flow(self, node: Any, old: Any, new: Any) -> bool:
        """Change a collection in brackets."""
        nodes = node.value
        if isinstance(old, dict):
            if any(str(k.tag) == _MERGE for k, _ in nodes):
                return False
            spans = [(k.start_mark.index, self._end_of(v) if not _absent(v) else k.end_mark.index)
                     for k, v in nodes]  # fmt: skip
            before = [_key([str(k.value), old[str(k.value)]]) for k, _ in nodes]
            items: Sequence[Any] = list(new.items())
            after = [_key([key, value]) for key, value in new.items()]
        else:
            spans = [(n.start_mark.index, self._end_of(n)) for n in nodes]
            before, after, items = [_key(x) for x in old], [_key(x) for x in new], new
        if not nodes or any(
            a > b for a, b in zip([s[0] for s in spans], [s[0] for s in spans[1:]])
        ):
            return False
        for tag, a, b, c, d in _opcodes(before, after):
            if tag == "equal":
                continue
            texts = [_in_brackets(item) for item in items[c:d]]
            if a == b:
                if a:
                    place = spans[a - 1][1]
                    text = "".join(f", {text}" for text in texts)
                else:
                    place, text = spans[0][0], "".join(f"{text}, " for text in texts)
                self._edits.append(_Edit(place, place, text))
            elif c < d:
                self._edits.append(_Edit(spans[a][0], spans[b - 1][1], ", ".join(texts)))
            elif b < len(spans):
                self._edits.append(_Edit(spans[a][0], spans[b][0], ""))
            else:
                self._edits.append(
                    _Edit(spans[a - 1][1] if a else spans[a][0], spans[b - 1][1], "")
                )
        return True

    # -- lines -----------------------------------------------------------------------------------

    def _parts(self, node: Any) -> list[_Part]:
        """The entries of a block collection."""
        if node.id == "mapping":
            return [self._entry(key, value) for key, value in node.value]
        found = []
        dashes = list(self._dashes(node))
        if len(dashes) != len(node.value):
            return []
        for dash, item in zip(dashes, node.value):
            refers = item.start_mark.index < self._starts[dash]
            found.append(_Part(dash, dash if refers else self._last_line(item, dash)))
        return found

    def _dashes(self, node: Any) -> Iterator[int]:
        """Lines on which the entries of a block list begin."""
        sign = re.compile(rf" {{{node.start_mark.column}}}-(?:\s|$)")
        first = node.start_mark.line
        if self._prefix(node.start_mark).strip():
            yield first
            first += 1
        for number in range(first, min(node.end_mark.line + 1, len(self._lines))):
            if self._starts[number] >= node.end_mark.index and number > node.start_mark.line:
                return
            if sign.match(self._lines[number]):
                yield number

    def _entry(self, key: Any, value: Any) -> _Part:
        refers = value.start_mark.index < key.start_mark.index
        line = key.end_mark.line
        return _Part(key.start_mark.line, line if refers else self._last_line(value, line))

    def _last_line(self, node: Any, otherwise: int) -> int:
        """The line on which the content of a node ends."""
        if _absent(node):
            return otherwise
        if node.id != "scalar" and not node.flow_style:
            parts = self._parts(node)
            return parts[-1].last if parts else otherwise
        return self._text.count("\n", 0, self._end_of(node))

    def _end_of(self, node: Any) -> int:
        """The end of the content of a scalar or of a collection in brackets."""
        end: int = node.end_mark.index
        while node.id == "scalar" and end > node.start_mark.index and self._text[end - 1] == "\n":
            end -= 1
        return end

    def _own_start(self, part: _Part, parts: Iterable[_Part]) -> int:
        """The first line of the comment directly above an entry, or of the entry."""
        # What looks like a comment may be the end of a text in the entry above.
        floor = max((other.last for other in parts if other.last < part.first), default=-1)
        line = part.first
        while line - 1 > floor and self._lines[line - 1].lstrip().startswith("#"):
            line -= 1
        return line

    def _before_all(self, parts: Sequence[_Part]) -> int:
        return self._own_start(parts[0], parts)

    def _delete(self, part: _Part, parts: Iterable[_Part]) -> None:
        start = self._own_start(part, parts)
        self._edits.append(_Edit(self._starts[start], self._starts[part.last + 1], ""))

    def _moved(
        self, key: str, old: dict[str, Any], new: dict[str, Any], parts: Any, column: int
    ) -> str:
        """The lines of an entry that gets another place, or of a new one."""
        entry = self._rendered({key: new[key]}, column)
        part = parts.get(key)
        if part is None:
            return entry
        if _same(old[key], new[key]):
            entry = "".join(self._lines[part.first : part.last + 1])
        start = self._own_start(part, parts.values())
        return "".join(self._lines[start : part.first]) + entry

    def _insert(self, line: int, text: str) -> None:
        place = self._starts[line]
        for index, edit in enumerate(self._edits):
            if (edit.start, edit.end) == (place, place):
                self._edits[index] = edit._replace(new=edit.new + text)
                return
        self._edits.append(_Edit(place, place, text))

    def _rendered(self, value: Any, column: int) -> str:
        """A block collection as lines that begin at a column."""
        text = textwrap.dedent(
            dump(
                value,
                mapping=self._steps.get("mapping", 2),
                sequence=self._steps.get("sequence", 0),
            )
        )
        return textwrap.indent(text, " " * column)

    def _refused(self, node: Any, reason: str) -> YamlError:
        return YamlError(
            f"{reason} and cannot be changed alone",
            origin=Origin(self._file, node.start_mark.line + 1, node.start_mark.column + 1),
            hint="change it in an editor",
        )

    def _prefix(self, mark: Any) -> str:
        return self._lines[mark.line][: mark.column] if mark.line < len(self._lines) else ""


def _absent(node: Any) -> bool:
    """Whether a value was left out: the parser finds it at the next thing in the file."""
    return bool(node.id == "scalar" and node.start_mark.index == node.end_mark.index)


def _opcodes(one: Sequence[str], two: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    return list(difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes())


def _renamed(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """New keys by old ones; one that only changed the sign at its end is the same key."""
    names = {key: key for key in old if key in new}
    free = [key for key in new if key not in names]
    for key in old:
        for other in free:
            if key not in names and key.rstrip(":+-") == other.rstrip(":+-"):
                names[key] = other
    return names


def _scalar(value: Any, style: str | None) -> str:
    """A scalar, or an empty collection, as text; quoted like what it replaces."""
    if style == "'" and isinstance(value, str) and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style == '"' and isinstance(value, str) and value.isprintable():
        return json.dumps(value, ensure_ascii=False)
    text = dump([value])
    return text[2:].rstrip("\n") if text.startswith("- ") else text.strip()


def _in_brackets(value: Any) -> str:
    """An entry of a collection in brackets: a value, or a pair of key and value."""
    whole = dict([value]) if isinstance(value, tuple) else [value]
    return dump(whole, flow=True).strip()[1:-1].strip()


def _indentation(root: Any) -> dict[str, int]:
    """The indentation of nested block mappings and of block list dashes, relative to their key."""
    found: dict[str, int] = {}
    queue = [root]
    while queue and len(found) < 2:
        node = queue.pop(0)
        if node.id == "scalar" or node.flow_style:
            continue
        if node.id == "sequence":
            queue.extend(node.value)
            continue
        for key, value in node.value:
            if value.id != "scalar" and not value.flow_style and value.anchor is None:
                step = value.start_mark.column - key.start_mark.column
                if step > 0 or value.id == "sequence":
                    found.setdefault(value.id, step)
            queue.append(value)
    return found
