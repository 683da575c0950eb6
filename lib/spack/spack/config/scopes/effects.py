"""Keys that are accepted and that nothing reads in this version: one table, and what is told of it.

They stay valid, so that files can be shared with programs that read them. Whoever gives one of
these keys a meaning takes its row away; a test compares the table with what is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from spack.config.scopes.deprecations import NoEffect
from spack.config.values.external_specs import external_spec, why_ignored
from spack.config.values.merging import split_key
from spack.config.values.values import Value

#: Paths below sections; ``*`` stands for any key. Empty lists and mappings say nothing.
WITHOUT_EFFECT: tuple[str, ...] = (
    "bootstrap",
    "cdash",
    "ci",
    "concretizer:os_compatible",
    "concretizer:static_analysis",
    "config:installer",
    "config:suppress_gpg_warnings",
    "container:docker",
)

_ROWS = [row.split(":") for row in WITHOUT_EFFECT]


def keys_without_effect(sections: Mapping[str, Value]) -> list[NoEffect]:
    """Those keys of the sections of one file that nothing reads, and odd externals."""
    notes = [
        note
        for raw, value in sections.items()
        for section, *keys in _ROWS
        if section == split_key(raw)[0]
        for note in _found(value, keys, section)
    ]
    for raw, value in sections.items():
        if split_key(raw)[0] == "packages":
            notes += _odd_externals(value)
    return notes


def _odd_externals(section: Value) -> Iterator[NoEffect]:
    """Entries of externals that are ignored, or taken for more than they say."""
    for raw, package in section.data.items():
        name = split_key(str(raw))[0]
        settings = package.data if isinstance(package.data, dict) else {}
        listed = [value for key, value in settings.items() if split_key(key)[0] == "externals"]
        for entry in (entry for value in listed for entry in value.data):
            data = entry.plain()
            text = data["spec"]
            spec = external_spec(text, name)
            reason = why_ignored(text, name)
            if reason is not None:
                what = f"ignored because {reason}"
            elif not (data.get("prefix") or data.get("modules")):
                what = "ignored because it has neither prefix nor modules"
            elif spec != text:
                what = f"taken for {spec} because it does not name a package"
            else:
                continue
            yield NoEffect(entry.origin, f"the external {text!r} of {name}", what)


def _found(value: Value, keys: Sequence[str], path: str) -> Iterator[NoEffect]:
    if not keys:
        if value.data not in ([], {}, None):
            yield NoEffect(value.origin, path)
    elif isinstance(value.data, dict):
        for raw, child in value.data.items():
            name = split_key(str(raw))[0]
            if keys[0] in ("*", name):
                yield from _found(child, keys[1:], f"{path}:{name}")
