"""Files that a server hands out by their addresses: reading, in one go, in parts, many at once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from spack.buildcache.transports.port import Content, absent, parts_of
from spack.errors import NotFoundError
from spack.sources.fetching.clients import Client, Reply, StatusError
from spack.sources.fetching.parallel import in_parallel
from spack.sources.fetching.partial_files import Partial
from spack.sources.fetching.retries import DownloadError
from spack.type_names import Callable

#: Questions that are asked at the same time, each over a connection of its own.
AT_ONCE = 64

_ABSENT = (404, 410)


def present(paths: Iterable[str], is_there: Callable[[str], bool]) -> set[str]:
    """The paths for which ``is_there`` holds; many are asked for at once. Raises what it raises."""
    wanted = list(dict.fromkeys(paths))
    found = set()
    for path, answer in zip(wanted, in_parallel(is_there, wanted, AT_ONCE)):
        if isinstance(answer, Exception):
            raise answer
        if answer:
            found.add(path)
    return found


class ServedFiles:
    """The files of a cache at a server, for transports to ask for.

    Args:
        url: address of the cache for messages.
        client: asks the server.
        address_of: the address of a path.
        hides: whether a refused file may be one that does not exist, as in buckets that do not
            say which files they have; by the answer.
    """

    def __init__(
        self,
        url: str,
        client: Client,
        address_of: Callable[[str], str],
        hides: Callable[[Reply], bool] = lambda reply: False,
    ) -> None:
        self.url = url
        self.client = client
        self._address_of = address_of
        self._hides = hides

    def address(self, path: str) -> str:
        """The address of a file. Raises NotFoundError for what is not a path."""
        parts_of(path)
        return self._address_of(path)

    def get(self, path: str, limit: int, fields: dict[str, str], *, cut: bool = False) -> Reply:
        """The answer for a file, with a status below 300 or 304. Raises as ``Transport.read``."""
        try:
            reply = self.client.ask("GET", self.address(path), fields=fields, limit=limit, cut=cut)
        except DownloadError as error:
            raise self._named(path, error) from error
        if reply.status in _ABSENT or self._hides(reply):
            raise absent(self.url, path)
        if reply.status >= 300 and reply.status != 304:
            raise self.refused(path, reply.status)
        return reply

    def refused(self, path: str, status: int) -> DownloadError:
        """The error of an answer that is neither the file nor its absence."""
        error = StatusError(f"{self.url}/{path}", status, _MEANING.get(status, ""))
        if status in (401, 403):
            error.hint = "give the mirror an access pair or a token with spack mirror set"
        return error

    def _named(self, path: str, error: DownloadError) -> DownloadError:
        """The same failure, said of the file of the cache."""
        named = DownloadError(
            f"{self.url}/{path}", error.reason, hint=error.hint, silent=error.silent
        )
        if isinstance(error, StatusError):
            return self.refused(path, error.status)
        return named

    def read(self, path: str, limit: int) -> bytes:
        """See ``Transport.read``."""
        return self.get(path, limit, {}).data

    def read_changed(self, path: str, tag: str, limit: int) -> Content | None:
        """See ``Transport.read_changed``."""
        reply = self.get(path, limit, {"If-None-Match": tag} if tag else {})
        if reply.status == 304:
            return None
        return Content(reply.data, reply.fields.get("etag", ""))

    def read_part(self, path: str, start: int, length: int) -> bytes:
        """See ``Transport.read_part``."""
        if length <= 0:
            return b""
        fields = {"Range": f"bytes={start}-{start + length - 1}"}
        try:
            reply = self.get(path, start + length, fields, cut=True)
        except StatusError as error:
            if error.status == 416:  # the file ends before the part
                return b""
            raise
        if reply.status != 206:
            return reply.data[start : start + length]
        if not reply.fields.get("content-range", "").startswith(f"bytes {start}-"):
            raise DownloadError(f"{self.url}/{path}", "the server sent another part")
        return reply.data[:length]

    def download(self, path: str, target: str, size: int | None) -> None:
        """See ``Transport.download``."""
        import os

        address = self.address(path)
        partial = Partial(target + ".part", size, is_checked=size is not None)
        try:
            self.client.download(address, partial)
            os.replace(partial.path, target)
        except BaseException as error:
            if size is None or isinstance(error, StatusError):
                with suppress(FileNotFoundError):
                    os.unlink(partial.path)
            if isinstance(error, StatusError) and error.status in _ABSENT:
                raise absent(self.url, path) from error
            if isinstance(error, DownloadError):
                raise self._named(path, error) from error
            raise

    def exists(self, paths: Iterable[str]) -> set[str]:
        """See ``Transport.exists``."""
        return present(paths, self._is_there)

    def _is_there(self, path: str) -> bool:
        try:
            reply = self.client.ask("HEAD", self.address(path))
        except NotFoundError:
            return False
        except DownloadError as error:
            raise self._named(path, error) from error
        if reply.status in _ABSENT or self._hides(reply):
            return False
        if reply.status >= 300:
            raise self.refused(path, reply.status)
        return True


class ServedTransport:
    """The reading half of a transport whose files a server hands out."""

    is_layered = False

    def __init__(self, files: ServedFiles) -> None:
        self.url = files.url
        self._files = files

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

    def exists(self, paths: Iterable[str]) -> set[str]:
        return self._files.exists(paths)


_MEANING = {
    400: "the request makes no sense to it",
    401: "login required",
    403: "access denied",
    405: "not supported",
    413: "too large",
    429: "too many requests",
    503: "busy",
}
