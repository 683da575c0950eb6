"""The ``package_hash`` of a node, from its record and its recipe file; imports no recipe.

The part that comes from the recipe is in the record, unless conditional methods make it depend on
the spec. Then the file is parsed, and the result kept on disk by the content of the file and the
answers to its conditions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from spack.errors import Origin, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.digests import sha1
from spack.language.matching import satisfies
from spack.language.parser import SpecSyntaxError, parse_spec
from spack.recipes.hashing.content_hash import content_hash, recipe_hash
from spack.recipes.records.package_records import PackageRecord, PatchRecord
from spack.system.files.kept import DamagedError, drop_oldest, read_kept, write_kept
from spack.type_names import Optional

#: The way hashes are made; another one may not read what this one kept.
_FORMAT = 1

#: Files of hashes that are kept: of as many recipes.
_MOST = 2000

#: A condition of a recipe with the answer for some spec; None where it is no spec.
_Answer = tuple[str, Optional[bool]]


class UnreadableRecipeError(SpackError):
    """The file of a recipe cannot be read or is not Python."""


def package_hash(
    record: PackageRecord,
    node: ConcreteSpec,
    patches: Sequence[PatchRecord] = (),
    *,
    cache: str | None = None,
) -> str:
    """The content hash of a node: source identity, patches, and what matters in the recipe.

    Args:
        cache: a directory for the hashes of recipes with conditional methods, None for none.

    Raises:
        UnreadableRecipeError: the recipe file is gone or has a syntax error.
    """
    recipe = record.recipe_hash or _conditional_hash(record, node, cache)
    identity = source_identity(record, node)
    return content_hash(identity, [(patch.sha256, patch.level) for patch in patches], recipe)


def unconditional_hash(path: str) -> str:
    """The recipe hash of a file if it is the same for every spec, "" otherwise.

    Also "" for a file that cannot be read: whoever needs the hash then gets the error.
    """
    asked = False

    def holds(condition: str) -> bool | None:
        nonlocal asked
        asked = True
        return None

    try:
        with open(path, encoding="utf-8") as stream:
            digest = recipe_hash(stream.read(), holds)
    except (OSError, SyntaxError, ValueError):
        return ""
    return "" if asked else digest


def _conditional_hash(record: PackageRecord, node: ConcreteSpec, cache: str | None) -> str:
    """The recipe hash where conditional methods make it depend on the spec."""

    def holds(condition: str) -> bool | None:
        try:
            return satisfies(node, parse_spec(condition))
        except SpecSyntaxError:
            return None

    answers: list[_Answer] = []

    def remembered(condition: str) -> bool | None:
        answer = holds(condition)
        answers.append((condition, answer))
        return answer

    try:
        with open(record.path, "rb") as stream:
            source = stream.read()
        name = f"{_FORMAT}-{sha1(source).hexdigest()}"
        file = None if cache is None else os.path.join(cache, name)
        known = [] if file is None else _kept_hashes(file)
        for conditions, digest in known:
            if all(holds(condition) == answer for condition, answer in conditions):
                return digest
        digest = recipe_hash(source.decode("utf-8"), remembered)
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableRecipeError(
            f"the recipe of {record.name} cannot be read: {error}", origin=Origin(record.path)
        ) from error
    if cache is not None and file is not None:
        if write_kept(file, json.dumps([*known, (answers, digest)])) and not known:
            drop_oldest((entry.path for entry in os.scandir(cache)), _MOST)
    return digest


def _kept_hashes(file: str) -> list[tuple[list[_Answer], str]]:
    """Hashes of one file with the answers that led to them; none if there is no good file."""

    def parse(content: bytes) -> list[tuple[list[_Answer], str]]:
        return [
            ([(str(condition), answer) for condition, answer in answers], str(digest))
            for answers, digest in json.loads(content)
        ]

    try:
        return read_kept(file, parse)
    except DamagedError:
        return []


def source_identity(record: PackageRecord, node: ConcreteSpec) -> str | None:
    """Checksum or commit of the node's version, None if nothing identifies its source."""
    if not record.has_code:
        return ""
    commit = node.variants.get("commit")
    if isinstance(commit, str):
        return commit
    declared = next((v for v in record.versions if v.version == node.version), None)
    if declared is None:
        return None
    if declared.checksum is not None:
        return declared.checksum[1]
    return declared.commit
