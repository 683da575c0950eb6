"""Configuration files included by URL: fetched once, checked against their sha256, kept by it."""

from __future__ import annotations

import os

from spack.errors import ConfigurationError, Origin

SCHEMES = ("file", "ftp", "http", "https")
_TIMEOUT_SECONDS = 30


def is_remote(path: str) -> bool:
    """Whether an included path is a URL."""
    return path.partition("://")[0] in SCHEMES and "://" in path


def fetch(url: str, sha256: str | None, directory: str, origin: Origin) -> str:
    """Path of a local copy of the file at a URL.

    Raises:
        ConfigurationError: no checksum, a wrong one, or the file cannot be had.
    """
    if not sha256:
        raise ConfigurationError(
            f"the included URL {url} needs the key 'sha256'",
            origin=origin,
            hint="add the sha256 of the file: the content of a URL may change",
        )
    copy = os.path.join(directory, f"{sha256}.yaml")
    if os.path.exists(copy):
        return copy
    content = _download(url, origin)
    import hashlib

    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise ConfigurationError(
            f"{url} has the sha256 {actual}, not {sha256}",
            origin=origin,
            hint="review the new content before you change the checksum",
        )
    os.makedirs(directory, exist_ok=True)
    temporary = f"{copy}.{os.getpid()}"
    with open(temporary, "wb") as file:
        file.write(content)
    os.replace(temporary, copy)
    return copy


def _download(url: str, origin: Origin) -> bytes:
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
            content: bytes = response.read()
            return content
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"cannot fetch {url}: {getattr(error, 'reason', error)}",
            origin=origin,
            hint="check the URL and the network, or include a local file",
        ) from None
