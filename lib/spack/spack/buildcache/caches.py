"""Opened binary caches: reading manifests, blobs and specfiles of one, each checked.

Whether a signature must be there and whose keys count is asked through one function. Must not know
what is done with the packages.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib

from spack.buildcache.layout import (
    GZIP,
    PLAIN,
    SPECFILE_LIMIT,
    Blob,
    CacheManifest,
    ManifestError,
    is_signed,
    parse_manifest,
    spec_path,
)
from spack.buildcache.layout import MANIFEST_LIMIT as MANIFEST_LIMIT
from spack.buildcache.transports.port import Transport
from spack.errors import NotFoundError, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.serialization import SpecfileError, specfile_from_dict
from spack.named_tuples import NamedTuple
from spack.type_names import IO, Any, Callable


class BlobError(SpackError):
    """Bytes from a cache are not those that its manifest names."""


class UnsignedError(SpackError):
    """A manifest without a signature where one is required."""


class BinaryCache(NamedTuple):
    """A cache that is asked for packages.

    Attributes:
        name: of the mirror, or its address.
        transport: the way to its files.
        signed: whether its manifests must be signed.
        view: name of the index that is read; None for that of the whole cache.
        falls_back: whether packages that cannot be used may be built instead.
    """

    name: str
    transport: Transport
    signed: bool = True
    view: str | None = None
    falls_back: bool = True

    @property
    def url(self) -> str:
        """The address, for messages."""
        return self.transport.url


class CheckedText(NamedTuple):
    """The payload of a manifest, and the fingerprint of the key that signed it, if one did."""

    payload: bytes
    key: str | None = None


#: Checks the text of a manifest from a cache; the path names it. Raises SpackError.
Verify = Callable[[bytes, BinaryCache, str], CheckedText]


def without_keys(data: bytes, cache: BinaryCache, where: str) -> CheckedText:
    """The rule where no key is trusted: only caches that need no signature can be used.

    Raises UnsignedError.
    """
    if cache.signed:
        raise UnsignedError(
            f"the signature of {where} cannot be verified: no key is trusted",
            hint="trust a key with spack gpg trust, or use --no-check-signature",
        )
    return CheckedText(unarmoured(data) if is_signed(data) else data)


def unarmoured(data: bytes) -> bytes:
    """The text inside a signed clear text; its signature is not looked at. Raises ManifestError."""
    start = data.find(b"\n\n")
    end = data.find(b"\n-----BEGIN PGP SIGNATURE-----")
    if start < 0 or end < start:
        raise ManifestError("a signed text is damaged")
    lines = data[start + 2 : end].split(b"\n")
    return b"\n".join(line[2:] if line.startswith(b"- ") else line for line in lines)


class Offer(NamedTuple):
    """A package that a cache offers: where its archive is, and who signed for it.

    Attributes:
        spec: the specfile of the cache, whose hash is the one that was asked for.
    """

    cache: BinaryCache
    archive: Blob
    path: str
    spec: ConcreteSpec
    key: str | None = None


def read_manifest(
    cache: BinaryCache, path: str, verify: Verify
) -> tuple[CacheManifest, str | None]:
    """The manifest at a path and the key that signed it.

    Raises NotFoundError, DownloadError, ManifestError, and what ``verify`` raises.
    """
    where = f"{cache.url}/{path}"
    checked = verify(cache.transport.read(path, limit=MANIFEST_LIMIT), cache, where)
    return parse_manifest(checked.payload, where), checked.key


def read_blob(cache: BinaryCache, blob: Blob, *, limit: int) -> bytes:
    """The content of a blob, decompressed; no more than ``limit`` bytes of either form.

    Raises NotFoundError, DownloadError, BlobError, ManifestError.
    """
    where = f"{cache.url}/{blob.path}"
    if blob.size > limit:
        raise ManifestError(f"{where} has {blob.size} bytes, more than can be right")
    data = cache.transport.read(blob.path, limit=blob.size)
    check(data, blob, where)
    return inflated(data, blob, where, limit=limit)


def check(data: bytes, blob: Blob, where: str) -> None:
    """Raises BlobError unless bytes are those of a blob."""
    if len(data) != blob.size or hashlib.sha256(data).hexdigest() != blob.checksum:
        raise wrong_content(where)


def check_stream(stream: IO[bytes], blob: Blob, where: str) -> None:
    """Read an opened file from its start to its end, and return to the start.

    Raises BlobError unless its bytes are those of a blob.
    """
    digest = hashlib.sha256()
    size = 0
    buffer = memoryview(bytearray(1 << 20))
    while count := stream.readinto(buffer):  # type: ignore[attr-defined]
        digest.update(buffer[:count])
        size += count
    if size != blob.size or digest.hexdigest() != blob.checksum:
        raise wrong_content(where)
    stream.seek(0)


def wrong_content(where: str) -> BlobError:
    """The error of bytes that are not those of a manifest."""
    return BlobError(
        f"the content of {where} is not what its manifest says",
        hint="the cache is damaged, or somebody changed it: push the package again",
    )


def inflated(data: bytes, blob: Blob, where: str, *, limit: int) -> bytes:
    """The decompressed bytes of a blob. Raises ManifestError."""
    if blob.compression == PLAIN:
        return data
    if blob.compression != GZIP:
        raise ManifestError(f"{where} is compressed with {blob.compression}")
    try:
        inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        result = inflater.decompress(data, limit + 1)
    except zlib.error as error:
        raise ManifestError(f"{where} is damaged: {error}") from error
    if len(result) > limit or not inflater.eof:
        raise ManifestError(f"{where} is damaged or larger than {limit} bytes")
    return result


def deflated(data: bytes) -> bytes:
    """Bytes compressed with gzip, the same for the same bytes."""
    return gzip.compress(data, 6, mtime=0)


def find_offer(cache: BinaryCache, digest: str, path: str, verify: Verify) -> Offer:
    """The package of a hash that a cache has at a path.

    Raises:
        NotFoundError: the cache does not have it.
        ManifestError, BlobError, SpecfileError, DownloadError: what it has cannot be used.
    """
    manifest, key = read_manifest(cache, path, verify)
    blob = manifest.specfile
    data = read_blob(cache, blob, limit=SPECFILE_LIMIT)
    spec = parse_specfile(data, f"{cache.url}/{path}")
    if spec.dag_hash() != digest:
        raise ManifestError(
            f"{cache.url}/{path} is the manifest of {spec.label}, not of /{digest[:7]}",
            hint="do not trust this cache",
        )
    return Offer(cache, manifest.archive, manifest.archive.path, spec, key)


def offer_of(cache: BinaryCache, spec: ConcreteSpec, verify: Verify) -> Offer:
    """The package of a spec that a cache has; raises as :func:`find_offer`."""
    return find_offer(cache, spec.dag_hash(), spec_path(spec), verify)


def parse_specfile(data: bytes, where: str) -> ConcreteSpec:
    """The spec of a specfile. Raises SpecfileError, which names ``where``."""
    try:
        return specfile_from_dict(load_json(data))
    except (ValueError, RecursionError) as error:
        raise SpecfileError(f"the specfile of {where} is not JSON: {error}") from error
    except SpecfileError as error:
        error.message = f"{where}: {error.message}"
        raise


def load_json(data: bytes) -> Any:
    """The data of JSON text. Raises ValueError."""
    return json.loads(data.decode("utf-8"))


def is_cache_file(cache: BinaryCache, path: str) -> str | None:
    """The file of a cache on this machine, if it is there."""
    local = cache.transport.local_file(path)
    return local if local is not None and os.path.isfile(local) else None


__all__ = [
    "BinaryCache",
    "CheckedText",
    "BlobError",
    "NotFoundError",
    "Offer",
    "UnsignedError",
    "Verify",
]
