"""Checks one section of one file against its JSON schema, and says what is wrong and where.

The schemas are the files ``schemas/<section>.json``. Only loaded when a file is not in the cache:
importing jsonschema takes longer than most commands.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from spack.config.values.merging import split_key
from spack.config.values.values import Key, Value
from spack.errors import ConfigurationError, Origin, did_you_mean
from spack.named_tuples import NamedTuple
from spack.type_names import Any

#: Every section, in the order in which they are shown.
SECTIONS = tuple(
    "config packages concretizer repos mirrors modules view definitions develop env_vars include "
    "toolchains compilers upstreams trust bootstrap container ci cdash".split()
)

#: Keys of a manifest that make it a project of several environments, and other spellings.
PROJECT_KEYS = ("features", "environments", "platforms", "system_requirements")
PROJECT_SPELLINGS = {"system-requirements": "system_requirements"}

#: Keys of a manifest that are no sections.
MANIFEST_KEYS = ("specs", "include_concrete", "concretization", *PROJECT_KEYS)

#: Keys of earlier versions, by path, and those that took their place; ``*`` stands for any name.
_REPLACED = {
    "env": "spack",
    "gitlab-ci": "ci",
    "ci:mappings": "ci:pipeline-gen",
    "ci:script": "ci:pipeline-gen",
    "ci:service-job-attributes": "ci:pipeline-gen",
    "ci:signing-job-attributes": "ci:pipeline-gen",
    "ci:enable-artifacts-buildcache": "mirrors",
    "ci:temporary-storage-url-prefix": "mirrors",
    "config:binary_index_root": "config:misc_cache",
    "config:install_missing_compilers": "packages:NAME:externals for each compiler",
    "config:terminal_title": "config:install_status",
    "modules:*:dotkit": "modules:default:tcl",
    "packages:*:nobuild": "packages:NAME:buildable: false",
}

_SCHEMAS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "schemas")

_TYPE_NAMES = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
    "null": "empty",
}


class Complaint(NamedTuple):
    """A finding of jsonschema: the broken rule, the value, its place, and inner findings."""

    rule: str
    wanted: Any
    instance: Any
    schema: Mapping[str, Any]
    path: tuple[Key, ...]
    alternative: int
    is_at_top: bool
    message: str
    context: tuple[Any, ...]


def _complaint(error: Any) -> Complaint:
    return Complaint(
        error.validator,
        error.validator_value,
        error.instance,
        error.schema,
        tuple(error.absolute_path),
        error.relative_schema_path[0] if error.parent is not None else 0,
        not error.relative_path,
        error.message,
        tuple(error.context),
    )


def schema(section: str) -> dict[str, Any]:
    """The JSON schema of a section."""
    import json

    with open(os.path.join(_SCHEMAS, f"{section}.json"), encoding="utf-8") as file:
        loaded: dict[str, Any] = json.load(file)
        return loaded


def expects_list(section: str, keys: Sequence[str]) -> bool:
    """Whether the schema of a section permits nothing but a list below some keys."""
    here: Any = schema(section)
    for key in keys:
        known = here.get("properties", {})
        here = known.get(key, here.get("additionalProperties"))
        if not isinstance(here, dict):
            return False
    return bool(here.get("type") == "array")


def check_section_name(name: str, origin: Origin) -> None:
    """Raises :class:`ConfigurationError` when there is no such section."""
    if name not in SECTIONS:
        raise ConfigurationError(
            f"'{name}' is not a configuration section"
            + (replacement(name) or did_you_mean(name, SECTIONS)),
            origin=origin,
            hint=f"one of {', '.join(SECTIONS)}",
        )


def replacement(path: str) -> str | None:
    """A question to append to the message about an unknown key that had a meaning once."""
    keys = path.split(":")
    general = ":".join([keys[0], "*", *keys[2:]])
    new = _REPLACED.get(path) or _REPLACED.get(general)
    return f" any more; {new} took its place" if new else None


def check_manifest_keys(body: Value) -> None:
    """Raises :class:`ConfigurationError` for a key below ``spack:`` that means nothing."""
    known = (*MANIFEST_KEYS, *SECTIONS)
    for raw in body.data:
        key = split_key(raw)[0]
        if PROJECT_SPELLINGS.get(key, key) not in known:
            question = replacement(key) or did_you_mean(key, known)
            raise ConfigurationError(
                f"'{key}' is not a key of an environment{question}",
                origin=body.key_origin(raw),
                hint=None if question else "the keys are " + ", ".join(known),
            )


def validate(section: str, value: Value) -> None:
    """Check a section's value.

    Raises:
        ConfigurationError: the first thing that is wrong, at its own line.
    """
    import jsonschema

    rules = schema(section)
    keys: dict[tuple[Key, ...], Value] = {}
    plain = _without_suffixes(value, (), keys)
    validator = jsonschema.Draft202012Validator(rules)
    found = [_deepest(_complaint(error)) for error in validator.iter_errors(plain)]
    if found:
        first = min(found, key=lambda c: (_place(c, keys, value).line, len(c.path)))
        raise _explain(first, section, keys, value)


def _without_suffixes(value: Value, path: tuple[Key, ...], places: dict[Any, Value]) -> Any:
    """Plain data with ``key::`` as ``key``; records the value at each path."""
    places[path] = value
    if isinstance(value.data, dict):
        return {
            key: _without_suffixes(child, (*path, key), places)
            for key, child in ((split_key(raw)[0], child) for raw, child in value.data.items())
        }
    if isinstance(value.data, list):
        return [
            _without_suffixes(child, (*path, index), places)
            for index, child in enumerate(value.data)
        ]
    return value.data


def _deepest(complaint: Complaint) -> Complaint:
    """Of the alternatives of an ``anyOf``, the complaint about the one that was probably meant."""
    while complaint.rule in ("anyOf", "oneOf") and complaint.context:
        branches: dict[int, list[Complaint]] = {}
        for error in complaint.context:
            inner = _complaint(error)
            branches.setdefault(inner.alternative, []).append(inner)
        # An alternative of the right type, that is, one that does not fail at its own top.
        fitting = [
            inner
            for inner in branches.values()
            if not any(c.rule in ("type", "enum", "required") and c.is_at_top for c in inner)
        ]
        if not fitting:
            return complaint
        fewest = min(fitting, key=lambda inner: (len(inner), -max(len(c.path) for c in inner)))
        complaint = max(fewest, key=lambda c: len(c.path))
    return complaint


def _place(complaint: Complaint, places: dict[Any, Value], top: Value) -> Origin:
    here = places.get(complaint.path, top)
    if complaint.rule == "additionalProperties" and isinstance(here.data, dict):
        for key in _unknown_keys(complaint):
            return next(here.key_origin(raw) for raw in here.data if split_key(raw)[0] == key)
    return here.origin


def _unknown_keys(complaint: Complaint) -> list[str]:
    import re

    known = complaint.schema.get("properties", {})
    patterns = complaint.schema.get("patternProperties", {})
    return [
        key
        for key in complaint.instance
        if key not in known and not any(re.search(pattern, key) for pattern in patterns)
    ]


def _explain(
    complaint: Complaint, section: str, places: dict[Any, Value], top: Value
) -> ConfigurationError:
    place = _place(complaint, places, top)
    path = ":".join([section, *(str(key) for key in complaint.path)])
    message, hint = _sentence(complaint, path, _short(complaint.instance))
    return ConfigurationError(message, origin=place, hint=hint)


def _sentence(complaint: Complaint, path: str, shown: str) -> tuple[str, str | None]:
    """The message and the hint for a broken rule."""
    rule, wanted = complaint.rule, complaint.wanted
    if rule == "additionalProperties":
        key = _unknown_keys(complaint)[0]
        known = sorted(complaint.schema.get("properties", {}))
        question = replacement(f"{path}:{key}") or did_you_mean(key, known)
        listing = f"the keys are {', '.join(known)}" if known and not question else None
        return f"{path} has no key '{key}'{question}", listing
    if rule == "enum":
        choices = [str(choice) for choice in wanted]
        question = did_you_mean(str(complaint.instance), choices)
        return f"{path} cannot be {shown}{question}", f"one of {', '.join(choices)}"
    if rule == "type":
        kinds = _kinds([wanted] if isinstance(wanted, str) else wanted)
        return f"{path} must be {kinds}, not {shown}", None
    if rule in ("anyOf", "oneOf"):
        return _alternatives(complaint, path, shown)
    if rule == "required":
        missing = next(key for key in wanted if key not in complaint.instance)
        return f"{path} needs the key '{missing}'", None
    if rule == "minimum":
        return f"{path} must be at least {wanted}, not {shown}", None
    return f"{path} cannot be {shown}: {complaint.message}", None


def _alternatives(complaint: Complaint, path: str, shown: str) -> tuple[str, str | None]:
    """Nothing fits: a key is missing, no type is right, or a word is not among those permitted."""
    words: list[str] = []
    kinds: list[str] = []
    required: list[str] = []
    for alternative in complaint.wanted:
        words += [str(word) for word in alternative.get("enum", ())]
        required += alternative.get("required", ())
        kind = alternative.get("type", [])
        if "enum" not in alternative:
            kinds += [kind] if isinstance(kind, str) else kind
    if required and isinstance(complaint.instance, dict):
        keys = set(complaint.instance)
        known = sorted({key for form in complaint.wanted for key in form.get("properties", ())})
        for key in complaint.instance:
            if known and key not in known:
                question = did_you_mean(key, known)
                listing = None if question else f"the keys are {', '.join(known)}"
                return f"{path} has no key '{key}'{question}", listing
        for form in complaint.wanted:
            missing = [key for key in form.get("required", ()) if key not in keys]
            if len(missing) < len(form.get("required", ())):
                return f"{path} needs the key '{missing[0]}'", None
        return f"{path} needs one of the keys {', '.join(dict.fromkeys(required))}", None
    wanted = " or ".join(filter(None, [_kinds(kinds), ", ".join(words)]))
    question = did_you_mean(str(complaint.instance), words)
    return f"{path} must be {wanted}, not {shown}{question}", None


def _kinds(names: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(_TYPE_NAMES[name] for name in names))


def _short(instance: Any) -> str:
    import json

    text = json.dumps(instance, ensure_ascii=False, default=str)
    if isinstance(instance, str):
        text = f"'{instance}'"
    return text if len(text) <= 60 else text[:57] + "..."
