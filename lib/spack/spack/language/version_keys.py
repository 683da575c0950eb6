"""The key of a version, by which its text compares with others.

Order of components: words < numbers < infinity names (``stable`` … ``develop``); a shorter version
is smaller than a longer one that begins with it; ``alpha``, ``beta`` and ``rc`` at the end come
before the version they announce. Separators (``_``, ``.``, ``-``) are kept for printing and mean
nothing to the order. Knows no ranges and no git references.
"""

from __future__ import annotations

import re
from functools import lru_cache

from spack.errors import SpackError
from spack.type_names import Any

#: Names larger than any number, in ascending order.
INFINITY_NAMES = ("stable", "nightly", "trunk", "head", "master", "main", "develop")

_INFINITY_RANK = {name: rank for rank, name in enumerate(INFINITY_NAMES)}
# ``1.0final`` is another spelling of ``1.0``.
_PRERELEASE_RANK = {"alpha": 0, "beta": 1, "rc": 2, "final": 3}
FINAL = (3,)

COMPONENT = re.compile(r"([0-9]+)|([A-Za-z]+)")
_DOTTED_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_LEGAL = re.compile(r"[A-Za-z0-9_.-]*")

# One component as something Python compares natively: (0, word), (1, number), (2, infinity rank).
_Item = tuple[int, Any]
# (release items, pre-release); git versions append their reference.
Key = tuple[Any, ...]

LOWEST: Key = ((), ())
HIGHEST: Key = (((9,),), ())


class VersionError(SpackError):
    """A text is not a version, a range or a list of them."""


class VersionWord(str):
    """A component made of letters; compares with numbers the way versions do."""

    __slots__ = ()

    def _item(self) -> _Item:
        rank = _INFINITY_RANK.get(str(self))
        return (0, str(self)) if rank is None else (2, rank)

    def __lt__(self, other: object) -> bool:
        item = _component_item(other)
        return NotImplemented if item is None else self._item() < item

    def __le__(self, other: object) -> bool:
        item = _component_item(other)
        return NotImplemented if item is None else self._item() <= item

    def __gt__(self, other: object) -> bool:
        item = _component_item(other)
        return NotImplemented if item is None else self._item() > item

    def __ge__(self, other: object) -> bool:
        item = _component_item(other)
        return NotImplemented if item is None else self._item() >= item


def _component_item(component: object) -> _Item | None:
    if isinstance(component, int):
        return (1, component)
    if isinstance(component, str):
        return VersionWord(component)._item()
    return None


def split(text: str) -> tuple[tuple[_Item, ...], tuple[int, ...], int]:
    """Release items, pre-release key, and how many leading components are the release."""
    if _DOTTED_NUMBERS.fullmatch(text):
        release = tuple([(1, int(number)) for number in text.split(".")])
        return release, FINAL, len(release)
    items: list[_Item] = []
    for number, word in COMPONENT.findall(text):
        if number:
            items.append((1, int(number)))
        elif word in _INFINITY_RANK:
            items.append((2, _INFINITY_RANK[word]))
        else:
            items.append((0, word))
    if len(items) > 1:
        rank, last = items[-1]
        if rank == 0 and last in _PRERELEASE_RANK:
            return tuple(items[:-1]), (_PRERELEASE_RANK[last],), len(items) - 1
        if rank == 1 and len(items) > 2:
            rank, word = items[-2]
            if rank == 0 and word in _PRERELEASE_RANK:
                return tuple(items[:-2]), (_PRERELEASE_RANK[word], last), len(items) - 2
    return tuple(items), FINAL, len(items)


@lru_cache(maxsize=8192)  # the same few thousand texts stand in recipes and lock files
def key_of(text: str) -> Key:
    """The key that versions compare by. Raises :class:`VersionError` for illegal characters."""
    if not _LEGAL.fullmatch(text):
        raise VersionError(
            f"{text!r} is not a version", hint="use letters, digits, '.', '_' and '-'"
        )
    release, prerelease, _ = split(text)
    return (release, prerelease)


def _next_word(word: str) -> str:
    """The smallest word above ``word`` and above everything that continues it, within letters."""
    if word[-1] == "z":
        return word + "A"
    if word[-1] == "Z":
        return word[:-1] + "a"
    return word[:-1] + chr(ord(word[-1]) + 1)


def next_key(key: Key) -> Key:
    """The exclusive bound of a range that ends in the version with this key."""
    release, prerelease = key[0], key[1]
    if prerelease != FINAL:
        number = prerelease[1] + 1 if len(prerelease) > 1 else 0
        return (release, (prerelease[0], number))
    if not release:
        return HIGHEST
    rank, value = release[-1]
    return (release[:-1] + ((rank, _next_word(value) if rank == 0 else value + 1),), FINAL)
