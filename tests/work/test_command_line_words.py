"""Words of a command line: the shell has taken the quotes away that the language wants."""

from __future__ import annotations

import pytest

from spack.work.queries.queries import parse_words


@pytest.mark.parametrize(
    "words, specs",
    [
        (["zlib", "cflags=-O3 -g"], ["zlib cflags='-O3 -g'"]),
        (
            ["zlib", "cflags==-O3 -g", "ldflags=-lm", "b"],
            ["zlib cflags=='-O3 -g' ldflags=-lm", "b"],
        ),
        (["zlib cflags='-O3 -g' +x"], ["zlib cflags='-O3 -g' +x"]),
    ],
)
def test_values_of_several_words(words: list[str], specs: list[str]) -> None:
    assert [str(located.spec) for located in parse_words(words)] == specs
