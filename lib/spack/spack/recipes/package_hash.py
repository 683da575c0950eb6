"""The ``package_hash`` of a node, from its record and its recipe file; imports no recipe."""

from __future__ import annotations

from typing import Optional, Sequence

from spack.errors import Origin, SpackError
from spack.language.matching import satisfies
from spack.language.parser import SpecSyntaxError, parse_spec
from spack.language.specs import ConcreteSpec
from spack.recipes.content_hash import content_hash, recipe_hash
from spack.recipes.records import PackageRecord, PatchRecord, VersionRecord


class UnreadableRecipeError(SpackError):
    """The file of a recipe cannot be read or is not Python."""


def package_hash(
    record: PackageRecord, node: ConcreteSpec, patches: Sequence[PatchRecord] = ()
) -> str:
    """The content hash of a node: source identity, patches, and what matters in the recipe.

    Raises:
        UnreadableRecipeError: the recipe file is gone or has a syntax error.
    """

    recipe = record.recipe_hash or _conditional_hash(record, node)
    identity = source_identity(record, node)
    return content_hash(identity, [(patch.sha256, patch.level) for patch in patches], recipe)


def unconditional_hash(path: str) -> str:
    """The recipe hash of a file if it is the same for every spec, "" otherwise.

    Also "" for a file that cannot be read: whoever needs the hash then gets the error.
    """
    asked = False

    def holds(condition: str) -> Optional[bool]:
        nonlocal asked
        asked = True
        return None

    try:
        with open(path, encoding="utf-8") as stream:
            digest = recipe_hash(stream.read(), holds)
    except (OSError, SyntaxError, ValueError):
        return ""
    return "" if asked else digest


def _conditional_hash(record: PackageRecord, node: ConcreteSpec) -> str:
    """The recipe hash where conditional methods make it depend on the spec."""

    def holds(condition: str) -> Optional[bool]:
        try:
            return satisfies(node, parse_spec(condition))
        except SpecSyntaxError:
            return None

    try:
        with open(record.path, encoding="utf-8") as stream:
            source = stream.read()
        return recipe_hash(source, holds)
    except (OSError, SyntaxError) as error:
        raise UnreadableRecipeError(
            f"the recipe of {record.name} cannot be read: {error}", origin=Origin(record.path)
        ) from error


def source_identity(record: PackageRecord, node: ConcreteSpec) -> Optional[str]:
    """Checksum or commit of the node's version, None if nothing identifies its source."""
    if not record.has_code:
        return ""
    commit = node.variants.get("commit")
    if isinstance(commit, str):
        return commit
    declared = _declared(record, node)
    if declared is None:
        return None
    if declared.checksum is not None:
        return declared.checksum[1]
    return declared.commit


def _declared(record: PackageRecord, node: ConcreteSpec) -> Optional[VersionRecord]:
    for version in record.versions:
        if version.version == node.version:
            return version
    return None
