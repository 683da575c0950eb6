"""Fixtures of the tests of sources: a web server, repositories, archives, concrete specs."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from typing import Any, Callable

import pytest

from spack.config.settings.place_settings import Connection, Mirror
from spack.sources.fetching import retries


def mirror_at(url: str, name: str = "mirror") -> Mirror:
    """A mirror of everything at one URL or directory."""
    return Mirror(name, Connection(url), Connection(url))


def sha256(path: Any) -> str:
    """Digest of a file."""
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


class Server:
    """Serves a directory and remembers what was asked."""

    def __init__(self, directory: str) -> None:
        requests: list[tuple[str, str, dict[str, str]]] = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments, directory=directory)

            def log_message(self, *arguments: Any) -> None:
                pass

            def first(self) -> bool:
                return sum(path == self.path for _, path, _ in requests) == 1

            def part(self, name: str) -> None:
                """The first half, then what is asked for, or all if the file is another now.

                Words in the path make a server that is worse: ``untold`` gives no tag, ``astray``
                answers with another part, ``swapped`` sends other bytes than it says, and
                ``shrinking`` has less of the file than is asked for.
                """
                path = os.path.join(directory, name)
                with open(path, "rb") as stream:
                    data = stream.read()
                tag = f'"{hashlib.sha256(data).hexdigest()}"'
                start = int(self.headers.get("Range", "bytes=0-")[6:-1])
                if start and start >= len(data):
                    self.send_error(416)
                    return
                is_rest = start > 0 and self.headers["If-Range"] == tag
                self.send_response(206 if is_rest else 200)
                rest = data[start:] if is_rest else data
                if is_rest and "/swapped/" in self.path:
                    rest = bytes(len(rest))
                if is_rest:
                    begin = start + 1 if "/astray/" in self.path else start
                    self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
                if "/untold/" not in self.path:
                    self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(rest)))
                self.end_headers()
                self.wfile.write(rest[: len(rest) // 2] if self.first() else rest)
                if "/changing/" in self.path and self.first():
                    with open(path, "ab") as stream:
                        stream.write(b"more")
                if "/shrinking/" in self.path and self.first():
                    os.truncate(path, 100)

            def do_GET(self) -> None:
                requests.append(("GET", self.path, dict(self.headers)))
                if self.path.startswith("/redirect/"):
                    self.send_response(302)
                    self.send_header("Location", self.path[len("/redirect") :])
                    self.end_headers()
                elif self.path.startswith("/short/"):
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b"half")
                elif self.path.startswith("/refuse/"):
                    self.send_error(403)
                elif self.path.startswith("/busy/") and self.first():
                    self.send_response(503)
                    self.send_header("Retry-After", "7")
                    self.end_headers()
                elif self.path.startswith("/cut/"):
                    self.part(self.path.rpartition("/")[2])
                else:
                    super().do_GET()

        self.requests = requests
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        """Paths that were asked for, in order."""
        return [path for _, path, _ in self.requests]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: Any) -> list[float]:
    """The pauses between requests; nobody waits for them."""
    found: list[float] = []
    monkeypatch.setattr(retries, "sleep", found.append)
    return found


@pytest.fixture
def web(tmp_path: Any) -> Iterator[Server]:
    """A web server for ``tmp_path/web``."""
    directory = tmp_path / "web"
    directory.mkdir()
    server = Server(str(directory))
    thread = threading.Thread(target=server.server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.server.shutdown()
    thread.join()
    server.server.server_close()


@pytest.fixture
def make_archive(tmp_path: Any) -> Callable[..., str]:
    """Makes ``tmp_path/archives/NAME`` holding files given by path and text."""

    def make(name: str, files: dict[str, str]) -> str:
        target = tmp_path / "archives" / name
        target.parent.mkdir(exist_ok=True)
        tree = tmp_path / "archives" / (name + ".tree")
        mode = {"gz": "w:gz", "bz2": "w:bz2", "xz": "w:xz", "tar": "w"}[name.rpartition(".")[2]]
        with tarfile.open(target, mode) as tar:  # type: ignore[call-overload]
            for path, text in files.items():
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                (tree / path).write_text(text)
                tar.add(tree / path, arcname=path)
        return str(target)

    return make


class GitRepository:
    """A repository of this machine."""

    def __init__(self, path: str) -> None:
        self.path = path
        os.makedirs(path)
        self("init", "--quiet", "--initial-branch=main")
        self("config", "user.email", "someone@example.org")
        self("config", "user.name", "Someone")

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    @property
    def url(self) -> str:
        """Address through the file transport, which knows shallow clones."""
        return "file://" + self.path

    def commit(self, name: str, text: str) -> str:
        """Write a file, commit it; the new commit."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as stream:
            stream.write(text)
        self("add", "--", name)
        self("commit", "--quiet", "-m", f"change {name}")
        return self("rev-parse", "HEAD")


@pytest.fixture
def make_repository(tmp_path: Any) -> Callable[[str], GitRepository]:
    """Makes git repositories below ``tmp_path/git``."""
    return lambda name: GitRepository(str(tmp_path / "git" / name))
