"""Words and rows as aligned text, for whoever prints them. Must not know what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_COLOR = re.compile("\x1b\\[[0-9;]*m")


def shown_length(text: str) -> int:
    """The number of columns a text takes on the screen, where colours take none."""
    return len(_COLOR.sub("", text)) if "\x1b" in text else len(text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - shown_length(text))


def columns(words: Sequence[str], width: int) -> str:
    """Words in columns, as ``ls`` prints them; one a line when the width is 0."""
    if not words:
        return ""
    longest = max(map(shown_length, words)) + 2
    count = max(1, width // longest) if width else 1
    height = -(-len(words) // count)
    lines: list[str] = []
    for row in range(height):
        cells = words[row::height]
        lines.append("".join(_padded(cell, longest) for cell in cells).rstrip())
    return "\n".join(lines) + "\n"


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows with aligned columns."""
    kept = [list(row) for row in rows]
    if not kept:
        return ""
    widths = [max(shown_length(row[i]) for row in kept) for i in range(len(kept[0]))]
    return "".join(
        "  ".join(_padded(cell, width) for cell, width in zip(row, widths)).rstrip() + "\n"
        for row in kept
    )
