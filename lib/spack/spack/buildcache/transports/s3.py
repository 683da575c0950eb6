"""Caches in buckets of S3 services, by signed requests of our own."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from spack.buildcache.transports.port import UploadError, parts_of
from spack.buildcache.transports.s3_access import DEFAULT_REGION, key_source, region_of
from spack.buildcache.transports.s3_signing import S3Login
from spack.buildcache.transports.served import ServedFiles, ServedTransport
from spack.buildcache.transports.xml_answers import Element, XmlError, elements, first
from spack.config.settings.place_settings import Connection
from spack.errors import ConfigurationError, NotFoundError
from spack.sources.fetching.clients import NOTHING, Body, Client, Reply
from spack.sources.fetching.parallel import in_parallel
from spack.sources.fetching.requests import NetworkSettings
from spack.sources.fetching.retries import DownloadError

#: Larger files are sent in parts of this size or more, a few at a time.
_PART = 64 << 20
_MOST_PARTS = 9000
_PARTS_AT_ONCE = 4
#: Bytes of a list of files, which has a thousand at most, and of other answers.
_LIST = 16 << 20
_ANSWER = 1 << 16


class S3Transport(ServedTransport):
    """The files of a bucket below a prefix, ``s3://bucket/prefix``.

    See :class:`~spack.buildcache.transports.port.Transport`. Raises ConfigurationError when it is
    made for an address without a bucket, or with a profile that does not exist.
    """

    def __init__(
        self,
        connection: Connection,
        network: NetworkSettings = NetworkSettings(),
        variables: Mapping[str, str] = os.environ,
        part_size: int = _PART,
    ) -> None:
        url = connection.url.rstrip("/")
        parts = urllib.parse.urlsplit(url)
        if not parts.netloc:
            raise ConfigurationError(f"{connection.url} names no bucket")
        self._part_size = part_size
        self._prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self._region = region_of(connection, variables)
        endpoint = connection.endpoint_url or variables.get("S3_ENDPOINT_URL") or ""
        self._root = self._bucket_address(endpoint, parts.netloc, network)
        keys = key_source(connection, variables)
        self._client = Client(network, S3Login(keys, self._region), self._root)

        root, prefix = self._root, self._prefix

        def address_of(path: str) -> str:
            return f"{root}/{urllib.parse.quote(prefix + path)}"

        def hides(reply: Reply) -> bool:
            """Whether what is refused may not exist: strangers are not told which files are."""
            return reply.status == 403 and keys() is None

        super().__init__(ServedFiles(url, self._client, address_of, hides))

    def _bucket_address(self, endpoint: str, bucket: str, network: NetworkSettings) -> str:
        """The address of the bucket, in the region that it is in."""
        if endpoint:
            self._region = self._region or DEFAULT_REGION
            service = endpoint if "://" in endpoint else f"https://{endpoint}"
            return f"{service.rstrip('/')}/{bucket}"
        if not self._region:
            with suppress(DownloadError):
                address = f"https://s3.amazonaws.com/{bucket}"
                reply = Client(network).ask("HEAD", address)
                self._region = reply.fields.get("x-amz-bucket-region", "")
        self._region = self._region or DEFAULT_REGION
        if "." in bucket:  # certificates do not cover such names
            return f"https://s3.{self._region}.amazonaws.com/{bucket}"
        return f"https://{bucket}.s3.{self._region}.amazonaws.com"

    def upload(self, path: str, source: str | bytes, *, media_type: str) -> None:
        address = self._files.address(path)
        try:
            whole = Body(source)
            fields = {"Content-Type": media_type}
            if whole.length <= self._part_size:
                self._changed("PUT", address, fields, whole)
            else:
                self._upload_in_parts(address, source, whole.length, fields)
        except DownloadError as error:
            raise UploadError(f"{self.url}/{path}", error.reason, hint=error.hint) from error
        except OSError as error:
            raise UploadError(f"{self.url}/{path}", error.strerror or str(error)) from error

    def _changed(
        self, method: str, address: str, fields: Mapping[str, str] = {}, body: Body = NOTHING
    ) -> Reply:
        """The answer to a request that changes something. Raises DownloadError if it did not."""
        reply = self._client.ask(method, address, fields=fields, body=body, limit=_ANSWER)
        is_error = reply.status >= 300 or (method == "POST" and b"<Error>" in reply.data)
        if is_error:
            raise _refusal(address, reply)
        return reply

    def _upload_in_parts(
        self, address: str, source: str | bytes, length: int, fields: Mapping[str, str]
    ) -> None:
        """Send a large file; readers see nothing of it before the last request."""
        reply = self._changed("POST", f"{address}?uploads=", fields)
        number = first(_parsed(address, reply.data), "UploadId")
        if not number:
            raise DownloadError(address, "the service gave no number for the upload")
        upload = f"uploadId={urllib.parse.quote(number, safe='')}"
        size = max(self._part_size, -(-length // _MOST_PARTS))

        def send(index: int) -> str:
            start = index * size
            body = Body(source, start, min(size, length - start))
            place = f"{address}?partNumber={index + 1}&{upload}"
            return self._changed("PUT", place, body=body).fields.get("etag", "")

        try:
            tags: list[str] = []
            for tag in in_parallel(send, range(-(-length // size)), _PARTS_AT_ONCE):
                if isinstance(tag, Exception):
                    raise tag
                tags.append(tag)
            self._changed("POST", f"{address}?{upload}", body=Body(_complete(tags)))
        except BaseException:
            with suppress(DownloadError):
                self._changed("DELETE", f"{address}?{upload}")
            raise

    def delete(self, path: str) -> None:
        address = self._files.address(path)
        try:
            reply = self._client.ask("DELETE", address)
            if reply.status >= 300 and reply.status != 404:
                raise _refusal(address, reply)
        except DownloadError as error:
            raise UploadError(f"{self.url}/{path}", error.reason, hint=error.hint) from error

    def list(self, prefix: str) -> Iterator[str]:
        start = self._prefix + prefix.strip("/") + "/" if prefix.strip("/") else self._prefix
        token = ""
        while True:
            query = {"list-type": "2", "prefix": start, "encoding-type": "url"}
            if token:
                query["continuation-token"] = token
            words = urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
            reply = self._client.ask("GET", f"{self._root}/?{words}", limit=_LIST)
            if reply.status >= 300:
                raise _refusal(self.url, reply)
            found = _parsed(self.url, reply.data)
            yield from self._keys(found, start)
            following = first(found, "NextContinuationToken")
            if not following:
                return
            if following == token:
                raise DownloadError(self.url, "the list of its files does not end")
            token = following

    def _keys(self, found: Sequence[Element], start: str) -> Iterator[str]:
        """The paths in a list that are paths, below the prefix that was asked for."""
        for element in found:
            if element.path[-2:] == ("Contents", "Key"):
                key = urllib.parse.unquote(element.text)
                path = key[len(self._prefix) :]
                with suppress(NotFoundError):
                    if key.startswith(start) and parts_of(path):
                        yield path


def _parsed(url: str, data: bytes) -> Sequence[Element]:
    try:
        return elements(data)
    except XmlError as error:
        raise DownloadError(url, error.message) from error


def _complete(tags: Sequence[str]) -> bytes:
    """The request that joins the parts of a file."""
    from xml.sax.saxutils import escape

    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
        for number, tag in enumerate(tags, 1)
    )
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()


def _refusal(address: str, reply: Reply) -> DownloadError:
    """The error of a request that was refused, with the reason that the service gives."""
    reason = f"HTTP status {reply.status}"
    with suppress(XmlError):
        found = elements(reply.data)
        code, message = first(found, "Code"), first(found, "Message")
        if code.isprintable() and message.isprintable() and code:
            reason += f" ({code}: {message[:200]})"
    hint = None
    if reply.status in (401, 403):
        hint = "give the mirror an access pair with spack mirror set --s3-access-key-id-variable"
    return DownloadError(address.partition("?")[0], reason, hint=hint)
