"""Every key that Spack's configuration has is known here, with each kind of value it may have.

``every_key.txt`` lists them: a line with the name of a section, then its keys with what they hold.
``[]`` is an element of a list, ``<…>`` any key, ``{a,b}`` each of some keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from spack.config.scopes.deprecations import modernize
from spack.config.scopes.validation import SECTIONS, validate
from spack.config.values.values import located
from spack.errors import ConfigurationError

#: Keys without which the mapping around a key would be incomplete.
COMPANIONS: dict[str, dict[str, Any]] = {
    "bootstrap sources[]": {"name": "a", "metadata": "b"},
    "compilers [].compiler": {
        "spec": "gcc@1", "operating_system": "x", "modules": [],
        "paths": {"cc": "a", "cxx": "a", "f77": "a", "fc": "a"},
    },
    "compilers [].compiler.paths": {"cc": "a", "cxx": "a", "f77": "a", "fc": "a"},
    "concretizer reuse.from[]": {"type": "local"},
    "concretizer splice.explicit[]": {"target": "a", "replacement": "b/c"},
    "container images.spack": {"ref": "a"},
    "definitions []": {"some": ["a"]},
    "definitions [].<*>[]": {"matrix": [["a"]]},
    "develop <*>": {"spec": "a@1"},
    "packages <pkg or all>.externals[]": {"spec": "zlib@1", "prefix": "/usr"},
    "packages <pkg or all>.externals[].dependencies[]": {"spec": "a"},
    "packages <pkg or all>.prefer[]": {"spec": "a"},
    "packages <pkg or all>.conflict[]": {"spec": "a"},
    "repos <*>": {"git": "a"},
    "toolchains <*>[]": {"spec": "%gcc"},
    "upstreams <*>": {"install_tree": "/a"},
    "view <*>": {"root": "/a"},
}  # fmt: skip

GIT_KEYS = ("git", "branch", "commit", "tag", "paths")
PATH_KEYS = ("when", "name", "path_override_env_var", "sha256", "optional", "prefer_modify")

#: Companions that only some keys of a mapping have.
PARTNERS: dict[str, dict[str, Any]] = {
    "container images.os": {"spack": "a"},
    "container images.spack": {"os": "a"},
    "container images.build": {"final": "a"},
    "container images.final": {"build": "a"},
    **{f"include [].{key}": {"git": "a", "paths": ["b"]} for key in GIT_KEYS},
    **{f"include [].{key}": {"path": "a"} for key in PATH_KEYS},
}

ENVIRONMENT_CHANGES = {
    "set": {"A": "b"}, "unset": ["A"], "prepend_path": {"A": 3}, "append_path": {"A": "b"},
    "remove_path": {"A": "b"},
}  # fmt: skip


_PART = r"\[\]|<[^>]*>|\{[^}]*\}|[^.\[\]<>{}]+"


class Row(NamedTuple):
    """A key with one of the values it may have."""

    section: str
    path: str
    value: Any

    @property
    def name(self) -> str:
        return f"{self.section} {self.path} = {self.value!r}"


def rows() -> Iterator[Row]:
    """Every line of the table, once for each kind of value."""
    section = ""
    for line in (Path(__file__).parent / "every_key.txt").read_text().splitlines():
        path, _, kinds = line.partition("  ")
        if not line:
            continue
        if not kinds:
            section = path
            continue
        if path.endswith(" (env-mods)"):
            for key, value in ENVIRONMENT_CHANGES.items():
                yield Row(section, path.replace(" (env-mods)", f".{key}"), value)
            continue
        for value in values(kinds):
            yield Row(section, path, value)


def values(kinds: str) -> list[Any]:
    """A value of each of the kinds, all of them where they are listed."""
    listed = re.search(r"\{(.*)\}", kinds)
    found: list[Any] = listed.group(1).split(", ") if listed else []
    samples = {
        "boolean": [True, False], "string": ["a"], "integer": [1], "number": [1], "null": [None],
        "array": [[]], "map": [{}],
    }  # fmt: skip
    for word in re.sub(r"\{.*\}", "", kinds).replace(" ", "").split("/"):
        if not (listed and word in ("string", "")):
            found += samples[word]
    return found


def wrapped(row: Row) -> Any:
    """The value of a whole section in which nothing but a key (and what has to be there) is set."""
    parts = re.findall(_PART, row.path)
    value = row.value
    for number in range(len(parts) - 1, -1, -1):
        part = parts[number]
        if part == "[]":
            value = [value]
            continue
        key = {"<": "some", "{": part[1:].split(",")[0]}.get(part[0], part)
        key = "c" if "\\w" in part else "zlib" if part.startswith(("<pkg", "<spec")) else key
        value = {**companions(row, parts[:number]), key: value}
    return value


def companions(row: Row, parts: list[str]) -> dict[str, Any]:
    """The keys needed beside the one whose mapping is reached by some parts of the path."""

    def joined(some: list[str]) -> str:
        text = "".join(part if part == "[]" else f".{part}" for part in some)
        return f"{row.section} {text.lstrip('.')}"

    whole = re.findall(_PART, row.path)
    found = dict(COMPANIONS.get(joined(parts), {}))
    return {**found, **PARTNERS.get(joined(whole[: len(parts) + 1]), {})}


TABLE: tuple[Row, ...] = tuple(rows())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_key_is_known(row: Row) -> None:
    value = located(wrapped(row), "file")
    if row.path == "[]" and row.section == "repos":
        # Only the older form of this section is a list.
        value = modernize({"repos": value})[0]["repos"]
    validate(row.section, value)


@pytest.mark.parametrize(
    "path", sorted({(row.section, row.path) for row in TABLE}), ids=lambda path: " ".join(path)
)
def test_a_value_of_another_kind_is_not_taken(path: tuple[str, str]) -> None:
    if path[1].endswith(("extra_attributes.<*>", "labels", "docker")) or "package_attr" in path[1]:
        return
    with pytest.raises(ConfigurationError):
        validate(path[0], located(wrapped(Row(*path, {"no": {"such": [{"thing": 1}]}})), "file"))


def test_the_table_has_every_section_but_those_of_pipelines_and_our_own() -> None:
    assert {row.section for row in TABLE} | {"ci", "cdash", "trust"} == set(SECTIONS)
    assert len(TABLE) > 350
