"""Registries of images for tests: the one of the distribution, open or with tokens."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_CONFIG = """\
version: 0.1
log: {level: error}
storage:
  filesystem: {rootdirectory: DATA}
  delete: {enabled: true}
http: {addr: "127.0.0.1:PORT"}
"""


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextlib.contextmanager
def running(folder: Path, more: str = "") -> Iterator[str]:
    """``host:port`` of a registry that keeps its data in a folder."""
    program = shutil.which("docker-registry")
    assert program, "docker-registry is not installed"
    port = _free_port()
    config = _CONFIG.replace("DATA", str(folder / "data")).replace("PORT", str(port))
    (folder / "config.yml").write_text(config + more)
    with open(folder / "log", "wb") as log:
        command = [program, "serve", str(folder / "config.yml")]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(500):
            assert process.poll() is None, (folder / "log").read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


class TokenServer:
    """Gives tokens for everything that is asked for to one user, and for reading to all.

    Attributes:
        asked: the scopes that were asked for, with whether it was the user.
    """

    USER = ("me", "pass:word")

    def __init__(self, folder: Path) -> None:
        self.asked: list[tuple[str, bool]] = []
        self._key = str(folder / "key.pem")
        self.certificate = str(folder / "cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self._key,
             "-out", self.certificate, "-days", "2", "-subj", "/CN=tokens"],
            check=True, capture_output=True,
        )  # fmt: skip
        lines = Path(self.certificate).read_text().split("-----")[2]
        self._chain = "".join(lines.split())
        this = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments: Any) -> None:
                pass

            def do_GET(self) -> None:
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                pair = base64.b64encode(":".join(TokenServer.USER).encode()).decode()
                known = self.headers.get("Authorization") == f"Basic {pair}"
                scope = query["scope"][0] if "scope" in query else ""
                this.asked.append((scope, known))
                data = json.dumps({"token": this.token(scope, known)}).encode()
                self.send_response(200 if known or "Authorization" not in self.headers else 401)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/token"

    def token(self, scope: str, known: bool) -> str:
        """A token for a scope, or for what a stranger may have of it."""
        kind, name, actions = scope.split(":") if scope else ("", "", "")
        allowed = actions.split(",") if known else ["pull"]
        now = int(time.time())
        claims = {
            "iss": "tokens", "aud": "registry", "sub": "", "exp": now + 300, "nbf": now - 60,
            "iat": now, "jti": str(time.time_ns()),
            "access": [{"type": kind, "name": name, "actions": allowed}] if scope else [],
        }  # fmt: skip
        header = {"typ": "JWT", "alg": "RS256", "x5c": [self._chain]}
        words = ".".join(_encoded(json.dumps(one).encode()) for one in (header, claims))
        signed = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self._key],
            input=words.encode(), check=True, capture_output=True,
        )  # fmt: skip
        return f"{words}.{_encoded(signed.stdout)}"

    def settings(self) -> str:
        """The part of a registry's configuration that demands tokens."""
        return (
            f"auth:\n  token:\n    realm: {self.url}\n    service: registry\n    issuer: tokens\n"
            f"    rootcertbundle: {self.certificate}\n"
        )


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextlib.contextmanager
def tokens(folder: Path) -> Iterator[TokenServer]:
    """A server of tokens."""
    found = TokenServer(folder)
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        thread.join()
        found.server.server_close()
