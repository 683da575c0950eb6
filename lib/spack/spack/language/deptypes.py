"""Dependency types as bit flags, in the order in which they are always printed."""

from __future__ import annotations

from collections.abc import Iterable

LINK = 1
RUN = 2
BUILD = 4
TEST = 8
NONE = 0
ALL = LINK | RUN | BUILD | TEST
#: The types that last after a build: each node has these dependencies itself.
BEYOND_BUILD = LINK | RUN | TEST
DEFAULT = BUILD | LINK

_IN_ORDER = (("build", BUILD), ("link", LINK), ("run", RUN), ("test", TEST))
_BY_NAME = dict(_IN_ORDER)

ALL_NAMES: tuple[str, ...] = tuple(name for name, _ in _IN_ORDER)


def from_names(names: str | Iterable[str]) -> int:
    """Flags for one name, ``"all"``, or several names. Raises ValueError for an unknown word."""
    if isinstance(names, str):
        if names == "all":
            return ALL
        names = (names,)
    flags = NONE
    for name in names:
        if name not in _BY_NAME:
            known = ", ".join(ALL_NAMES)
            raise ValueError(f"{name!r} is not a dependency type: use {known} or all")
        flags |= _BY_NAME[name]
    return flags


def to_names(flags: int) -> tuple[str, ...]:
    """Names of the set flags: build, link, run, test."""
    return tuple(name for name, flag in _IN_ORDER if flags & flag)


def letters(flags: int) -> str:
    """Four characters such as ``bl  `` for tree displays."""
    return "".join(name[0] if flags & flag else " " for name, flag in _IN_ORDER)
