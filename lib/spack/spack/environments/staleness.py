"""The inputs of the solves of a project, as digests: whether a lock was made from a manifest.

The lock has a record for each environment: its features, bases, solve group, and a digest for each
key of the manifest that its solve depends on. The digest of all records is in the header. Digests
are of meaning: comments, styles, the order of keys and of roots make no difference. Knows no files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from spack.config.values.merging import split_key
from spack.config.values.values import Value
from spack.environments.manifests.projects import Feature, ProjectEnvironment
from spack.environments.manifests.spec_lists import UserSpec
from spack.errors import SpackError
from spack.language.digests import sha256
from spack.type_names import Any

#: Sections that solves depend on, and of ``config`` the keys.
SECTIONS = ("packages", "concretizer", "repos", "toolchains", "develop", "config")
_CONFIG_KEYS = ("deprecated",)

#: Keys of a group of roots that its solve depends on, beside the roots.
_GROUP_KEYS = ("group", "needs", "override", "explicit")

#: The key of the header with the digest of all records, and of a record with those of its inputs.
DIGEST, INPUTS = "manifest", "inputs"

#: Characters of the digest of one input.
_SHORT = 16

Record = Mapping[str, Any]


class StaleLockError(SpackError):
    """The lock was not made from this manifest, and must not be changed."""

    exit_code = 3


def record(
    environment: ProjectEnvironment,
    features: Sequence[Feature],
    roots: Mapping[str, Sequence[UserSpec]],
    files: Mapping[str, Iterable[tuple[str, Value, str]]] = {},
) -> Record:
    """The record of an environment.

    Args:
        features: those that apply, the ones that win first.
        roots: of each feature.
        files: sections of included files by what names each file: name, value, suffix.
    """
    inputs: dict[str, str] = {}
    for feature in features:
        if roots.get(feature.name):
            inputs[f"{feature.path}specs"] = _digest(_roots(feature, roots[feature.name]))
        for raw, value in feature.sections.items():
            name, suffix = split_key(raw)
            inputs.update(_input(f"{feature.path}{name}", name, value, suffix))
    for file, sections in files.items():
        for name, value, suffix in sections:
            inputs.update(_input(f"{file}:{name}", name, value, suffix))
    found: dict[str, Any] = {"features": list(environment.features)}
    if environment.bases:
        found["environments"] = list(environment.bases)
    if environment.solve_group:
        found["solve_group"] = environment.solve_group
    found[INPUTS] = inputs
    return found


def without_roots(found: Record) -> Record:
    """The record of an environment whose lock has not all of its roots any more."""
    inputs = {key: value for key, value in found[INPUTS].items() if not _is_of_roots(key)}
    return {**found, INPUTS: inputs}


def _is_of_roots(key: str) -> bool:
    return key.endswith("specs")


def _input(key: str, section: str, value: Value, suffix: str) -> dict[str, str]:
    if section == "config":
        value = value.with_data({k: v for k, v in value.data.items() if k in _CONFIG_KEYS})
        if not value.data:
            return {}
    elif section not in SECTIONS:
        return {}
    return {key: _digest([suffix, canonical(value, ordered=section == "repos")])}


def canonical(value: Value, *, ordered: bool = False) -> Any:
    """Plain data that is equal for equal meaning; keys are sorted unless their order counts."""
    if isinstance(value.data, dict):
        found = [[key, canonical(child)] for key, child in value.data.items()]
        return ["mapping", *(found if ordered else sorted(found, key=lambda item: str(item[0])))]
    if isinstance(value.data, list):
        return [canonical(child) for child in value.data]
    return " ".join(value.data.split()) if isinstance(value.data, str) else value.data


def _roots(feature: Feature, roots: Sequence[UserSpec]) -> Any:
    groups = [
        canonical(
            entry.with_data({k: v for k, v in entry.data.items() if k in ("needs", "override")})
        )
        + [canonical(entry.data["group"])]
        for entry in feature.specs.data
        if isinstance(entry.data, dict) and "group" in entry.data
    ]
    return [sorted([root.group, str(root.spec)] for root in roots), groups]


def digest(records: Mapping[str, Record]) -> str:
    """The digest of the records of all environments."""
    return str(sha256(_text(sorted(records.items()))).hexdigest())


def _digest(data: Any) -> str:
    return str(sha256(_text(data)).hexdigest())[:_SHORT]


def _text(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), default=str).encode()


def changed_keys(before: Mapping[str, Record], now: Mapping[str, Record]) -> list[str]:
    """Keys of the manifest whose meaning is not that of the records before, in order."""
    found: dict[str, None] = {}
    for name in [*now, *(name for name in before if name not in now)]:
        old, new = before.get(name), now.get(name)
        if old is None or new is None:
            found.setdefault(f"environments:{name}")
            continue
        for key in ("features", "environments", "solve_group"):
            if old.get(key) != new.get(key):
                found.setdefault(f"environments:{name}:{key}")
        inputs = old.get(INPUTS, {}), new.get(INPUTS, {})
        for key in [*inputs[1], *(key for key in inputs[0] if key not in inputs[1])]:
            if inputs[0].get(key) != inputs[1].get(key):
                found.setdefault(key)
    return list(found)


def solves_again(before: Record | None, now: Record) -> bool:
    """Whether all roots of an environment are decided again: not only its roots have changed."""
    if before is None:
        return False
    if any(before.get(key) != now.get(key) for key in ("environments", "solve_group")):
        return True
    return _settings(before) != _settings(now)


def _settings(found: Record) -> list[tuple[str, str]]:
    """The inputs beside roots, in their order of precedence."""
    return [item for item in found.get(INPUTS, {}).items() if not _is_of_roots(item[0])]


def check(before: Mapping[str, Record] | None, now: Mapping[str, Record], lock: str) -> None:
    """Refuse a lock that is not that of the manifest.

    Args:
        before: the records in the lock; None without a lock.
        lock: path of the lock, for the message.

    Raises:
        StaleLockError: says which keys changed.
    """
    hint = "concretize where that is wanted and commit the lock file, or use --no-locked"
    if before is None:
        raise StaleLockError(f"there is no lock file {lock}", hint=hint)
    keys = changed_keys(before, now)
    if keys:
        raise StaleLockError(
            f"{lock} was made from another manifest: changed since are " + ", ".join(keys),
            hint=hint,
        )
