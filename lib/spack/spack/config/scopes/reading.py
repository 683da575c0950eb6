"""Reads configuration files: parsed, modernized and checked, or straight from the cache.

A file in the cache costs one ``stat``; only a file that is new or changed pays for the YAML parser
and for jsonschema. The cache is one file per instance, holding for each configuration file what
``stat`` said and the sections as plain tuples. It is only ever a copy: deleting it is safe.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
import zlib

import spack
from spack.config.scopes.deprecations import Deprecation, NoEffect, modernize
from spack.config.scopes.validation import (
    SECTIONS,
    check_manifest_keys,
    check_section_name,
    validate,
)
from spack.config.values.merging import split_key
from spack.config.values.values import Value, pack, unpack
from spack.errors import ConfigurationError, Origin
from spack.named_tuples import NamedTuple
from spack.system.files.kept import DamagedError, Stamp, lasting_stamp, read_kept, write_kept
from spack.type_names import Any, Callable

#: Top-level keys of a manifest that are no configuration sections: the environments layer's.
MANIFEST = "spack"

#: Parsed files and other things that the cache keeps, the most recently made.
_CACHE_ENTRIES = 100


class ParsedFile(NamedTuple):
    """The sections of one file by raw key (``packages:`` for ``packages::``)."""

    sections: dict[str, Value]
    deprecations: tuple[Deprecation, ...]
    without_effect: tuple[NoEffect, ...]

    def section(self, name: str) -> tuple[Value, str] | None:
        """A section's value and the suffix of its key."""
        for raw, value in self.sections.items():
            key, suffix = split_key(raw)
            if key == name:
                return value, suffix
        return None


class FileReader:
    """Reads configuration files through a cache.

    Args:
        cache_directory: where the cache file lies; made when needed. None: no cache.
        instance: the clone; its cache is not shared with others.
    """

    def __init__(self, cache_directory: str | None, instance: str) -> None:
        self._cache_file: str | None = None
        if cache_directory is not None:
            name = f"configuration-{zlib.crc32(instance.encode()):08x}.marshal"
            self._cache_file = os.path.join(cache_directory, name)
        self._entries: dict[str, Any] | None = None
        self._parsed: dict[str, ParsedFile] = {}

    def read(self, path: str) -> ParsedFile:
        """The sections of a file; empty when the file does not exist.

        Raises:
            ConfigurationError: unreadable, no YAML, an unknown key or a wrong value.
        """
        if path not in self._parsed:
            self._parsed[path] = self._read(path)
        return self._parsed[path]

    def _read(self, path: str) -> ParsedFile:
        packed = self.worked_out(path, path, lambda: _pack_file(parse_file(path)))
        return ParsedFile({}, (), ()) if packed is None else _unpack_file(packed, path)

    def worked_out(self, key: str, path: str | None, work: Callable[[], Any]) -> Any:
        """The plain data that ``work`` makes from a file or folder, or what was kept of it.

        Args:
            path: where nothing is, the data is None; None for data that depends on the key alone.

        Raises:
            ConfigurationError: the path cannot be looked at.
            whatever the work raises.
        """
        seen = time.time_ns()
        stamp = Stamp(0, 0, 0) if path is None else _stamp(path)
        if stamp is None:
            return None
        entries = self._load()
        entry = entries.get(key)
        if entry is not None and entry[0] == stamp.lasting:
            return entry[1]
        data = work()
        if stamp.settled(seen):
            entries.pop(key, None)
            entries[key] = (stamp.lasting, data)
            for oldest in list(entries)[:-_CACHE_ENTRIES]:
                del entries[oldest]
            if self._cache_file is not None:
                write_kept(self._cache_file, marshal.dumps((_cache_key(), entries)))
        return data

    def _load(self) -> dict[str, Any]:
        if self._entries is None:
            self._entries = {}
            if self._cache_file is not None:
                try:
                    self._entries = read_kept(self._cache_file, _current_entries)
                except DamagedError:
                    pass
        return self._entries


def _stamp(path: str) -> Stamp | None:
    try:
        return Stamp.of_status(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from None


def _current_entries(content: bytes) -> dict[str, Any]:
    key, entries = marshal.loads(content)
    return dict(entries) if key == _cache_key() else {}


def parse_file(path: str) -> ParsedFile:
    """Parse and check a file without the cache."""
    from spack.config.values.yaml_values import read_yaml

    top = read_yaml(path)
    if top.data is None:
        return ParsedFile({}, (), ())
    if not isinstance(top.data, dict):
        raise ConfigurationError("the file must contain a mapping of sections", origin=top.origin)
    if MANIFEST in top.data:
        return parse_manifest(top.data[MANIFEST])
    for raw in top.data:
        check_section_name(split_key(raw)[0], top.key_origin(raw))
    return _checked(dict(top.data))


def parse_manifest(body: Value) -> ParsedFile:
    """The configuration sections of the mapping below ``spack:``; its other keys are left out."""
    if body.data is None:
        return ParsedFile({}, (), ())
    if not isinstance(body.data, dict):
        raise ConfigurationError("'spack' must be a mapping", origin=body.origin)
    check_manifest_keys(body)
    wanted = (*SECTIONS, "concretization")
    return _checked({raw: v for raw, v in body.data.items() if split_key(raw)[0] in wanted})


def _checked(raw_sections: dict[str, Value]) -> ParsedFile:
    present = {raw: value for raw, value in raw_sections.items() if value.data is not None}
    seen: dict[str, str] = {}
    for raw, value in present.items():
        former = seen.setdefault(split_key(raw)[0], raw)
        if former != raw:
            raise ConfigurationError(
                f"the file has the same section twice, as '{former}:' and as '{raw}:'",
                origin=value.origin,
                hint="merge both into one of them",
            )
    from spack.config.scopes.effects import keys_without_effect

    sections, deprecations = modernize(present)
    for raw, value in sections.items():
        validate(split_key(raw)[0], value)
    return ParsedFile(sections, tuple(deprecations), tuple(keys_without_effect(sections)))


def _cache_key() -> tuple[Any, ...]:
    """Changes with Python, with this program's version and with the code of this layer."""
    layer = os.path.dirname(os.path.dirname(__file__))
    folders = (os.path.join(layer, name) for name in ("scopes", "values", "schemas"))
    return sys.version, spack.__version__, tuple(lasting_stamp(folder) for folder in folders)


def _pack_file(parsed: ParsedFile) -> tuple[Any, ...]:
    sections = {raw: pack(value) for raw, value in parsed.sections.items()}
    notes: list[tuple[int, int, str, str]] = [
        (note.origin.line, note.origin.column, note.old, note.new) for note in parsed.deprecations
    ]
    unread = [
        (note.origin.line, note.origin.column, note.key, note.what)
        for note in parsed.without_effect
    ]
    return sections, notes, unread


def _unpack_file(packed: tuple[Any, ...], path: str) -> ParsedFile:
    sections, notes, unread = packed
    return ParsedFile(
        {raw: unpack(packed, path) for raw, packed in sections.items()},
        tuple(
            Deprecation(Origin(path, line, column), old, new) for line, column, old, new in notes
        ),
        tuple(NoEffect(Origin(path, line, column), *note) for line, column, *note in unread),
    )


def _unreadable(path: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"cannot read the file: {error.strerror}",
        origin=Origin(path),
        hint="check its permissions",
    )
