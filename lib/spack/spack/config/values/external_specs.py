"""What an entry of ``packages:NAME:externals`` stands for, where its spec has no name.

Pure text: knows no recipes.
"""

from __future__ import annotations

import re

_FIRST_WORD = re.compile(r"\s*([\w.-]*)(=?)")
_VERSION = re.compile(r"\d+(\.\d+)*\w?")


def external_spec(text: str, package: str) -> str | None:
    """The spec with the name that it was meant to have; None for a bare version, no spec at all."""
    match = _FIRST_WORD.match(text)
    word, equals = match.groups() if match else ("", "")
    if _VERSION.fullmatch(word):
        return None
    if word and not equals:
        return text
    return f"{package} {text}" if equals else package + text.strip()
