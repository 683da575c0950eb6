"""Requests of every kind to one server or a few, over connections that stay open between them.

The rules are those of ``network``: time-outs, certificates, refusals, proxies. What the answers
mean, and how to log in, is for those who ask.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping

from spack.named_tuples import NamedTuple
from spack.sources.fetching.network import check_allowed, hint_for, reason_of, receive, ssl_context
from spack.sources.fetching.partial_files import Partial
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.fetching.requests import NetworkSettings, shown
from spack.sources.fetching.retries import DownloadError, is_passing, repeated, seconds_of
from spack.type_names import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import email.message
    import http.client
    import ssl

_BLOCK = 1 << 20
#: Answers that name another address, and the addresses that one request may be sent on to.
_MOVED = (301, 302, 303, 307, 308)
_MOST_MOVES = 10
#: Requests that a server may have acted on although no answer came.
_ONCE = ("POST", "PATCH")
#: Connections to one server that are kept while nothing is asked.
_MOST_IDLE = 64
#: All of an answer must arrive within so many times the time-out for its next bytes.
_PATIENCE = 3
#: Bytes of an answer of failure that are read, for the reason in it.
_REFUSAL = 1 << 16


class Body:
    """The bytes that a request brings: some in memory, or a part of a file."""

    def __init__(self, source: str | bytes, start: int = 0, length: int | None = None) -> None:
        self._source = source
        self._start = start
        if length is None:
            import os

            whole = len(source) if isinstance(source, bytes) else os.stat(source).st_size
            length = whole - start
        self.length = length
        self._digest = ""

    def blocks(self) -> Iterator[bytes]:
        """The bytes, in pieces. Raises OSError."""
        if isinstance(self._source, bytes):
            yield self._source[self._start : self._start + self.length]
            return
        left = self.length
        with open(self._source, "rb") as stream:
            stream.seek(self._start)
            while left:
                block = stream.read(min(_BLOCK, left))
                if not block:
                    raise OSError(f"{self._source} became shorter while it was sent")
                left -= len(block)
                yield block

    def sha256(self) -> str:
        """Hexadecimal digest of the bytes."""
        if not self._digest:
            digest = hashlib.sha256()
            for block in self.blocks():
                digest.update(block)
            self._digest = digest.hexdigest()
        return self._digest


NOTHING = Body(b"")


class Login(Protocol):
    """Adds what a server must know of who asks."""

    def fields(
        self, method: str, url: str, fields: Mapping[str, str], body: Body
    ) -> Mapping[str, str]:
        """Header fields to add to a request, which stay with the server it is meant for."""

    def renewed(self, method: str, url: str, headers: email.message.Message) -> bool:
        """Whether the refused request may be sent again, with other fields this time."""


class FixedLogin:
    """The same header fields in every request."""

    def __init__(self, fields: tuple[tuple[str, str], ...] = ()) -> None:
        self._fields = dict(fields)

    def fields(
        self, method: str, url: str, fields: Mapping[str, str], body: Body
    ) -> Mapping[str, str]:
        return self._fields

    def renewed(self, method: str, url: str, headers: email.message.Message) -> bool:
        return False


class Reply(NamedTuple):
    """An answer that was read to its end; names of header fields are in lower case."""

    status: int
    fields: Mapping[str, str]
    data: bytes
    url: str


class Client:
    """Asks servers, from several threads at once. Keeps connections as long as it lives.

    Args:
        settings: rules for talking to servers.
        login: what to tell the servers at ``origin``.
        origin: ``scheme://host:port`` of the server that may know the login; others never do.
    """

    def __init__(
        self, settings: NetworkSettings, login: Login = FixedLogin(), origin: str = ""
    ) -> None:
        self._settings = settings
        self._login = login
        self._origin = origin_of(origin)
        self._idle: dict[str, list[http.client.HTTPConnection]] = {}
        self._proxies: dict[str, urllib.parse.SplitResult | None] = {}
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """End the connections that are kept."""
        with self._lock:
            kept = [one for several in self._idle.values() for one in several]
            self._idle.clear()
        for connection in kept:
            connection.close()

    def ask(
        self,
        method: str,
        url: str,
        *,
        fields: Mapping[str, str] = {},
        body: Body = NOTHING,
        limit: int = _REFUSAL,
        cut: bool = False,
    ) -> Reply:
        """Send a request and read the answer, whatever its status; repeat it if that may help.

        ``cut``: of an answer with more than ``limit`` bytes take the beginning. Raises
        DownloadError: no answer, an answer with more bytes, one that tells to come back later and
        still does.
        """
        return repeated(
            lambda: self.ask_once(method, url, fields=fields, body=body, limit=limit, cut=cut)
        )

    def ask_once(
        self,
        method: str,
        url: str,
        *,
        fields: Mapping[str, str] = {},
        body: Body = NOTHING,
        limit: int = _REFUSAL,
        cut: bool = False,
    ) -> Reply:
        """The same without repetition, for requests that may not be sent twice."""
        with self._opened(method, url, fields, body) as (response, final):
            if response.status >= 300:
                limit, cut = _REFUSAL, True
            data = self._all_of(response, url, limit, cut)
            known = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, known, data, final)

    def _all_of(self, response: http.client.HTTPResponse, url: str, limit: int, cut: bool) -> bytes:
        import http.client

        timeout = self._settings.connect_timeout
        end = time.monotonic() + _PATIENCE * timeout if timeout else None
        blocks, size = [], 0
        try:
            # Only what has arrived is read, so that a server that dribbles is noticed.
            while response.length != 0 and (ahead := response.peek(1)):
                block = response.read(len(ahead))
                size += len(block)
                blocks.append(block)
                if size > limit and cut:
                    return b"".join(blocks)[:limit]
                if size > limit:
                    raise DownloadError(shown(url), f"it has more than {limit} bytes")
                if end is not None and time.monotonic() > end:
                    raise DownloadError(shown(url), "the answer took too long to arrive")
            response.read()  # nothing, or the error of an answer that is too short
        except (OSError, http.client.HTTPException) as error:
            raise DownloadError(shown(url), reason_of(error), passing=True) from error
        return b"".join(blocks)

    def download(self, url: str, partial: Partial, reporter: FetchReporter = SILENT) -> None:
        """Take what is missing of a file, in as many answers as it needs.

        Raises DownloadError; a :class:`StatusError` if the server refuses.
        """

        @contextlib.contextmanager
        def opened(
            fields: Mapping[str, str],
        ) -> Iterator[tuple[IO[bytes], email.message.Message]]:
            with self._opened("GET", url, fields, NOTHING) as (response, _):
                if response.status == 416 and fields:
                    reason = "the server lacks the rest"
                    raise DownloadError(shown(url), reason, passing=True, status=416)
                if response.status not in (200, 206):
                    raise StatusError(url, response.status, response.reason)
                yield response, response.headers

        repeated(lambda: receive(url, partial, opened, reporter))

    @contextlib.contextmanager
    def _opened(
        self, method: str, url: str, fields: Mapping[str, str], body: Body
    ) -> Iterator[tuple[http.client.HTTPResponse, str]]:
        """The answer to a request and the address that it came from, followed where it leads."""
        may_renew = True
        for _ in range(_MOST_MOVES):
            sent = {"User-Agent": "spack", **fields}
            is_ours = origin_of(url) == self._origin
            if is_ours:
                sent.update(self._login.fields(method, url, sent, body))
            with self._exchange(method, url, sent, body) as response:
                place = response.headers.get("Location")
                if response.status in _MOVED and place and method in ("GET", "HEAD"):
                    url = urllib.parse.urljoin(url, place)
                elif response.status == 401 and is_ours and may_renew:
                    may_renew = False
                    if not self._login.renewed(method, url, response.headers):
                        yield response, url
                        return
                elif is_passing(response.status):
                    wait = seconds_of(response.headers.get("Retry-After"))
                    raise StatusError(url, response.status, response.reason, wait)
                else:
                    yield response, url
                    return
                response.read(_REFUSAL)
        raise DownloadError(shown(url), "the server sends from one address to another")

    @contextlib.contextmanager
    def _exchange(
        self, method: str, url: str, fields: Mapping[str, str], body: Body
    ) -> Iterator[http.client.HTTPResponse]:
        """Send one request over a kept connection or a new one, which is kept if it can be."""
        import http.client

        check_allowed(url, self._settings)
        origin = origin_of(url)
        while True:
            kept = self._kept(origin)
            connection = kept if kept is not None else self._connect(url)
            try:
                response = _answer(connection, method, self._target(url), fields, body)
                break
            except (OSError, ValueError, http.client.HTTPException) as error:
                connection.close()
                broken = isinstance(error, (ConnectionError, http.client.HTTPException))
                if broken and kept is not None and method not in _ONCE:
                    continue  # the server has ended it meanwhile
                raise _no_answer(url, error) from error
        try:
            yield response
        finally:
            if response.isclosed() and not response.will_close:
                self._keep(origin, connection)
            else:
                response.close()
                connection.close()

    def _kept(self, origin: str) -> http.client.HTTPConnection | None:
        """A connection to a server that has not ended it, as far as can be seen."""
        while True:
            with self._lock:
                idle = self._idle.get(origin)
                connection = idle.pop() if idle else None
            if connection is None or not _has_news(connection):
                return connection
            connection.close()

    def _keep(self, origin: str, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            idle = self._idle.setdefault(origin, [])
            if len(idle) < _MOST_IDLE:
                idle.append(connection)
                return
        connection.close()

    def _connect(self, url: str) -> http.client.HTTPConnection:
        """A connection to the server of an address, through the proxy that the variables name."""
        import http.client

        parts = urllib.parse.urlsplit(url)
        proxy = self._proxy(parts)
        place = parts if proxy is None else proxy
        host, port = place.hostname or "", place.port
        timeout = self._settings.connect_timeout or None
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        with self._lock:
            if self._context is None:
                self._context = ssl_context(self._settings)
        made = http.client.HTTPSConnection(host, port, timeout=timeout, context=self._context)
        if proxy is not None:
            made.set_tunnel(parts.hostname or "", parts.port, headers=_proxy_login(proxy))
        return made

    def _target(self, url: str) -> tuple[str, Mapping[str, str]]:
        """The words that stand for an address in a request, and header fields for a proxy."""
        parts = urllib.parse.urlsplit(url)
        proxy = self._proxy(parts) if parts.scheme == "http" else None
        if proxy is not None:
            return urllib.parse.urlunsplit(parts._replace(fragment="")), _proxy_login(proxy)
        path = parts.path or "/"
        return f"{path}?{parts.query}" if parts.query else path, {}

    def _proxy(self, parts: urllib.parse.SplitResult) -> urllib.parse.SplitResult | None:
        """The address of the proxy for an address, by ``http_proxy``, ``no_proxy`` and others."""
        host = parts.netloc.rpartition("@")[2]
        key = f"{parts.scheme}://{host}"
        if key not in self._proxies:
            import urllib.request

            found = urllib.request.getproxies().get(parts.scheme) or ""
            if found and urllib.request.proxy_bypass(host):
                found = ""
            address = found if "://" in found or not found else f"http://{found}"
            self._proxies[key] = urllib.parse.urlsplit(address) if address else None
        return self._proxies[key]


class StatusError(DownloadError):
    """A server refused a request, or is busy still."""

    def __init__(self, url: str, status: int, phrase: str, wait: float = 0.0) -> None:
        reason = f"HTTP status {status} ({phrase})" if phrase else f"HTTP status {status}"
        super().__init__(shown(url), reason, passing=is_passing(status), wait=wait, status=status)


def origin_of(url: str) -> str:
    """``scheme://host:port`` of an address, the port as it is written; "" for no address."""
    if not url:
        return ""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _answer(
    connection: http.client.HTTPConnection,
    method: str,
    target: tuple[str, Mapping[str, str]],
    fields: Mapping[str, str],
    body: Body,
) -> http.client.HTTPResponse:
    """Send a request; the head of the answer, also of one that came before all was sent."""
    path, more = target
    sent = {**fields, **more}
    if body.length or method in ("PUT", "POST", "PATCH"):
        sent["Content-Length"] = str(body.length)
    try:
        connection.request(method, path, body.blocks() if body.length else None, sent)
    except (BrokenPipeError, ConnectionResetError):
        if not body.length:
            raise
    return connection.getresponse()


def _has_news(connection: http.client.HTTPConnection) -> bool:
    """Whether something arrived that was not asked for, such as the end of the connection."""
    import select

    if connection.sock is None:
        return True
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _no_answer(url: str, error: Exception) -> DownloadError:
    """The error of a server that ended a connection, or never began one."""
    import http.client

    reason = reason_of(error)
    passing = isinstance(error, (ConnectionResetError, BrokenPipeError, http.client.HTTPException))
    return DownloadError(shown(url), reason, hint=hint_for(reason), passing=passing, silent=True)


def _proxy_login(proxy: urllib.parse.SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    import base64

    pair = urllib.parse.unquote(f"{proxy.username}:{proxy.password or ''}")
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
