"""The manifest of a prefix: what was installed, so that later changes can be found.

``install_manifest.json`` maps every absolute path to its mode, owner and group; files also have
hash, time and size, links the path that they lead to. Knows no package.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from collections.abc import Mapping

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.store.layout import metadata
from spack.system.files.writing import atomic_write
from spack.type_names import Any

#: Entries of the metadata directory that change after the installation.
_LATER = ("deprecated", "test", "extensions.yaml", "binary_distribution", "install_manifest.json")


class NoManifestError(SpackError):
    """The prefix has no readable manifest."""


class Deviation(NamedTuple):
    """A difference: the path and the names of what differs (``added``, ``removed``, ``mode`` …)."""

    path: str
    what: str


def _digest(path: str) -> str:
    digest = hashlib.sha1()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return base64.b32encode(digest.digest()).decode("ascii")


def entry(path: str) -> dict[str, Any]:
    """Entry of one path for a manifest, as the path is now."""
    found = os.lstat(path)
    data: dict[str, Any] = {"mode": found.st_mode, "owner": found.st_uid, "group": found.st_gid}
    if stat.S_ISLNK(found.st_mode):
        data["dest"] = os.readlink(path)
    elif stat.S_ISREG(found.st_mode):
        data["hash"] = _digest(path)
        data["time"] = found.st_mtime
        data["size"] = found.st_size
    return data


def _paths(prefix: str) -> list[str]:
    manifest = metadata(prefix).manifest
    later = {os.path.join(metadata(prefix).directory, name) for name in _LATER}
    found = []
    for directory, folders, files in os.walk(prefix):
        folders.sort()
        for name in sorted((*folders, *files)):
            path = os.path.join(directory, name)
            if path != manifest and path not in later:
                found.append(path)
        folders[:] = [name for name in folders if os.path.join(directory, name) not in later]
    return found


def write(prefix: str) -> None:
    """Make the manifest of a prefix."""
    data = {path: entry(path) for path in _paths(prefix)}
    atomic_write(metadata(prefix).manifest, json.dumps(data, separators=(",", ":")), mode=0o644)


def read(prefix: str) -> Mapping[str, Mapping[str, Any]]:
    """The manifest by absolute path. Raises NoManifestError."""
    path = metadata(prefix).manifest
    try:
        with open(path, encoding="utf-8") as stream:
            data = json.load(stream)
    except (OSError, ValueError) as error:
        raise NoManifestError(
            f"the installation in {prefix} has no readable manifest",
            hint="install it again with --overwrite",
        ) from error
    assert isinstance(data, dict)
    return data


def verify(prefix: str) -> list[Deviation]:
    """Differences between the prefix and its manifest, sorted by path. Raises NoManifestError."""
    recorded = read(prefix)
    present = set(_paths(prefix))
    deviations = []
    for path, wanted in recorded.items():
        if not os.path.lexists(path):
            deviations.append(Deviation(path, "removed"))
            continue
        now = entry(path)
        # A file that was copied to another machine and back keeps its content, not its time.
        same_content = now.get("hash") == wanted.get("hash")
        for key in sorted({*now, *wanted}):
            if key == "time" and same_content:
                continue
            if key == "dest" and "dest" in wanted and "dest" in now:
                if os.path.realpath(os.path.join(os.path.dirname(path), str(wanted["dest"]))) == (
                    os.path.realpath(path)
                ):
                    continue
            if now.get(key) != wanted.get(key):
                deviations.append(Deviation(path, key))
    deviations += [Deviation(path, "added") for path in present if path not in recorded]
    return sorted(deviations)
