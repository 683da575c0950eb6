"""A local server that answers for many hosts, as a proxy: pages laid out as real hosts do."""

from __future__ import annotations

import http.server
import threading
from types import TracebackType
from typing import NamedTuple


class Answer(NamedTuple):
    """The answer of a host; ``late`` seconds pass before each byte of the body."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    late: bool = False


def page(*links: str) -> Answer:
    """A page of links."""
    text = "".join(f'<a href="{link}">{link.rpartition("/")[2]}</a>\n' for link in links)
    return Answer(f"<!DOCTYPE html><html><body><pre>{text}</pre></body></html>".encode())


def apache(folder: str, *names: str) -> Answer:
    """An index that Apache makes of a folder: links that sort it, the parent, the entries."""
    order = "".join(f'<th><a href="?C={key};O=A">{key}</a></th>' for key in "NMSD")
    parent = folder.rstrip("/").rpartition("/")[0] + "/"
    rows = "".join(
        f'<tr><td valign="top"><img src="/icons/unknown.gif" alt="[   ]"></td>'
        f'<td><a href="{name}">{name}</a></td><td align="right">2020-01-01 10:00  </td></tr>\n'
        for name in names
    )
    return Answer(
        f"<html><head><title>Index of {folder}</title></head><body><h1>Index of {folder}</h1>"
        f'<table><tr>{order}</tr><tr><td><a href="{parent}">Parent Directory</a></td></tr>{rows}'
        "</table><address>Apache/2.4 Server</address></body></html>".encode()
    )


class Hosts:
    """The server: addresses without scheme to answers; everything else is status 404."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        asked: list[str] = []
        stopped = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments: object) -> None:
                pass

            def do_GET(self) -> None:
                address = self.path.partition("://")[2]
                asked.append(address)
                answer = answers.get(address, Answer(status=404))
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if not answer.late:
                    self.wfile.write(answer.body)
                    return
                for byte in answer.body:
                    if stopped.wait(0.2):
                        return
                    try:
                        self.wfile.write(bytes([byte]))
                    except OSError:
                        return

        self.asked = asked
        self._stopped = stopped
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def variables(self) -> dict[str, str]:
        """Process variables that send every request here."""
        return {"http_proxy": self.address, "no_proxy": ""}

    def __enter__(self) -> Hosts:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
