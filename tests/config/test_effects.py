"""Every key of the schemas is read by something, or told to have no effect in this version.

What reads a key is derived: the settings are made with the key and without it, and what differs is
a field that the program has to ask for. Keys that no settings hold must be named in the program.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Callable

import pytest
from tests.config.test_every_key import TABLE, Row, wrapped

from spack.config.scopes.effects import WITHOUT_EFFECT, keys_without_effect
from spack.config.scopes.validation import SECTIONS, schema
from spack.config.settings.module_settings import modules_settings
from spack.config.settings.package_settings import package_settings, toolchain_settings
from spack.config.settings.place_settings import (
    mirror_settings,
    repository_settings,
    upstream_settings,
)
from spack.config.settings.program_settings import concretizer_settings, config_settings
from spack.config.values.path_variables import PathVariables, no_host_facts
from spack.config.values.values import Value, located
from spack.config.values.yaml_values import parse_yaml

PROGRAM = Path(__file__).parents[2] / "lib" / "spack" / "spack"
PATHS = PathVariables("/clone", "/cache", "/environment", {}, no_host_facts)

#: Section -> what makes its settings.
MAKERS: Mapping[str, Callable[[Value], Any]] = {
    "concretizer": lambda value: concretizer_settings(value, PATHS),
    "config": lambda value: config_settings(value, PATHS, "/state"),
    "modules": lambda value: modules_settings(value, PATHS),
    "mirrors": lambda value: mirror_settings(value, PATHS),
    "packages": lambda value: package_settings(value, PATHS),
    "repos": lambda value: repository_settings(value, PATHS),
    "toolchains": toolchain_settings,
    "upstreams": lambda value: upstream_settings(value, PATHS),
}

ABSENT = object()

#: Values that differ from what holds where a key is absent.
UNUSUAL = (True, False, 7, "a", ["a"], ["7"])


@cache
def program_words() -> tuple[set[str], set[str]]:
    """Attributes that the program reads outside of the settings, and the texts in its code."""
    attributes: set[str] = set()
    constants: set[str] = set()
    for path in PROGRAM.rglob("*.py"):
        where = path.relative_to(PROGRAM).as_posix()
        if where.startswith("config/settings/") or where == "config/scopes/effects.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                attributes.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.update(node.value.split(":"))
            elif isinstance(node, (ast.AnnAssign, ast.keyword)):
                target = node.target if isinstance(node, ast.AnnAssign) else None
                if isinstance(target, ast.Name):
                    constants.add(target.id)
    return attributes, constants


def without(data: Any) -> Any:
    """Data without the keys and elements that are absent."""
    if isinstance(data, dict):
        return {key: without(value) for key, value in data.items() if value is not ABSENT}
    if isinstance(data, list):
        return [without(value) for value in data if value is not ABSENT]
    return data


def differences(first: Any, second: Any, field: str = "") -> Iterator[str]:
    """Names of the innermost fields in which two settings differ."""
    if first == second:
        return
    if isinstance(first, tuple) and hasattr(first, "_fields") and type(first) is type(second):
        for name in first._fields:
            if name not in ("origin",) and not name.endswith("_origin"):
                yield from differences(getattr(first, name), getattr(second, name), name)
    elif isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        for key in first:
            yield from differences(first[key], second[key], field)
    elif isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second):
        for one, other in zip(first, second):
            yield from differences(one, other, field)
    else:
        yield field


def settings(section: str, data: Any) -> Any:
    return MAKERS[section](located(data, "file"))


def is_read(section: str, path: str, rows: list[Row]) -> bool:
    """Whether the program reads a key, given the rows with its values."""
    attributes, constants = program_words()
    words = [word for word in path.replace("[]", "").split(".") if not word.startswith(("<", "{"))]
    last = words[-1].partition(" ")[0] if words else section
    if section not in MAKERS:
        return last in constants or last in attributes
    fields: set[str] = set()
    required = False
    for value in [*(row.value for row in rows), *UNUSUAL]:
        row = rows[0]._replace(value=value)
        absent = without(wrapped(row._replace(value=ABSENT)))
        try:
            present = settings(section, wrapped(row))
        except (AttributeError, TypeError, ValueError):
            continue  # a value that the schema does not permit
        try:
            fields.update(differences(present, settings(section, absent)))
        except (KeyError, TypeError):
            required = True
    if not fields:
        return required and (last in attributes or last in constants)
    return any(field in attributes or field == "" for field in fields)


def is_told(row: Row) -> bool:
    """Whether a key with some value is warned of, whatever the value."""
    notes = keys_without_effect({row.section: located(wrapped(row), "file")})
    return any(note.key.split(":")[0] == row.section for note in notes)


KEYS: dict[tuple[str, str], list[Row]] = {}
for _row in TABLE:
    # Older forms are turned into others before they are read.
    if _row.section != "compilers" and (_row.section, _row.path) != ("repos", "[]"):
        KEYS.setdefault((_row.section, _row.path), []).append(_row)


@pytest.mark.parametrize("key", KEYS, ids=" ".join)
def test_a_key_is_read_or_told(key: tuple[str, str]) -> None:
    rows = KEYS[key]
    told = any(is_told(row) for row in rows)
    if key[0] in WITHOUT_EFFECT:
        assert told
    else:
        assert is_read(*key, rows) != told, "read and in the table, or neither"


def schema_keys(rules: Any) -> Iterator[str]:
    """Names of all keys that a schema lists, at any depth."""
    if isinstance(rules, dict):
        yield from rules.get("properties", ())
        for value in rules.values():
            yield from schema_keys(value)
    elif isinstance(rules, list):
        for value in rules:
            yield from schema_keys(value)


@pytest.mark.parametrize("section", sorted(set(SECTIONS) - {"ci", "cdash"}))
def test_keys_of_our_own_are_read_or_told(section: str) -> None:
    listed = {word for name, path in KEYS if name == section for word in re.split(r"[^\w]+", path)}
    if section == "compilers":
        return
    attributes, constants = program_words()
    for key in set(schema_keys(schema(section))) - listed:
        told = any(row.split(":")[0] == section and key in row.split(":") for row in WITHOUT_EFFECT)
        assert told or section in WITHOUT_EFFECT or key in attributes | constants, key


def test_rows_name_keys_of_the_schemas() -> None:
    for row in WITHOUT_EFFECT:
        section, *keys = row.split(":")
        assert set(keys) - {"*"} <= set(schema_keys(schema(section))), row


def test_sections_for_other_programs_are_no_surprise() -> None:
    text = "ci:\n  pipeline-gen: []\nbootstrap:\n  enable: false\n"
    notes = keys_without_effect(parse_yaml(text, "f").data)
    assert {note.key: note.is_surprising for note in notes} == {"ci": False, "bootstrap": True}


def test_what_is_told() -> None:
    text = """\
config:
  installer: old
  build_jobs: 2
concretizer:
  reuse: {roots: true}
  static_analysis: true
  os_compatible: {}
"""
    top = parse_yaml(text, "/f/spack.yaml").data
    assert [str(note) for note in keys_without_effect(top)] == [
        "/f/spack.yaml:2:14: config:installer is ignored in this version",
        "/f/spack.yaml:6:20: concretizer:static_analysis is ignored in this version",
    ]
