"""Arguments that are specs: which words form one spec is decided here, the same for every command.

``uninstall zlib@1.2.13 ~pic`` names one spec. A command gets one text for each spec, never the
words, so that no command can take a constraint for a spec of its own.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any

#: A word that ends within the quotes of a value, as in ``cflags="-O2``.
_OPEN = re.compile(r"""[^"']*=(?:"(?:[^"\\]|\\.)*|'(?:[^'\\]|\\.)*)\Z""")


class SpecWords(argparse.Action):
    """Stores words as a list with one text for each spec that they form.

    Raises:
        SpecSyntaxError: the words do not form specs.
    """

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None
    ) -> None:
        setattr(namespace, self.dest, spec_texts(values))


class OneSpec(argparse.Action):
    """Stores words that form one spec as its text; empty without words.

    Raises:
        SpecSyntaxError: the words do not form a spec.
        UsageError: they form several.
    """

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None
    ) -> None:
        setattr(namespace, self.dest, one_text(values, parser.prog))


def spec_texts(words: Sequence[str]) -> list[str]:
    """One text for each spec that words form. Raises SpecSyntaxError."""
    if not words:
        return []
    from spack.work.queries.queries import parse_words

    return [located.text for located in parse_words(words)]


def one_text(words: Sequence[str], program: str) -> str:
    """The text of the one spec that words form, empty without words.

    Raises:
        SpecSyntaxError: the words do not form a spec.
        UsageError: they form several.
    """
    texts = spec_texts(words)
    if len(texts) > 1:
        from spack.errors import UsageError

        raise UsageError(
            f"{program} takes one spec, not {len(texts)}: {', '.join(texts)}",
            hint="attributes need a sign (@ + ~ ^ % /) or '='",
        )
    return "".join(texts)


def with_closed_quotes(words: Sequence[str]) -> list[str]:
    """Words with those put together again that a shell took apart within the quotes of a value.

    ``SPEC='zlib cflags="-O2 -g"'; spack install $SPEC`` is such a case. Quotes that nothing closes
    are left to the parser of specs, which shows them.
    """
    found: list[str] = []
    place = 0
    while place < len(words):
        word, end = words[place], place + 1
        while _OPEN.match(word) and end < len(words):
            word, end = f"{word} {words[end]}", end + 1
        if _OPEN.match(word):
            word, end = words[place], place + 1
        found.append(word)
        place = end
    return found
