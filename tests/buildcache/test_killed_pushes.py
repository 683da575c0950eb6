"""Pushes to a registry and to a bucket that are killed: a package is there whole, or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spack.buildcache import layout
from spack.buildcache.opening import open_transport
from spack.config.settings.place_settings import Connection

_ROOT = Path(__file__).parents[2]

#: Pushes packages of one blob and one specfile for ever, each with its manifest last.
_PUSHER = """
import itertools, json, os, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from tests.buildcache.test_oci_caches import node, push
from spack.buildcache.opening import open_transport
from spack.config.settings.place_settings import Connection
cache = open_transport(Connection(**json.loads(sys.argv[4])), variables=os.environ)
for number in itertools.count():
    path = push(cache, Path(sys.argv[3]), [node("abcdefgh"[number % 8])], data="x" * 300_000)
    print(path, flush=True)
"""


@pytest.fixture(params=["registry", "bucket"])
def connection(request: Any, registry_url: str, tmp_path: Path) -> Iterator[Connection]:
    """The access to a new cache."""
    if request.param == "registry":
        yield Connection(registry_url)
        return
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = Connection(
        "s3://bucket/cache", id="id", secret_variable="SECRET", endpoint_url=f"http://{host}:{port}"
    )
    import urllib.request

    address = urllib.request.Request(f"http://{host}:{port}/bucket", method="PUT")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(address).close()
    yield found
    server.stop()


def test_what_is_there_is_whole(connection: Connection, tmp_path: Path) -> None:
    variables = {"SECRET": "secret", "HOME": "/", "no_proxy": "*", "PATH": os.environ["PATH"]}
    words = [str(_ROOT / "lib" / "spack"), str(_ROOT), str(tmp_path)]
    words.append(json.dumps(connection._asdict()))
    for delay in (0.02, 0.1, 0.3):
        pusher = subprocess.Popen(
            [sys.executable, "-c", _PUSHER, *words],
            env=variables, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert pusher.stdout is not None and pusher.stdout.readline()
        time.sleep(delay)  # then it is in the middle of another
        pusher.send_signal(signal.SIGKILL)
        pusher.wait()
        pusher.stdout.close()
    cache = open_transport(connection, variables=variables)
    paths = list(cache.list("v3/manifests/spec"))
    assert paths
    for path in paths:
        found = layout.parse_manifest(cache.read(path, limit=1 << 20), path)
        for blob in found.blobs:
            target = tmp_path / "copy"
            cache.download(blob.path, str(target), size=blob.size)
            assert layout.blob_of(target.read_bytes(), "").checksum == blob.checksum
