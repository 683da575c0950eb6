"""Settings of requests to servers, their additions, and addresses as messages show them."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping

from spack.named_tuples import NamedTuple


class NetworkSettings(NamedTuple):
    """The rules for talking to servers (``config:`` keys of the same meaning).

    Attributes:
        method: ``urllib``, or ``curl`` with optional arguments.
        connect_timeout: seconds to wait for a connection or for the next bytes; 0 means for ever.
        verify_ssl: check certificates.
        ssl_certs: file or directory of extra authorities, or None.
        offline: refuse every address that is not a file of this machine.
    """

    method: str = "urllib"
    connect_timeout: float = 30.0
    verify_ssl: bool = True
    ssl_certs: str | None = None
    offline: bool = False


class RequestOptions(NamedTuple):
    """Additions of one request: the ``fetch_options`` of a recipe, the access data of a mirror."""

    timeout: float | None = None
    cookie: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    basic_auth: tuple[str, str] | None = None
    bearer_token: str | None = None

    @classmethod
    def from_fetch_options(cls, options: Mapping[str, object] | None) -> RequestOptions:
        """The ``fetch_options`` map of a recipe: ``timeout`` (seconds) and ``cookie`` are known."""
        options = options or {}
        timeout = options.get("timeout")
        cookie = options.get("cookie")
        return cls(
            timeout=float(str(timeout)) if timeout is not None else None,
            cookie=str(cookie) if cookie is not None else None,
        )

    def header_fields(self) -> tuple[tuple[str, str], ...]:
        """Every header field of the request, credentials included."""
        fields = list(self.headers)
        if self.cookie:
            fields.append(("Cookie", self.cookie))
        if self.basic_auth:
            import base64

            pair = ":".join(self.basic_auth).encode()
            fields.append(("Authorization", "Basic " + base64.b64encode(pair).decode()))
        if self.bearer_token:
            fields.append(("Authorization", f"Bearer {self.bearer_token}"))
        return tuple(fields)


def shown(url: str) -> str:
    """The address without a password, for messages."""
    parts = urllib.parse.urlsplit(url)
    if "@" not in parts.netloc:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit(parts._replace(netloc=host))
