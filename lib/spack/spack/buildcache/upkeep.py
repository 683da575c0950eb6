"""Upkeep of binary caches: remove what nothing needs, compare with the index, copy to others.

Nothing is installed from what is read here, so nothing is verified but checksums. Knows no store.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from spack.buildcache.caches import BinaryCache, check_stream, read_manifest
from spack.buildcache.indexing import read_records, unverified
from spack.buildcache.layout import (
    BLOBS,
    MANIFEST,
    MANIFEST_LIMIT,
    MANIFESTS,
    SPEC_MANIFESTS,
    CacheManifest,
    chosen,
    hash_in_path,
    index_path,
)
from spack.buildcache.pushing import prepare
from spack.errors import NotFoundError, SpackError
from spack.named_tuples import NamedTuple

#: Files that are read or copied at a time.
_WORKERS = 16


class Pruned(NamedTuple):
    """Paths that were removed, or that would be."""

    manifests: tuple[str, ...]
    blobs: tuple[str, ...]


class Discrepancies(NamedTuple):
    """Differences between an index and its cache; empty where there are none.

    Attributes:
        no_index: there is no index that can be read.
        manifests: hashes that the index lists, whose manifest is absent or damaged.
        blobs: paths of blobs that manifests name and that are absent.
        unlisted: hashes that the cache has and the index does not list.
    """

    no_index: bool = False
    manifests: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether something is wrong; packages that are not listed are not."""
        return self.no_index or bool(self.manifests or self.blobs)


def read_manifests(
    cache: BinaryCache, paths: Iterable[str]
) -> dict[str, CacheManifest | SpackError]:
    """Many manifests, each as it is or as the error why it cannot be read."""

    def read(path: str) -> tuple[str, CacheManifest | SpackError]:
        try:
            return path, read_manifest(cache, path, unverified)[0]
        except SpackError as error:
            return path, error

    with ThreadPoolExecutor(_WORKERS) as pool:
        return dict(pool.map(read, paths))


def prune(cache: BinaryCache, keep: frozenset[str] | None, *, dry_run: bool = False) -> Pruned:
    """Remove packages that are not to be kept, and blobs that no manifest names.

    Blobs are listed before manifests, so that one which a manifest comes to name meanwhile is kept
    if it was there; nobody may push to the cache at the same time.

    Args:
        keep: hashes of the packages to keep; None for all that are whole.

    Raises:
        UnlistedError, DownloadError, UploadError.
    """
    blobs = list(cache.transport.list(BLOBS))
    paths = [path for path in cache.transport.list(MANIFESTS) if path.endswith(".json")]
    manifests = read_manifests(cache, paths)
    there = set(blobs)
    gone = []
    used: set[str] = set()
    for path, manifest in manifests.items():
        digest = hash_in_path(path)
        if digest is not None and keep is not None and digest not in keep:
            gone.append(path)
        elif isinstance(manifest, SpackError):
            raise manifest
        elif digest is not None and any(blob.path not in there for blob in manifest.blobs):
            gone.append(path)
        else:
            used.update(blob.path for blob in manifest.blobs)
    orphans = [path for path in blobs if path not in used]
    if not dry_run:
        for path in (*gone, *orphans):
            cache.transport.delete(path)
    return Pruned(tuple(sorted(gone)), tuple(sorted(orphans)))


def check_index(cache: BinaryCache, verify: Collection[str]) -> Discrepancies:
    """Compare the index of a cache, or of its view, with what is there.

    Args:
        verify: some of ``exists``, ``manifests`` and ``blobs``.

    Raises DownloadError, UnlistedError.
    """
    records = read_records(cache)
    if not records:
        has_one = records is not None and bool(cache.transport.exists([index_path(cache.view)]))
        return Discrepancies(no_index=not has_one)
    listed = {digest for digest, record in records.items() if record.get("in_buildcache")}
    if not {"manifests", "blobs"} & set(verify):
        return Discrepancies()
    paths = {
        digest: path
        for path in cache.transport.list(SPEC_MANIFESTS)
        if (digest := hash_in_path(path)) is not None
    }
    missing = {digest for digest in listed if digest not in paths}
    manifests = read_manifests(cache, (paths[digest] for digest in listed - missing))
    needed: set[str] = set()
    for path, manifest in manifests.items():
        if isinstance(manifest, SpackError):
            missing.add(str(hash_in_path(path)))
        else:
            needed.update(blob.path for blob in manifest.blobs)
    absent = needed - cache.transport.exists(needed) if "blobs" in verify else set()
    return Discrepancies(
        manifests=tuple(sorted(missing)),
        blobs=tuple(sorted(absent)),
        unlisted=tuple(sorted(set(paths) - listed)),
    )


def copy_packages(
    source: BinaryCache, target: BinaryCache, hashes: frozenset[str] | None = None
) -> list[str]:
    """Copy packages, with their signatures, that the other cache does not have; their paths.

    Raises NotFoundError, BlobError, UnlistedError, DownloadError, UploadError.
    """
    prepare(target.transport)
    paths = chosen(list(source.transport.list(SPEC_MANIFESTS)), hashes)
    missing = sorted(set(paths) - target.transport.exists(paths))
    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(lambda path: copy_package(source, target, path), missing))
    return missing


def copy_package(source: BinaryCache, target: BinaryCache, path: str) -> None:
    """Copy a package, whose manifest is the last to arrive; raises as :func:`copy_packages`."""
    text = source.transport.read(path, limit=MANIFEST_LIMIT)
    manifest, _ = read_manifest(source, path, unverified)
    there = target.transport.exists(blob.path for blob in manifest.blobs)
    with tempfile.TemporaryDirectory(prefix="spack-copy-") as scratch:
        for blob in manifest.blobs:
            if blob.path in there:
                continue
            file = source.transport.local_file(blob.path)
            if file is None:
                file = os.path.join(scratch, blob.checksum)
                source.transport.download(blob.path, file, size=blob.size)
            try:
                with open(file, "rb", buffering=0) as stream:
                    check_stream(stream, blob, f"{source.url}/{blob.path}")
            except FileNotFoundError:
                raise NotFoundError(f"there is no {blob.path} in {source.url}") from None
            target.transport.upload(blob.path, file, media_type=blob.media_type)
    target.transport.upload(path, text, media_type=MANIFEST)
