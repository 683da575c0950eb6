"""A copy of a checked manifest that is quick to read, beside the environment's metadata.

Parsing YAML and checking schemas takes longer than most commands; a manifest that has not changed
since it was checked is read from ``.spack-env/manifest.json`` instead. Deleting that file is safe,
and an environment that cannot be written to has none.
"""

from __future__ import annotations

import json
import os
import time

import spack
from spack.config.scopes.deprecations import Deprecation
from spack.config.values.values import pack, unpack
from spack.environments.manifests.manifest import Manifest, read_manifest
from spack.errors import Origin
from spack.system.files.kept import DamagedError, Stamp, lasting_stamp, read_kept, write_kept
from spack.type_names import Any

NAME = "manifest.json"

#: Changes when the content of the cache file means something else.
_FORMAT = 1


def read_manifest_cached(path: str, folder: str) -> Manifest:
    """The manifest in a file, from the cache in ``folder`` if that is current.

    Raises:
        what :func:`spack.environments.manifests.manifest.read_manifest` raises
    """
    seen = time.time_ns()
    stamp = Stamp.of(path)
    if stamp is None:
        return read_manifest(path)
    key = _key(stamp)
    cache = os.path.join(folder, NAME)
    try:
        found = read_kept(cache, lambda content: _parse(content, path, key))
    except DamagedError:
        found = None
    if found is not None:
        return found
    manifest = read_manifest(path)
    if stamp.settled(seen) and os.path.isdir(folder):
        _store(cache, manifest, key)
    return manifest


def _key(stamp: Stamp) -> list[Any]:
    """The key that a cache file must have to be used; the schemas change with the program."""
    schemas = lasting_stamp(os.path.join(os.path.dirname(spack.__file__), "config", "schemas"))
    return [_FORMAT, spack.__version__, schemas, stamp.lasting]


def _parse(content: bytes, path: str, key: list[Any]) -> Manifest | None:
    """The manifest in a cache file; None if that is of another key."""
    data = json.loads(content)
    if data["key"] != key:
        return None
    return Manifest(
        path,
        data["text"],
        unpack(data["body"], path),
        {name: unpack(packed, path) for name, packed in data["sections"].items()},
        tuple(
            Deprecation(Origin(path, line, column), old, new)
            for line, column, old, new in data["deprecations"]
        ),
        {
            feature: {raw: unpack(packed, path) for raw, packed in sections.items()}
            for feature, sections in data.get("features", {}).items()
        },
    )


def _store(cache: str, manifest: Manifest, key: list[Any]) -> None:
    data = {
        "key": key,
        "text": manifest.text,
        "body": pack(manifest.body),
        "sections": {name: pack(value) for name, value in manifest.sections.items()},
        "deprecations": [
            [note.origin.line, note.origin.column, note.old, note.new]
            for note in manifest.deprecations
        ],
    }
    if manifest.feature_sections:
        data["features"] = {
            feature: {raw: pack(value) for raw, value in sections.items()}
            for feature, sections in manifest.feature_sections.items()
        }
    try:
        text = json.dumps(data, separators=(",", ":"))
    except TypeError:
        return
    write_kept(cache, text)
