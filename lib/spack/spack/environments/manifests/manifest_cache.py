"""A copy of a checked manifest that is quick to read, beside the environment's metadata.

Parsing YAML and checking schemas takes longer than most commands; a manifest that has not changed
since it was checked is read from ``.spack-env/manifest.json`` instead. Deleting that file is safe,
and an environment that cannot be written to has none.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, List, Optional

import spack
from spack.config.scopes.deprecations import Deprecation
from spack.config.scopes.reading import Stamp, file_stamp
from spack.config.values.values import pack, unpack
from spack.environments.manifests.manifest import Manifest, read_manifest
from spack.errors import Origin
from spack.system.files.writing import atomic_write

NAME = "manifest.json"

#: Changes when the content of the cache file means something else.
_FORMAT = 1


def read_manifest_cached(path: str, folder: str) -> Manifest:
    """The manifest in a file, from the cache in ``folder`` if that is current.

    Raises:
        what :func:`spack.environments.manifests.manifest.read_manifest` raises
    """
    stamp = file_stamp(path)
    cache = os.path.join(folder, NAME)
    found = _load(cache, path, stamp)
    if found is not None:
        return found
    manifest = read_manifest(path)
    if stamp is not None and stamp == file_stamp(path) and not _is_racy(stamp):
        _store(cache, manifest, stamp)
    return manifest


def _key(stamp: Stamp) -> List[Any]:
    """What has to be equal for a cache file to be used; the schemas change with the program."""
    schemas = file_stamp(os.path.join(os.path.dirname(spack.__file__), "config", "schemas"))
    return [_FORMAT, spack.__version__, list(schemas or ()), list(stamp)]


def _is_racy(stamp: Stamp) -> bool:
    """Changed so recently that the next change could leave the same time stamp."""
    return time.time_ns() - stamp[0] < 20_000_000


def _load(cache: str, path: str, stamp: Optional[Stamp]) -> Optional[Manifest]:
    if stamp is None:
        return None
    try:
        with open(cache, encoding="utf-8") as stream:
            data = json.load(stream)
        if data["key"] != _key(stamp):
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
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store(cache: str, manifest: Manifest, stamp: Stamp) -> None:
    data = {
        "key": _key(stamp),
        "text": manifest.text,
        "body": pack(manifest.body),
        "sections": {name: pack(value) for name, value in manifest.sections.items()},
        "deprecations": [
            [note.origin.line, note.origin.column, note.old, note.new]
            for note in manifest.deprecations
        ],
    }
    try:
        if os.path.isdir(os.path.dirname(cache)):
            atomic_write(cache, json.dumps(data, separators=(",", ":")))
    except (OSError, TypeError):
        return
