"""Caches that a web server hands out: they are read, never written."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterable, Iterator

from spack.buildcache.transports.port import Content, UnlistedError, UploadError
from spack.buildcache.transports.served import ServedFiles
from spack.sources.fetching.clients import Client, FixedLogin, Reply
from spack.sources.fetching.requests import NetworkSettings, RequestOptions, shown


class WebTransport:
    """The files below an address. See :class:`~spack.buildcache.transports.port.Transport`."""

    is_layered = False

    def __init__(
        self,
        url: str,
        network: NetworkSettings = NetworkSettings(),
        options: RequestOptions = RequestOptions(),
    ) -> None:
        root = url.rstrip("/")
        self.url = shown(root)
        client = Client(network, FixedLogin(options.header_fields()), root)
        self._files = ServedFiles(
            self.url, client, lambda path: f"{root}/{urllib.parse.quote(path)}", _hides
        )

    def read(self, path: str, *, limit: int) -> bytes:
        return self._files.read(path, limit)

    def read_changed(self, path: str, tag: str, *, limit: int) -> Content | None:
        return self._files.read_changed(path, tag, limit)

    def read_part(self, path: str, start: int, length: int) -> bytes:
        return self._files.read_part(path, start, length)

    def local_file(self, path: str) -> str | None:
        return None

    def download(self, path: str, target: str, *, size: int | None) -> None:
        self._files.download(path, target, size)

    def upload(self, path: str, source: str | bytes, *, media_type: str) -> None:
        raise self._unwritable(path)

    def exists(self, paths: Iterable[str]) -> set[str]:
        return self._files.exists(paths)

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
