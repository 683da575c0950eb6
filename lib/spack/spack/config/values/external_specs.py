"""The meaning of an entry of ``packages:NAME:externals`` whose spec has no name.

Pure text: knows no recipes.
"""

from __future__ import annotations

import re

_FIRST_WORD = re.compile(r"\s*([\w.-]*)(=?)")
_VERSION = re.compile(r"\d+(\.\d+)*\w?")
_EXACT = re.compile(r"[^@%^]*@=?\s*([\w.-]+)(:\1)?(?![\w.,:-])")


def external_spec(text: str, package: str) -> str | None:
    """The spec with the name that it was meant to have.

    None for a bare version, which is not a spec, and for a spec of another package.
    """
    word, equals = _first_word(text)
    if _VERSION.fullmatch(word):
        return None
    if word and not equals:
        return text if word == package or word.endswith(f".{package}") else None
    return f"{package} {text}" if equals else package + text.strip()


def why_ignored(text: str, package: str) -> str | None:
    """The reason for which an entry does not count, and what to write; None if it does count."""
    spec = external_spec(text, package)
    if spec is None:
        word, _ = _first_word(text)
        if _VERSION.fullmatch(word):
            return f"it does not name a package: write {package}@{text}"
        return f"it is of another package: list it below {word}"
    return None if _EXACT.match(spec) else f"its version is not exact: write {package}@VERSION"


def _first_word(text: str) -> tuple[str, str]:
    """The word that a text begins with, and the equals sign behind it; each may be ""."""
    match = _FIRST_WORD.match(text)
    return (match[1], match[2]) if match else ("", "")
