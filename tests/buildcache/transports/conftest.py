"""Servers for the tests of transports: of files, with every fault that servers have."""

from __future__ import annotations

import hashlib
import http.server
import os
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from spack.sources.fetching import retries


@pytest.fixture(autouse=True)
def pauses(monkeypatch: Any) -> list[float]:
    """The pauses between requests; nobody waits for them."""
    found: list[float] = []
    monkeypatch.setattr(retries, "sleep", found.append)
    return found


class FileServer:
    """Serves the files of a directory over connections that stay open.

    Attributes:
        requests: method, path and header fields of each request.
        fault: what to do instead of the next answers: a function of the handler and of the bytes
            that it should send, which returns whether that was the answer.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.fault: Callable[[Any, bytes], bool] = lambda handler, data: False
        self.connections = 0
        this = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                this.connections += 1
                super().setup()

            def log_message(self, *arguments: Any) -> None:
                pass

            def do_GET(self) -> None:
                this.requests.append((self.command, self.path, dict(self.headers)))
                file = this.root / urllib.parse.unquote(self.path.lstrip("/"))
                data = file.read_bytes() if file.is_file() else b""
                if this.fault(self, data):
                    return
                if not file.is_file():
                    self.answer(404, b"")
                    return
                tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
                if self.headers.get("If-None-Match") == tag:
                    self.answer(304, b"")
                    return
                wanted = self.headers.get("Range")
                if wanted is None or self.headers.get("If-Range", tag) != tag:
                    self.answer(200, data, ETag=tag)
                    return
                start, _, end = wanted[len("bytes=") :].partition("-")
                if int(start) >= len(data):
                    self.answer(416, b"")
                    return
                last = min(int(end or len(data)), len(data) - 1)
                part = {"Content-Range": f"bytes {start}-{last}/{len(data)}", "ETag": tag}
                self.answer(206, data[int(start) : last + 1], **part)

            def answer(self, status: int, data: bytes, **fields: str) -> None:
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name.replace("_", "-"), value)
                if status != 304:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do_GET

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[FileServer]:
    """A server of the files in ``tmp_path/served``."""
    root = tmp_path / "served"
    root.mkdir()
    server = FileServer(root)
    thread = threading.Thread(target=server.server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.server.shutdown()
    thread.join()
    server.server.server_close()


@pytest.fixture
def no_proxy(monkeypatch: Any) -> None:
    """No proxy is configured."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
