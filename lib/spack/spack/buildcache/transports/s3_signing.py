"""Signatures of requests to S3 services, version 4 of the scheme.

Knows keys and requests; must not know where keys come from or what is asked.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import urllib.parse
from collections.abc import Mapping

from spack.named_tuples import NamedTuple
from spack.sources.fetching.clients import Body
from spack.type_names import TYPE_CHECKING, Callable, Optional

if TYPE_CHECKING:
    import email.message

_SCHEME = "AWS4-HMAC-SHA256"
_PORTS = {"http": 80, "https": 443}


class AccessKey(NamedTuple):
    """The key that requests are signed with; ``token`` is "" for a key that lasts."""

    id: str
    secret: str
    token: str = ""


#: Gives the key of this moment, as keys may last for an hour; None leaves requests unsigned.
KeySource = Callable[[], Optional[AccessKey]]


class S3Login:
    """Signs requests. See :class:`~spack.sources.fetching.clients.Login`."""

    def __init__(self, key: KeySource, region: str) -> None:
        self._key = key
        self._region = region

    def fields(
        self, method: str, url: str, fields: Mapping[str, str], body: Body
    ) -> Mapping[str, str]:
        key = self._key()
        if key is None:
            return {}
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        return signed_fields(key, self._region, method, url, body.sha256(), now)

    def renewed(self, method: str, url: str, headers: email.message.Message) -> bool:
        return False


def signed_fields(
    key: AccessKey, region: str, method: str, url: str, digest: str, now: str
) -> dict[str, str]:
    """The header fields that sign a request.

    Args:
        digest: hexadecimal SHA-256 of the body.
        now: the time of the request, as in 20260102T030405Z.
    """
    parts = urllib.parse.urlsplit(url)
    sent = {"host": _host(parts), "x-amz-content-sha256": digest, "x-amz-date": now}
    if key.token:
        sent["x-amz-security-token"] = key.token
    names = ";".join(sorted(sent))
    query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in query)
    request = "\n".join(
        [
            method,
            parts.path or "/",
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{sent[name]}" for name in sorted(sent)),
            "",
            names,
            digest,
        ]
    )
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    signing = f"AWS4{key.secret}".encode()
    for word in scope.split("/"):
        signing = _mac(signing, word)
    signature = _mac(signing, f"{_SCHEME}\n{now}\n{scope}\n{hashed}").hex()
    login = f"{_SCHEME} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    del sent["host"]  # the connection sends it
    return {**sent, "Authorization": login}


def _host(parts: urllib.parse.SplitResult) -> str:
    """The server as a connection names it: without a port that the scheme implies."""
    host = parts.netloc.rpartition("@")[2]
    implied = f":{_PORTS.get(parts.scheme, 0)}"
    return host[: -len(implied)] if host.endswith(implied) else host


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
