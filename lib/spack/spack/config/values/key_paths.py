"""Key paths as written on the command line: ``packages:all:require:+shared``.

Parts are separated by colons; a part in quotes may hold colons, and so may a URL. An empty part
means that the key before it replaces what is below: ``config::build_jobs:4`` is the key ``config:``
of a file that says ``config::``.
"""

from __future__ import annotations

import re

from spack.errors import UsageError

_PART = re.compile(r"""'((?:[^']|'')*)'|"([^"]*)"|([^:]*)""")


def parse_key_path(text: str) -> list[str]:
    """The keys of a path, each with its suffix (see :mod:`spack.config.values.merging`).

    Raises:
        UsageError: empty, or a quote that is not closed.
    """
    keys: list[str] = []
    position = 0
    while position <= len(text):
        match = _PART.match(text, position)
        assert match is not None
        single, double, bare = match.groups()
        end = match.end()
        if end < len(text) and text[end] != ":":
            raise UsageError(f"'{text}' is not a key path: there is text after a closing quote")
        if single is not None:
            keys.append(single.replace("''", "'"))
        elif double is not None:
            keys.append(double)
        elif bare and bare[0] in "'\"":
            raise UsageError(f"'{text}' is not a key path: a quote is not closed")
        elif bare:
            keys.append(bare)
        elif keys and not keys[-1].endswith(":"):
            keys[-1] += ":"
        elif keys and end == len(text):
            break  # ``config:aliases::``, as the key is written in a file
        else:
            raise UsageError(f"'{text}' is not a key path", hint="write section:key:key")
        position = end + 1
    return keys


def split_assignment(text: str) -> tuple[list[str], str]:
    """``SECTION:KEY:…:VALUE`` as keys and the text of the value.

    Raises:
        UsageError: there is no value.
    """
    start = _value_start(text)
    if start == 0 or start == len(text):
        raise UsageError(
            f"'{text}' sets no value", hint="write section:key:value, such as config:build_jobs:4"
        )
    return parse_key_path(text[: start - 1]), text[start:]


def _value_start(text: str) -> int:
    """The start of the value: after the last colon that is not in brackets, quotes or a URL."""
    depth = 0
    quote = ""
    start = 0
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and (position == 0 or text[position - 1] in ":[{, "):
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == ":" and depth == 0 and not text.startswith("://", position):
            start = position + 1
    return start
