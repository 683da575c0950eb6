"""Licences that packages from binary caches may have: SPDX expressions against a list.

Must not know packages.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from spack.errors import SpackError

_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")
#: The licence of a package whose recipe names none.
UNKNOWN = "NOASSERTION"
_DEEPEST = 50


class LicenseError(SpackError):
    """A text that is not an expression of licences."""


def is_allowed(expression: str, allowed: Sequence[str]) -> bool:
    """Whether a package with these licences may be used.

    Of ``A OR B`` one must be allowed, of ``A AND B`` both; ``A WITH exception`` counts as ``A`` or
    as a whole. An empty list allows everything. Raises LicenseError.
    """
    if not allowed:
        return True
    tokens = _TOKEN.findall(expression or UNKNOWN)
    found, rest = _any_of(tokens, allowed, 0)
    if rest:
        raise LicenseError(f"'{expression}' is not an expression of licences")
    return found


def _any_of(tokens: list[str], allowed: Sequence[str], depth: int) -> tuple[bool, list[str]]:
    found, rest = _all_of(tokens, allowed, depth)
    while rest and rest[0].upper() == "OR":
        other, rest = _all_of(rest[1:], allowed, depth)
        found = found or other
    return found, rest


def _all_of(tokens: list[str], allowed: Sequence[str], depth: int) -> tuple[bool, list[str]]:
    found, rest = _one(tokens, allowed, depth)
    while rest and rest[0].upper() == "AND":
        other, rest = _one(rest[1:], allowed, depth)
        found = found and other
    return found, rest


def _one(tokens: list[str], allowed: Sequence[str], depth: int) -> tuple[bool, list[str]]:
    if not tokens or tokens[0].upper() in ("AND", "OR", "WITH", ")") or depth > _DEEPEST:
        raise LicenseError("an expression of licences is not complete")
    if tokens[0] == "(":
        found, rest = _any_of(tokens[1:], allowed, depth + 1)
        if not rest or rest[0] != ")":
            raise LicenseError("an expression of licences lacks a closing bracket")
        return found, rest[1:]
    name, rest = tokens[0], tokens[1:]
    names = [name]
    if len(rest) > 1 and rest[0].upper() == "WITH":
        names.append(f"{name} WITH {rest[1]}")
        rest = rest[2:]
    patterns = [pattern.lower() for pattern in allowed]
    found = any(fnmatch.fnmatchcase(one.lower(), pattern) for one in names for pattern in patterns)
    return found, rest
