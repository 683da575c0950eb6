"""Keys that are accepted and that nothing reads in this version: one table, and what is told of it.

They stay valid, so that files can be shared with programs that read them. Whoever gives one of
these keys a meaning takes its row away; a test compares the table with what is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from spack.config.scopes.deprecations import NoEffect
from spack.config.values.merging import split_key
from spack.config.values.values import Value

#: Paths below sections; ``*`` stands for any key. Empty lists and mappings say nothing.
WITHOUT_EFFECT: tuple[str, ...] = (
    "bootstrap",
    "cdash",
    "ci",
    "concretizer:os_compatible",
    "concretizer:static_analysis",
    "config:binary_index_ttl",
    "config:installer",
    "config:suppress_gpg_warnings",
    "config:template_dirs",
    "container",
    "mirrors:*:endpoint_url",
    "mirrors:*:fetch:endpoint_url",
    "mirrors:*:push:endpoint_url",
    # The other keys of a set of module files matter where a kind is enabled.
    "modules:*:enable",
    "upstreams:*:modules",
    "view:*:fold",
)

_ROWS = [row.split(":") for row in WITHOUT_EFFECT]


def keys_without_effect(sections: Mapping[str, Value]) -> list[NoEffect]:
    """Those keys of the sections of one file that nothing reads."""
    return [
        note
        for raw, value in sections.items()
        for section, *keys in _ROWS
        if section == split_key(raw)[0]
        for note in _found(value, keys, section)
    ]


def _found(value: Value, keys: Sequence[str], path: str) -> Iterator[NoEffect]:
    if not keys:
        if value.data not in ([], {}, None):
            yield NoEffect(value.origin, path)
    elif isinstance(value.data, dict):
        for raw, child in value.data.items():
            name = split_key(str(raw))[0]
            if keys[0] in ("*", name):
                yield from _found(child, keys[1:], f"{path}:{name}")
