"""The transport for an address: which kind of cache it is."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Mapping

from spack.buildcache.transports.port import Transport
from spack.config.settings.place_settings import Connection
from spack.errors import ConfigurationError
from spack.sources.fetching.network import local_path
from spack.sources.fetching.requests import NetworkSettings
from spack.sources.mirrors import request_options


def open_transport(
    connection: Connection,
    network: NetworkSettings = NetworkSettings(),
    variables: Mapping[str, str] = os.environ,
    base_image: str | None = None,
) -> Transport:
    """The transport for one direction of a mirror.

    ``variables`` are the process variables, which hold the access data that the mirror names.
    ``base_image`` is the image below those of packages, in caches of images. Nothing is asked and
    nothing made yet. Raises ConfigurationError for an address of no use.
    """
    url = connection.url
    path = local_path(url)
    if path is not None:
        from spack.buildcache.transports.directory import DirectoryTransport

        return DirectoryTransport(path)
    scheme = urllib.parse.urlsplit(url).scheme
    if scheme in ("http", "https"):
        from spack.buildcache.transports.web import WebTransport

        return WebTransport(url, network, request_options(connection, variables))
    if scheme == "s3":
        from spack.buildcache.transports.s3 import S3Transport

        return S3Transport(connection, network, variables)
    if scheme in ("oci", "oci+http", "oci+https"):
        from spack.buildcache.oci_caches import OciTransport

        return OciTransport(url, network, request_options(connection, variables), base_image)
    raise ConfigurationError(
        f"'{url}' is not the address of a binary cache",
        hint="use a directory, or an address that begins with https, http, file, s3 or oci",
    )
