"""Reads the XML that S3 services answer: names and texts of elements, nothing else of XML.

Document types, and with them entities of any kind, are refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple

#: Elements within one another; answers of S3 have four.
_DEEPEST = 16
#: Characters of one text; keys have up to 1,024.
_LONGEST = 8192


class XmlError(SpackError):
    """An answer that is not the simple XML that it should be."""


class Element(NamedTuple):
    """The text of an element, by the names of the elements that it is in and its own."""

    path: tuple[str, ...]
    text: str


def elements(data: bytes) -> Sequence[Element]:
    """The elements without elements in them, in order. Raises XmlError."""
    import xml.parsers.expat as expat

    parser = expat.ParserCreate()
    found: list[Element] = []
    open_names: list[str] = []
    text: list[str] = []
    is_leaf = False

    def refuse(*_: object) -> None:
        raise XmlError("the answer is XML with a document type")

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal is_leaf
        is_leaf = True
        open_names.append(name)
        text.clear()
        if len(open_names) > _DEEPEST:
            raise XmlError("the answer is XML that is too deep")

    def more(characters: str) -> None:
        text.append(characters)
        if sum(map(len, text)) > _LONGEST:
            raise XmlError("the answer is XML with a text that is too long")

    def end(_: str) -> None:
        nonlocal is_leaf
        if is_leaf:
            found.append(Element(tuple(open_names), "".join(text)))
        is_leaf = False
        text.clear()
        open_names.pop()

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = more
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:
        raise XmlError(f"the answer is not XML: {error}") from error
    return found


def first(found: Sequence[Element], name: str) -> str:
    """The text of the first element of this name, "" if there is none."""
    return next((element.text for element in found if element.path[-1] == name), "")
