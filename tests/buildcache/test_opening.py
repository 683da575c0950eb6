"""Addresses of caches, and the transports for them."""

from __future__ import annotations

import pytest

from spack.buildcache.opening import open_transport
from spack.config.settings.place_settings import Connection
from spack.errors import ConfigurationError


@pytest.mark.parametrize(
    "url, kind",
    [
        ("/a/b", "DirectoryTransport"),
        ("file:///a/b", "DirectoryTransport"),
        ("https://example.org/x", "WebTransport"),
        ("s3://bucket/x", "S3Transport"),
        ("oci://example.org/x", "OciTransport"),
    ],
)
def test_addresses_have_transports(url: str, kind: str) -> None:
    connection = Connection(url, endpoint_url="http://127.0.0.1:1")
    assert type(open_transport(connection, variables={"HOME": "/"})).__name__ == kind


def test_other_addresses_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="begins with https"):
        open_transport(Connection("gopher://x"), variables={})
