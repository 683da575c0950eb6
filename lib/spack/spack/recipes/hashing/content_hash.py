"""The part of a node's hash that stands for its recipe: what is built, not how it is described.

A recipe file is reduced to what can change a build (:mod:`spack.recipes.hashing.recipe_text`), and
the canonical text of that is hashed together with the identity of the source and of the patches.
Only the file itself counts, never what it imports. This module reads no file.
"""

from __future__ import annotations

from collections.abc import Iterable

from spack.language.digests import base32, sha1, sha256
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.recipes.hashing.recipe_text import Satisfies


def content_hash(
    source_identity: str | None, patches: Iterable[tuple[str, int]], recipe: str
) -> str:
    """The ``package_hash`` of a node: 56 characters of lower-case base32.

    Args:
        source_identity: checksum, commit or revision of the source; None or "" if there is none.
        patches: sha256 and level of each patch of the node.
        recipe: the result of :func:`recipe_hash`.
    """
    pieces = [(source_identity or "").encode(), recipe.encode()]
    pieces += [f"{sha256}:{level}".encode() for sha256, level in patches]
    return base32(sha256(b"".join(sorted(pieces))).digest())


def recipe_hash(source: str, satisfies: Satisfies) -> str:
    """SHA-1 of :func:`recipe_text`: 32 characters of lower-case base32."""
    from spack.recipes.hashing.recipe_text import (
        recipe_text,  # parses Python, which few commands need
    )

    return base32(sha1(recipe_text(source, satisfies).encode("utf-8")).digest())
