"""Public keys in a binary cache: published beside the packages, offered to readers.

A key that is read here is only a key that somebody offers; it is trusted by nobody yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from spack.buildcache.caches import BinaryCache, check
from spack.buildcache.layout import (
    KEY,
    KEY_INDEX,
    KEY_LIST,
    KEY_MANIFESTS,
    KEY_SUFFIX,
    MANIFEST,
    MANIFEST_LIMIT,
    CacheManifest,
    ManifestError,
    blob_of,
    key_path,
    parse_manifest,
)
from spack.buildcache.transports.port import Transport, UnlistedError
from spack.errors import NotFoundError
from spack.named_tuples import NamedTuple

#: Bytes of a file with a key, and of the list of keys.
_KEY_LIMIT = 1 << 20
_FINGERPRINT = re.compile("[0-9A-F]{40}|[0-9A-F]{64}")


class PublishedKey(NamedTuple):
    """A key that a cache offers: the fingerprint that it is said to have, and its text."""

    fingerprint: str
    data: bytes


def publish(transport: Transport, keys: Mapping[str, bytes], *, update: bool = False) -> None:
    """Put public keys, by fingerprint, into a cache, and list them.

    ``update``: list what the cache has, not only what its list had and the new keys. Raises
    UploadError and DownloadError.
    """
    for fingerprint, data in keys.items():
        _put(transport, key_path(fingerprint), data, KEY)
    known = set(keys)
    try:
        known |= set(_found(transport) if update else fingerprints(transport))
    except UnlistedError:
        known |= set(fingerprints(transport))
    text = json.dumps({"keys": {one: {} for one in sorted(known)}}).encode()
    _put(transport, KEY_INDEX, text, KEY_LIST)


def _put(transport: Transport, path: str, data: bytes, media_type: str) -> None:
    """Put the only blob of a manifest into a cache, then the manifest."""
    blob = blob_of(data, media_type)
    transport.upload(blob.path, data, media_type=media_type)
    manifest = CacheManifest((blob,)).text().encode()
    transport.upload(path, manifest, media_type=MANIFEST)


def _found(transport: Transport) -> Iterator[str]:
    """Fingerprints of the keys whose manifests a cache has."""
    for path in transport.list(KEY_MANIFESTS):
        name = path.rpartition("/")[2]
        if name.endswith(KEY_SUFFIX) and _FINGERPRINT.fullmatch(name[: -len(KEY_SUFFIX)]):
            yield name[: -len(KEY_SUFFIX)]


def fingerprints(transport: Transport) -> list[str]:
    """Fingerprints that the list of a cache has; none without a list.

    Raises DownloadError, ManifestError and ChecksumError.
    """
    try:
        data = _content(transport, KEY_INDEX, KEY_LIST)
    except NotFoundError:
        return []
    try:
        listed = json.loads(data)["keys"]
        return [one for one in listed if _FINGERPRINT.fullmatch(one)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ManifestError(f"the list of keys of {transport.url} is damaged: {error}") from error


def _content(transport: Transport, path: str, media_type: str) -> bytes:
    """The only blob of a manifest, checked."""
    where = f"{transport.url}/{path}"
    manifest = parse_manifest(transport.read(path, limit=MANIFEST_LIMIT), where)
    blob = manifest.of_type(media_type)
    data = transport.read(blob.path, limit=min(blob.size, _KEY_LIMIT))
    check(data, blob, where)
    return data


def published(cache: BinaryCache) -> list[PublishedKey]:
    """The keys that a cache offers. Raises DownloadError, ManifestError and ChecksumError."""
    found = []
    for fingerprint in fingerprints(cache.transport):
        try:
            data = _content(cache.transport, key_path(fingerprint), KEY)
        except NotFoundError:
            continue
        found.append(PublishedKey(fingerprint, data))
    return found
