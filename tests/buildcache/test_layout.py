"""Paths and manifests of binary caches."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.install.graphs import node

from spack.buildcache.layout import (
    ARCHIVE,
    GZIP,
    CacheManifest,
    ManifestError,
    blob_of,
    hash_in_path,
    index_path,
    is_signed,
    parse_manifest,
    spec_path,
)

ENTRY = blob_of(b"content", ARCHIVE, GZIP).to_json()


def text(**changes: Any) -> bytes:
    return json.dumps({"version": 3, "data": [{**ENTRY, **changes}]}).encode()


def test_a_manifest_is_read_as_it_was_written() -> None:
    manifest = CacheManifest((blob_of(b"content", ARCHIVE, GZIP),))
    assert parse_manifest(manifest.text().encode(), "x") == manifest
    assert manifest.archive.path.startswith("blobs/sha256/ed/ed7002b4")
    with pytest.raises(ManifestError, match="0 blobs"):
        _ = manifest.specfile


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"version": 3}',
        b'{"version": 2, "data": []}',
        b'{"version": 3, "data": [1]}',
        b"[" * 100_000,
        text(checksum="../../etc/passwd"),
        text(checksum="A" * 64),
        text(checksum=7),
        text(contentLength=-1),
        text(contentLength=True),
        text(contentLength="9"),
        text(compression="rar"),
        text(mediaType=None),
        text(checksumAlgorithm="md5"),
    ],
)
def test_damaged_and_hostile_manifests_are_refused(data: bytes) -> None:
    with pytest.raises(ManifestError, match="here"):
        parse_manifest(data, "here")


def test_paths_hold_name_version_and_hash() -> None:
    spec = node("lib", version="1.2")
    path = spec_path(spec)
    assert path == f"v3/manifests/spec/lib/lib-1.2-{spec.dag_hash()}.spec.manifest.json"
    assert hash_in_path(path) == spec.dag_hash()
    assert hash_in_path("v3/manifests/spec/lib/lib-1.2-short.spec.manifest.json") is None
    assert hash_in_path(f"elsewhere/lib-1.2-{spec.dag_hash()}.spec.manifest.json") is None


def test_names_of_indexes_stay_inside() -> None:
    assert index_path() == "v3/manifests/index/index.manifest.json"
    assert index_path("mine") == "v3/manifests/index/mine/index.manifest.json"
    for name in ("..", "a/b", "."):
        with pytest.raises(ManifestError, match="name of an index"):
            index_path(name)


def test_signed_texts_are_told_from_others() -> None:
    assert is_signed(b"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n")
    assert not is_signed(b'{"version": 3}')
