"""One repository of an OCI registry: its manifests, blobs and tags, and how they get there.

Knows the protocol of distribution; must not know what packages are.
"""

from __future__ import annotations

import hashlib
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import suppress

from spack.buildcache.transports.oci_login import RegistryLogin
from spack.buildcache.transports.oci_names import ImageRepository
from spack.errors import NotFoundError
from spack.named_tuples import NamedTuple
from spack.sources.fetching.clients import NOTHING, Body, Client, Reply
from spack.sources.fetching.requests import NetworkSettings, RequestOptions
from spack.sources.fetching.retries import DownloadError, repeated
from spack.type_names import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
#: The same in the older words of one program, which base images use.
OLD_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
OLD_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"

#: Bytes of a manifest, which registries limit to the same.
MANIFEST_LIMIT = 4 << 20
#: Blobs up to this size are sent in one request, others in chunks of it.
_CHUNK = 64 << 20
_PAGE = 1000
_NEXT = re.compile(r'\s*<([^>]+)>\s*;\s*rel="?next"?')


class ImageManifest(NamedTuple):
    """A manifest as it came: its parsed JSON, a mapping, and the digest of its bytes."""

    content: dict[str, Any]
    media_type: str
    digest: str


class Registry:
    """Talks to one repository. Methods raise DownloadError where a request is refused."""

    def __init__(
        self,
        repository: ImageRepository,
        network: NetworkSettings = NetworkSettings(),
        options: RequestOptions = RequestOptions(),
        chunk: int = _CHUNK,
    ) -> None:
        self.repository = repository
        self._chunk = chunk
        login = RegistryLogin(
            network,
            repository.root,
            options.basic_auth,
            options.bearer_token or "",
            f"repository:{repository.name}:pull,push",
        )
        self.client = Client(network, login, repository.root)

    def manifest(self, reference: str) -> ImageManifest:
        """The manifest of a tag or digest. Raises NotFoundError and DownloadError."""
        address = self.repository.address(f"manifests/{reference}")
        accepted = ", ".join((MANIFEST, INDEX, OLD_MANIFEST, OLD_INDEX))
        reply = self.client.ask("GET", address, fields={"Accept": accepted}, limit=MANIFEST_LIMIT)
        if reply.status == 404:
            raise NotFoundError(f"there is no image {reference} in {self.repository.name}")
        if reply.status != 200:
            raise refusal(address, reply)
        digest = "sha256:" + hashlib.sha256(reply.data).hexdigest()
        if reference.startswith("sha256:") and reference != digest:
            raise DownloadError(address, f"its digest is {digest}")
        return ImageManifest(_mapping(reply.data, address), _media_type(reply), digest)

    def has_manifest(self, reference: str) -> bool:
        """Whether there is an image of this tag or digest."""
        address = self.repository.address(f"manifests/{reference}")
        accepted = ", ".join((MANIFEST, INDEX, OLD_MANIFEST, OLD_INDEX))
        return self._is_there(address, {"Accept": accepted})

    def has_blob(self, digest: str) -> bool:
        """Whether there is a blob of this digest."""
        return self._is_there(self.repository.address(f"blobs/{digest}"))

    def _is_there(self, address: str, fields: Mapping[str, str] = {}) -> bool:
        reply = self.client.ask("HEAD", address, fields=fields)
        if reply.status >= 300 and reply.status != 404:
            raise refusal(address, reply)
        return reply.status != 404

    def blob(self, digest: str, limit: int) -> bytes:
        """The bytes of a blob, which have this digest. Raises NotFoundError and DownloadError."""
        address = self.repository.address(f"blobs/{digest}")
        reply = self.client.ask("GET", address, limit=limit)
        if reply.status == 404:
            raise NotFoundError(f"there is no blob {digest} in {self.repository.name}")
        if reply.status != 200:
            raise refusal(address, reply)
        if "sha256:" + hashlib.sha256(reply.data).hexdigest() != digest:
            raise DownloadError(address, "the bytes do not have this digest")
        return reply.data

    def json_blob(self, digest: str, limit: int) -> dict[str, Any]:
        """The JSON mapping in a blob."""
        return _mapping(self.blob(digest, limit), self.repository.address(f"blobs/{digest}"))

    def put_manifest(self, reference: str, content: Mapping[str, Any], media_type: str) -> str:
        """Make an image, seen by readers from then on; the digest of its manifest."""
        data = json.dumps(content, separators=(",", ":")).encode()
        address = self.repository.address(f"manifests/{reference}")
        self._changed("PUT", address, (201,), {"Content-Type": media_type}, Body(data))
        return "sha256:" + hashlib.sha256(data).hexdigest()

    def put_blob(self, source: str | bytes, digest: str = "") -> str:
        """Send a blob unless it is there; its digest. Raises OSError for a file of no use."""
        whole = Body(source)
        digest = digest or f"sha256:{whole.sha256()}"
        if self.has_blob(digest):
            return digest
        place = self._begin()
        if whole.length > self._chunk:
            place = self._send_chunks(place, source, whole.length)
            self._finish(place, digest, NOTHING)
        else:
            self._finish(place, digest, whole)
        return digest

    def mount(self, digest: str, origin: ImageRepository) -> bool:
        """Take a blob over from another repository of the registry; whether that was possible."""
        query = urllib.parse.urlencode({"mount": digest, "from": origin.name})
        address = self.repository.address(f"blobs/uploads/?{query}")
        reply = self.client.ask("POST", address)
        if reply.status == 202 and reply.fields.get("location"):
            with suppress(DownloadError):
                self.client.ask("DELETE", self._location(reply, address))
        return reply.status == 201

    def _begin(self) -> str:
        """The address to send a blob to."""
        address = self.repository.address("blobs/uploads/")
        return self._location(self._changed("POST", address, (202,)), address)

    def _location(self, reply: Reply, address: str) -> str:
        place = reply.fields.get("location")
        if not place:
            raise DownloadError(address, "the registry gave no address for the upload")
        return urllib.parse.urljoin(address, place)

    def _send_chunks(self, place: str, source: str | bytes, length: int) -> str:
        """Send a file bit by bit, on from where the registry has it; the address to finish at."""
        sent, is_certain = 0, True

        def attempt() -> None:
            nonlocal place, sent, is_certain
            if not is_certain:
                reply = self.client.ask("GET", place)
                if reply.status == 204:
                    sent, place = _received(reply), self._location(reply, place)
                else:  # registries may forget an upload whose answer was lost
                    sent, place = 0, self._begin()
            is_certain = False
            while sent < length:
                body = Body(source, sent, min(self._chunk, length - sent))
                fields = {
                    "Content-Type": "application/octet-stream",
                    "Content-Range": f"{sent}-{sent + body.length - 1}",
                }
                reply = self.client.ask_once("PATCH", place, fields=fields, body=body)
                if reply.status == 416:
                    raise DownloadError(place, "the registry has another part", passing=True)
                if reply.status != 202:
                    raise refusal(place, reply)
                sent += body.length
                place = self._location(reply, place)

        repeated(attempt)
        return place

    def _finish(self, place: str, digest: str, body: Body) -> None:
        address = place + ("&" if urllib.parse.urlsplit(place).query else "?")
        address += urllib.parse.urlencode({"digest": digest})
        fields = {"Content-Type": "application/octet-stream"}
        self._changed("PUT", address, (201,), fields, body)

    def _changed(
        self,
        method: str,
        address: str,
        expected: tuple[int, ...],
        fields: Mapping[str, str] = {},
        body: Body = NOTHING,
    ) -> Reply:
        reply = self.client.ask(method, address, fields=fields, body=body)
        if reply.status not in expected:
            raise refusal(address, reply)
        return reply

    def tags(self) -> Iterator[str]:
        """The tags of all images; none in a repository that does not exist yet."""
        address = self.repository.address(f"tags/list?n={_PAGE}")
        seen = set()
        while address not in seen:
            seen.add(address)
            reply = self.client.ask("GET", address, limit=16 << 20)
            if reply.status == 404:
                return
            if reply.status != 200:
                raise refusal(address, reply)
            found = _mapping(reply.data, address).get("tags")
            if isinstance(found, list):
                yield from (tag for tag in found if isinstance(tag, str))
            link = _NEXT.match(reply.fields.get("link", ""))
            if link is None:
                return
            address = urllib.parse.urljoin(address, link.group(1))

    def delete(self, tag: str) -> None:
        """Remove the image of a tag; one that is not there is fine."""
        try:
            digest = self.manifest(tag).digest
        except NotFoundError:
            return
        address = self.repository.address(f"manifests/{digest}")
        self._changed("DELETE", address, (200, 202, 404))

    def delete_blob(self, digest: str) -> None:
        """Remove a blob; one that is not there is fine."""
        self._changed("DELETE", self.repository.address(f"blobs/{digest}"), (200, 202, 404))


def _received(reply: Reply) -> int:
    """Bytes of an upload that a registry has."""
    found = re.fullmatch(r"(?:bytes=)?0-(\d{1,18})", reply.fields.get("range", ""))
    return int(found.group(1)) + 1 if found and found.group(1) != "0" else 0


def _media_type(reply: Reply) -> str:
    return reply.fields.get("content-type", "").partition(";")[0].strip()


def _mapping(data: bytes, address: str) -> dict[str, Any]:
    """The JSON mapping in some bytes. Raises DownloadError."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DownloadError(address, f"it is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise DownloadError(address, "it is JSON, but not a mapping")
    return content


def refusal(address: str, reply: Reply) -> DownloadError:
    """The error of a request that was refused, with the reason that the registry gives."""
    reason = f"HTTP status {reply.status}"
    with suppress(ValueError, KeyError, IndexError, TypeError, RecursionError):
        first = json.loads(reply.data)["errors"][0]
        words = f"{first['code']}: {first.get('message', '')}"
        if words.isprintable():
            reason += f" ({words[:200]})"
    hint = None
    if reply.status in (401, 403):
        hint = "give the mirror a login: spack mirror set --oci-username-variable ..."
    return DownloadError(address.partition("?")[0], reason, hint=hint)
