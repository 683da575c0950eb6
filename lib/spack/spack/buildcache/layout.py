"""The layout of a binary cache: paths, manifests, blobs and media types.

Terms: a *blob* is a file named by the SHA-256 of its bytes. A *manifest* is a small JSON document
that lists the blobs of one thing: of a spec (archive and specfile), of an index, of a public key.
It may be signed as a clear text. This is layout 3; ``old_layout.py`` knows the one before. Pure:
nothing is read or written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import format_path
from spack.named_tuples import NamedTuple
from spack.type_names import Any

VERSION = 3

#: Says that a directory is a cache, and how its manifests are signed.
LAYOUT_FILE = "v3/layout.json"
LAYOUT_TEXT = b'{"signing": "gpg"}'

MANIFESTS = "v3/manifests"
SPEC_MANIFESTS = f"{MANIFESTS}/spec"
KEY_MANIFESTS = f"{MANIFESTS}/key"
KEY_INDEX = f"{KEY_MANIFESTS}/keys.manifest.json"
BLOBS = "blobs/sha256"

SPEC_SUFFIX = ".spec.manifest.json"
KEY_SUFFIX = ".key.manifest.json"

#: Media types of blobs, and of manifests.
ARCHIVE = "application/vnd.spack.install.v2.tar+gzip"
ARCHIVE_ZSTD = "application/vnd.spack.install.v2.tar+zstd"
SPECFILE = "application/vnd.spack.spec.v5+json"
DATABASE = "application/vnd.spack.db.v8+json"
KEY = "application/pgp-keys"
KEY_LIST = "application/vnd.spack.keyindex.v1+json"
LAYOUT = "application/vnd.spack.layout.v3+json"
MANIFEST = "application/vnd.spack.manifest.v3+json"

#: Bytes of the largest manifest, specfile and layout file that is read.
MANIFEST_LIMIT = 1 << 20
SPECFILE_LIMIT = 1 << 26

GZIP, ZSTD, PLAIN = "gzip", "zstd", "none"

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_SIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"


class ManifestError(SpackError):
    """A manifest that is damaged, of another version, or not one of what was asked for."""


class Blob(NamedTuple):
    """A blob as a manifest describes it.

    Attributes:
        media_type: one of the constants of this module.
        checksum: SHA-256 of the stored bytes, 64 hexadecimal digits.
        size: number of the stored bytes.
        compression: ``gzip``, ``zstd`` or ``none``.
    """

    media_type: str
    checksum: str
    size: int
    compression: str = PLAIN

    @property
    def path(self) -> str:
        """Its path in a cache."""
        return blob_path(self.checksum)

    def to_json(self) -> dict[str, Any]:
        """Its entry in a manifest."""
        return {
            "contentLength": self.size,
            "mediaType": self.media_type,
            "compression": self.compression,
            "checksumAlgorithm": "sha256",
            "checksum": self.checksum,
        }


class CacheManifest(NamedTuple):
    """The blobs of one thing."""

    blobs: tuple[Blob, ...]

    def of_type(self, *media_types: str) -> Blob:
        """The only blob of some media types. Raises ManifestError."""
        found = [blob for blob in self.blobs if blob.media_type in media_types]
        if len(found) != 1:
            raise ManifestError(
                f"the manifest has {len(found)} blobs of the type {media_types[0]} instead of one"
            )
        return found[0]

    @property
    def archive(self) -> Blob:
        """The blob with the files of a package. Raises ManifestError."""
        return self.of_type(ARCHIVE, ARCHIVE_ZSTD)

    @property
    def specfile(self) -> Blob:
        """The blob with the specfile of a package. Raises ManifestError."""
        return self.of_type(SPECFILE)

    def text(self) -> str:
        """Its JSON text."""
        data = {"version": VERSION, "data": [blob.to_json() for blob in self.blobs]}
        return json.dumps(data, indent=2, sort_keys=True) + "\n"


def blob_of(data: bytes, media_type: str, compression: str = PLAIN) -> Blob:
    """The description of a blob with these stored bytes."""
    return Blob(media_type, hashlib.sha256(data).hexdigest(), len(data), compression)


def parse_manifest(data: bytes, where: str) -> CacheManifest:
    """Read the payload of a manifest; ``where`` names it in errors. Raises ManifestError."""
    try:
        content = json.loads(data)
        if content["version"] != VERSION:
            raise ValueError(f"version {content['version']} is not {VERSION}")
        blobs = tuple(_read_blob(entry) for entry in content["data"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ManifestError(
            f"{where} is not the manifest of a binary cache: {_reason(error)}",
            hint="push it again, or remove the mirror",
        ) from error
    return CacheManifest(blobs)


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error)


def _read_blob(entry: Any) -> Blob:
    media_type, checksum = entry["mediaType"], entry["checksum"]
    size, compression = entry["contentLength"], entry.get("compression", PLAIN)
    if entry.get("checksumAlgorithm", "sha256") != "sha256":
        raise ValueError(f"unknown checksum algorithm {entry['checksumAlgorithm']!r}")
    if not isinstance(checksum, str) or not _DIGEST.match(checksum):
        raise ValueError("a checksum is not a SHA-256")
    if type(size) is not int or size < 0:
        raise ValueError("a size is not a number of bytes")
    if not isinstance(media_type, str):
        raise ValueError("a media type is not a string")
    if compression not in (GZIP, ZSTD, PLAIN):
        raise ValueError(f"unknown compression {compression!r}")
    return Blob(media_type, checksum, size, compression)


def is_signed(data: bytes) -> bool:
    """Whether a manifest is a signed clear text."""
    return data.lstrip().startswith(_SIGNED)


# -- paths -------------------------------------------------------------------------------------


def blob_path(checksum: str) -> str:
    """The path of a blob in a cache."""
    return f"{BLOBS}/{checksum[:2]}/{checksum}"


def spec_path(spec: ConcreteSpec) -> str:
    """The path of the manifest of a spec."""
    name = format_path(spec, "{name}/{name}-{version}-{hash}")
    return f"{SPEC_MANIFESTS}/{name}{SPEC_SUFFIX}"


def index_path(view: str | None = None) -> str:
    """The path of the manifest of an index: of the whole cache, or of a view with a name.

    Raises ManifestError for a name that is not one part of a path.
    """
    if not view:
        return f"{MANIFESTS}/index/index.manifest.json"
    if "/" in view or view in (".", "..") or not view.isprintable():
        raise ManifestError(f"{view!r} cannot be the name of an index")
    return f"{MANIFESTS}/index/{view}/index.manifest.json"


def key_path(fingerprint: str) -> str:
    """The path of the manifest of a public key."""
    return f"{KEY_MANIFESTS}/{fingerprint}{KEY_SUFFIX}"


def hash_in_path(path: str) -> str | None:
    """The DAG hash in the path of a spec's manifest; None if it is not one."""
    name = path.rpartition("/")[2]
    if not path.startswith(SPEC_MANIFESTS) or not name.endswith(SPEC_SUFFIX):
        return None
    digest = name[: -len(SPEC_SUFFIX)].rpartition("-")[2]
    return digest if re.fullmatch("[a-z2-7]{32}", digest) else None


def chosen(paths: Sequence[str], hashes: frozenset[str] | None) -> list[str]:
    """The paths of manifests of specs, of some hashes only unless that is None."""
    return [
        path
        for path in paths
        if (found := hash_in_path(path)) is not None and (hashes is None or found in hashes)
    ]
