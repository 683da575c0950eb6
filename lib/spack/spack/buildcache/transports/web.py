"""Caches that a web server hands out: they are read, never written."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

from spack.buildcache.transports.port import UnlistedError, UploadError
from spack.buildcache.transports.served import ServedFiles, ServedTransport
from spack.sources.fetching.clients import Client, FixedLogin, Reply
from spack.sources.fetching.requests import NetworkSettings, RequestOptions, shown


class WebTransport(ServedTransport):
    """The files below an address. See :class:`~spack.buildcache.transports.port.Transport`."""

    def __init__(
        self,
        url: str,
        network: NetworkSettings = NetworkSettings(),
        options: RequestOptions = RequestOptions(),
    ) -> None:
        root = url.rstrip("/")
        client = Client(network, FixedLogin(options.header_fields()), root)
        super().__init__(
            ServedFiles(
                shown(root), client, lambda path: f"{root}/{urllib.parse.quote(path)}", _hides
            )
        )

    def upload(self, path: str, source: str | bytes, *, media_type: str) -> None:
        raise self._unwritable(path)

    def list(self, prefix: str) -> Iterator[str]:
        raise UnlistedError(self.url)

    def delete(self, path: str) -> None:
        raise self._unwritable(path)

    def _unwritable(self, path: str) -> UploadError:
        return UploadError(
            f"{self.url}/{path}",
            "caches at web servers are only read",
            hint="push to its directory or bucket: spack mirror set NAME --push --url URL",
        )


def _hides(reply: Reply) -> bool:
    """Whether a bucket refuses what may not exist: it tells nobody else which files it has."""
    return reply.status == 403 and "x-amz-request-id" in reply.fields
