"""Names in OCI registries: addresses of mirrors, tags of packages, references to images."""

from __future__ import annotations

import re
import urllib.parse

from spack.errors import ConfigurationError, NotFoundError
from spack.named_tuples import NamedTuple

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

#: What addresses of mirrors begin with, and how the registry is talked to.
SCHEMES = {"oci": "https", "oci+https": "https", "oci+http": "http"}
#: The registry that is meant if an image names none, and the server that is asked for it.
_COMMON_REGISTRIES = ("docker.io", "index.docker.io")
_COMMON_SERVER = "registry-1.docker.io"

_SPEC = re.compile(r"v3/manifests/spec/[^/]+/([^/]+)\.spec\.manifest\.json")
_INDEX = re.compile(r"v3/manifests/index/(?:([^/]+)/)?index\.manifest\.json")
_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{2})/([0-9a-f]{64})")

#: End of the tags of packages, and the tag of the index.
PACKAGE_TAG = ".spack"
INDEX_TAG = "index.spack"


class ImageRepository(NamedTuple):
    """A repository of images: the address of its registry and its name there."""

    root: str
    name: str

    def address(self, rest: str) -> str:
        """The address of something in the repository, such as ``blobs/DIGEST``."""
        return f"{self.root}/v2/{self.name}/{rest}"


class ImageReference(NamedTuple):
    """An image: its repository, and the tag or the digest that names it there."""

    repository: ImageRepository
    reference: str


def repository_of(url: str) -> ImageRepository:
    """The repository that the address of a mirror names. Raises ConfigurationError."""
    parts = urllib.parse.urlsplit(url)
    name = parts.path.strip("/").lower()
    if parts.scheme not in SCHEMES or not parts.netloc or not _REPOSITORY.fullmatch(name):
        raise ConfigurationError(
            f"'{url}' is not the address of a repository of images",
            hint="write it as oci://REGISTRY/NAME, or oci+http:// for one without encryption",
        )
    host = parts.netloc.rpartition("@")[2]
    return ImageRepository(f"{SCHEMES[parts.scheme]}://{_server(host)}", name)


def image_reference(text: str, near: ImageRepository) -> ImageReference:
    """The image that a base image or tag names: ``ubuntu:24.04``, ``host/name@sha256:…``.

    Images at the registry of ``near`` are asked for as that is. Raises ConfigurationError.
    """
    rest, _, digest = text.partition("@")
    rest, colon, tag = rest.rpartition(":") if ":" in rest.rpartition("/")[2] else (rest, "", "")
    host, slash, name = rest.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, name = "docker.io", rest if slash else f"library/{rest}"
    server = _server(host)
    root = near.root if near.root.partition("://")[2] == server else f"https://{server}"
    reference = digest or tag or "latest"
    is_valid = _DIGEST.fullmatch(digest) if digest else _TAG.fullmatch(reference)
    if not _REPOSITORY.fullmatch(name) or not is_valid or (colon and not _TAG.fullmatch(tag)):
        raise ConfigurationError(
            f"'{text}' is not the name of an image", hint="write it as HOST/NAME:TAG"
        )
    return ImageReference(ImageRepository(root, name), reference)


def _server(host: str) -> str:
    return _COMMON_SERVER if host in _COMMON_REGISTRIES else host


def valid_tag(text: str) -> str:
    """The tag for a text: what a tag cannot contain becomes ``_``."""
    return re.sub(r"[^\w.-]", "_", text, flags=re.ASCII)[:128]


def is_tag(text: str) -> bool:
    """Whether a text can be a tag."""
    return _TAG.fullmatch(text) is not None


def tag_of(path: str) -> str | None:
    """The tag that holds the manifest of a package or of an index, by its path in a cache."""
    spec = _SPEC.fullmatch(path)
    if spec is not None:
        return valid_tag(spec.group(1)) + PACKAGE_TAG
    index = _INDEX.fullmatch(path)
    if index is not None:
        return f"{valid_tag(index.group(1))}.{INDEX_TAG}" if index.group(1) else INDEX_TAG
    return None


def is_index(tag: str) -> bool:
    """Whether a tag is that of an index."""
    return tag == INDEX_TAG or tag.endswith("." + INDEX_TAG)


def path_of(tag: str) -> str | None:
    """The path of the manifest that a tag holds; None for tags of other images.

    The directory of a package is guessed, since a tag does not say where its name ends.
    """
    if tag == INDEX_TAG:
        return "v3/manifests/index/index.manifest.json"
    if tag.endswith("." + INDEX_TAG):
        return f"v3/manifests/index/{tag[: -len(INDEX_TAG) - 1]}/index.manifest.json"
    if not tag.endswith(PACKAGE_TAG):
        return None
    stem = tag[: -len(PACKAGE_TAG)]
    name = re.split(r"-(?=[^-]+-[a-z0-9]{32}$)|-(?=\d)", stem, maxsplit=1)[0]
    return f"v3/manifests/spec/{name}/{stem}.spec.manifest.json"


def digest_of(path: str) -> str | None:
    """The digest of a blob by its path in a cache."""
    found = _BLOB.fullmatch(path)
    return f"sha256:{found.group(2)}" if found and found.group(2)[:2] == found.group(1) else None


def blob_path(digest: str) -> str:
    """The path in a cache of a blob. Raises NotFoundError for what is not a SHA-256 digest."""
    if not _DIGEST.fullmatch(digest):
        raise NotFoundError(f"{digest!r} is not the digest of a blob")
    word = digest.partition(":")[2]
    return f"blobs/sha256/{word[:2]}/{word}"
