"""Logins of OCI registries: what they ask for, and tokens from the servers that they name.

Must not know repositories of packages, blobs or manifests.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import urllib.parse
from collections.abc import Mapping

from spack.named_tuples import NamedTuple
from spack.sources.fetching.clients import Body, Client, FixedLogin, origin_of
from spack.sources.fetching.requests import NetworkSettings, shown
from spack.sources.fetching.retries import DownloadError
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    import email.message

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\\x00-\x1f]|\\[\x20-\x7e])*"'
_SCHEME = re.compile(rf"\s*({_TOKEN})(?:\s+|\s*$)")
_PARAMETER = re.compile(rf"\s*({_TOKEN})\s*=\s*({_TOKEN}|{_QUOTED})\s*(?:,|$)")
#: Characters of a demand, and of a token.
_LONGEST_DEMAND = 8192
_LONGEST_TOKEN = 1 << 16


class Demand(NamedTuple):
    """One way to log in that a server offers: ``Bearer`` with realm, service and scope, or others.

    ``scheme`` and the names of parameters are in lower case.
    """

    scheme: str
    parameters: Mapping[str, str]


def demands(text: str) -> list[Demand]:
    """The ways to log in of a ``WWW-Authenticate`` field; none if it makes no sense."""
    found: list[Demand] = []
    position = 0
    if len(text) > _LONGEST_DEMAND:
        return []
    while position < len(text):
        parameter = _PARAMETER.match(text, position) if found else None
        if parameter is not None:
            name, value = parameter.groups()
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            known = {**found[-1].parameters, name.lower(): value}
            found[-1] = found[-1]._replace(parameters=known)
            position = parameter.end()
            continue
        scheme = _SCHEME.match(text, position)
        if scheme is None:
            return []
        found.append(Demand(scheme.group(1).lower(), {}))
        position = scheme.end()
    return found


class RegistryLogin:
    """Logs in as a registry asks. See :class:`~spack.sources.fetching.clients.Login`.

    Args:
        network: rules for talking to servers.
        root: address of the registry.
        user: user name and password; None for strangers.
        token: a token that is used as it is; "" for none.
        scope: the rights to ask for, where the registry does not say which.
    """

    def __init__(
        self,
        network: NetworkSettings,
        root: str,
        user: tuple[str, str] | None,
        token: str,
        scope: str,
    ) -> None:
        self._network = network
        self._root = root
        self._user = user
        self._scope = scope
        self._given = f"Bearer {token}" if token else ""
        self._lock = threading.Lock()
        self._count = 0

    def fields(
        self, method: str, url: str, fields: Mapping[str, str], body: Body
    ) -> Mapping[str, str]:
        return {"Authorization": self._given} if self._given else {}

    def renewed(self, method: str, url: str, headers: email.message.Message) -> bool:
        count = self._count
        with self._lock:
            if self._count != count:
                return True  # another thread was quicker
            for demand in demands(", ".join(headers.get_all("WWW-Authenticate") or ())):
                if demand.scheme == "bearer" and "realm" in demand.parameters:
                    self._given = f"Bearer {self._token(demand.parameters)}"
                elif demand.scheme == "basic" and self._user is not None:
                    self._given = _basic(self._user)
                else:
                    continue
                self._count += 1
                return True
        return False

    def _token(self, demand: Mapping[str, str]) -> str:
        """A token for the rights that a registry demands. Raises DownloadError."""
        realm = demand["realm"]
        parts = urllib.parse.urlsplit(realm)
        is_open = self._root.startswith("http:")
        if parts.scheme != "https" and not (is_open and parts.scheme == "http"):
            raise DownloadError(
                shown(realm), "the registry asks to log in over a connection that is not safe"
            )
        query = {"service": demand.get("service", ""), "scope": demand.get("scope", self._scope)}
        words = urllib.parse.urlencode({key: text for key, text in query.items() if text})
        url = realm + ("&" if parts.query else "?") + words
        fields = (("Authorization", _basic(self._user)),) if self._user is not None else ()
        client = Client(self._network, FixedLogin(fields), origin_of(realm))
        try:
            reply = client.ask("GET", url, limit=_LONGEST_TOKEN)
        finally:
            client.close()
        if reply.status != 200:
            raise DownloadError(
                shown(realm),
                f"login failed with HTTP status {reply.status}",
                hint="check the user name and the password of the mirror",
            )
        return _token_in(reply.data, realm)


def _token_in(data: bytes, realm: str) -> str:
    try:
        answer = json.loads(data)
        token = answer.get("token") or answer.get("access_token")
    except (ValueError, AttributeError, RecursionError):
        token = None
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
        raise DownloadError(shown(realm), "the answer has no token")
    return token


def _basic(user: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(user).encode()).decode()
