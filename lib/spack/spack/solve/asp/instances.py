"""Keys of the nodes of one package: ``python`` is its first node, ``python#1`` a further one.

Only packages that an optimum wants twice have further nodes in a problem (see the manual,
internals, "duplicates"). A key is what rules are written about; recipes, versions and weights
belong to the package.
"""

from __future__ import annotations

import re


def package_of(key: str) -> str:
    """The package whose node the key is."""
    return key.partition("#")[0]


def instance(package: str, number: int) -> str:
    """The key of node ``number`` of a package, counted from 0."""
    return f"{package}#{number}" if number else package


def number_of(key: str) -> int:
    """The number of a node among those of its package."""
    return int(key.partition("#")[2] or 0)


def without_numbers(text: str) -> str:
    """A text with the packages in place of their keys; readers know no numbers of nodes."""
    return re.sub(r"(?<=\w)#\d+\b", "", text)
