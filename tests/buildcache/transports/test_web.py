"""Caches at web servers: whole files, parts, many questions, and servers with faults."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from spack.buildcache.transports.port import UnlistedError, UploadError
from spack.buildcache.transports.web import WebTransport
from spack.errors import NotFoundError
from spack.sources.fetching import retries
from spack.sources.fetching.clients import Client
from spack.sources.fetching.requests import NetworkSettings, RequestOptions
from spack.sources.fetching.retries import DownloadError

pytestmark = pytest.mark.usefixtures("no_proxy")

QUICK = NetworkSettings(connect_timeout=0.3)


def test_files_and_parts(served: Any, tmp_path: Path) -> None:
    data = os.urandom(300_000)
    (served.root / "a b").write_bytes(data)
    cache = WebTransport(served.url + "/")
    assert cache.url == served.url
    assert cache.read("a b", limit=300_000) == data
    assert cache.read_part("a b", 10, 20) == data[10:30]
    assert cache.read_part("a b", 299_999, 20) == data[-1:]
    assert cache.read_part("a b", 300_000, 20) == b""
    cache.download("a b", str(tmp_path / "copy"), size=300_000)
    assert (tmp_path / "copy").read_bytes() == data
    assert served.connections == 1
    with pytest.raises(NotFoundError):
        cache.read("none", limit=1)
    with pytest.raises(NotFoundError):
        cache.download("none", str(tmp_path / "none"), size=1)
    with pytest.raises(NotFoundError):
        cache.read("../a b", limit=1)
    assert set(os.listdir(tmp_path)) == {"served", "copy"}


def test_an_unchanged_file_is_not_sent(served: Any) -> None:
    (served.root / "a").write_bytes(b"1")
    cache = WebTransport(served.url)
    first = cache.read_changed("a", "", limit=10)
    assert first is not None and first.data == b"1" and first.tag
    assert cache.read_changed("a", first.tag, limit=10) is None
    (served.root / "a").write_bytes(b"2")
    second = cache.read_changed("a", first.tag, limit=10)
    assert second is not None and second.data == b"2"


def test_many_questions_at_once(served: Any) -> None:
    for number in range(0, 100, 2):
        (served.root / str(number)).write_bytes(b"")
    cache = WebTransport(served.url)
    wanted = [str(number) for number in range(100)]
    assert cache.exists([*wanted, "../x"]) == {str(number) for number in range(0, 100, 2)}
    assert served.connections <= 64
    before = served.connections
    cache.exists(wanted)
    assert served.connections == before


def test_web_servers_are_only_read(served: Any) -> None:
    cache = WebTransport(served.url)
    with pytest.raises(UploadError, match="only read"):
        cache.upload("a", b"", media_type="x")
    with pytest.raises(UploadError, match="only read"):
        cache.delete("a")
    with pytest.raises(UnlistedError):
        list(cache.list(""))


def test_credentials_stay_with_their_server(served: Any, tmp_path: Path) -> None:
    (served.root / "a").write_bytes(b"1")
    other = served.url.replace("127.0.0.1", "localhost")

    def elsewhere(handler: Any, data: bytes) -> bool:
        if "localhost" in handler.headers["Host"]:
            return False
        handler.answer(307, b"", Location=other + handler.path)
        return True

    served.fault = elsewhere
    cache = WebTransport(served.url, options=RequestOptions(bearer_token="secret"))
    assert cache.read("a", limit=10) == b"1"
    cache.download("a", str(tmp_path / "a"), size=1)
    sent = [fields.get("Authorization") for _, _, fields in served.requests]
    assert sent == ["Bearer secret", None, "Bearer secret", None]


def test_more_bytes_than_expected_are_refused_early(served: Any, tmp_path: Path) -> None:
    (served.root / "a").write_bytes(b"x" * 5_000_000)
    cache = WebTransport(served.url)
    with pytest.raises(DownloadError, match="more than 10 bytes"):
        cache.read("a", limit=10)
    with pytest.raises(DownloadError, match="has 5000000 bytes, expected 10"):
        cache.download("a", str(tmp_path / "a"), size=10)

    def endless(handler: Any, data: bytes) -> bool:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            return True

    served.fault = endless
    with pytest.raises(DownloadError, match="more than 10 bytes"):
        cache.read("a", limit=10)
    with pytest.raises(DownloadError, match="expected 100000"):
        cache.download("a", str(tmp_path / "a"), size=100_000)
    assert not (tmp_path / "a").exists()


def test_a_short_answer_is_no_answer(served: Any, tmp_path: Path, pauses: list[float]) -> None:
    (served.root / "a").write_bytes(b"x" * 1000)

    def short(handler: Any, data: bytes) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x" * 10)
        handler.close_connection = True
        return True

    served.fault = short
    cache = WebTransport(served.url)
    with pytest.raises(DownloadError, match="IncompleteRead"):
        cache.read("a", limit=1000)
    assert len(pauses) == retries.ATTEMPTS - 1
    with pytest.raises(DownloadError, match="of 1000 bytes"):
        cache.download("a", str(tmp_path / "a"), size=1000)
    assert not (tmp_path / "a").exists()


def test_the_rest_of_a_download_is_taken_by_a_later_one(served: Any, tmp_path: Path) -> None:
    data = os.urandom(200_000)
    (served.root / "a").write_bytes(data)
    (tmp_path / "a.part").write_bytes(data[:150_000])
    WebTransport(served.url).download("a", str(tmp_path / "a"), size=200_000)
    assert (tmp_path / "a").read_bytes() == data
    assert [fields.get("Range") for _, _, fields in served.requests] == ["bytes=150000-"]


@pytest.mark.parametrize("left", [200_000, 300_000])
def test_leftovers_of_no_use_are_replaced(served: Any, tmp_path: Path, left: int) -> None:
    data = os.urandom(200_000)
    (served.root / "a").write_bytes(data)
    (tmp_path / "a.part").write_bytes(b"x" * left)
    WebTransport(served.url).download("a", str(tmp_path / "a"), size=200_000)
    assert (tmp_path / "a").read_bytes() == data


def test_parts_that_were_not_asked_for_are_refused(served: Any, tmp_path: Path) -> None:
    (served.root / "a").write_bytes(b"x" * 100)

    def lies(handler: Any, data: bytes) -> bool:
        handler.answer(206, data[:10], Content_Range="bytes 0-9/100")
        return True

    served.fault = lies
    cache = WebTransport(served.url)
    with pytest.raises(DownloadError, match="another part"):
        cache.read_part("a", 50, 10)
    with pytest.raises(DownloadError):
        cache.download("a", str(tmp_path / "a"), size=100)
    assert not (tmp_path / "a").exists()


def test_a_server_without_parts_sends_the_file(served: Any) -> None:
    (served.root / "a").write_bytes(b"0123456789")

    def whole(handler: Any, data: bytes) -> bool:
        handler.answer(200, data)
        return True

    served.fault = whole
    assert WebTransport(served.url).read_part("a", 3, 4) == b"3456"


def test_servers_that_stall_refuse_or_are_busy(served: Any, pauses: list[float]) -> None:
    (served.root / "a").write_bytes(b"1")
    cache = WebTransport(served.url, QUICK)

    def busy(handler: Any, data: bytes) -> bool:
        if len(served.requests) > 1:
            return False
        handler.answer(503, b"", Retry_After="7")
        return True

    served.fault = busy
    assert cache.read("a", limit=1) == b"1" and pauses == [7.0]

    def refuses(handler: Any, data: bytes) -> bool:
        handler.answer(403, b"no")
        return True

    served.fault = refuses
    for read in (lambda: cache.read("a", limit=1), lambda: cache.exists(["a"])):
        with pytest.raises(DownloadError, match=r"403 \(access denied\)") as caught:
            read()
        assert "spack mirror set" in str(caught.value)

    def stalls(handler: Any, data: bytes) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "1")
        handler.end_headers()
        import time

        time.sleep(1)
        handler.close_connection = True
        return True

    served.fault = stalls
    with pytest.raises(DownloadError, match="no response in time"):
        cache.read("a", limit=1)


def test_buckets_do_not_say_which_files_they_lack(served: Any) -> None:
    def refuses(handler: Any, data: bytes) -> bool:
        handler.answer(403, b"", x_amz_request_id="1")
        return True

    served.fault = refuses
    cache = WebTransport(served.url)
    assert cache.exists(["a"]) == set()
    with pytest.raises(NotFoundError):
        cache.read("a", limit=1)


def test_redirects_end(served: Any) -> None:
    def circle(handler: Any, data: bytes) -> bool:
        handler.answer(302, b"", Location=handler.path)
        return True

    served.fault = circle
    with pytest.raises(DownloadError, match="from one address to another"):
        WebTransport(served.url).read("a", limit=1)

    def away(handler: Any, data: bytes) -> bool:
        handler.answer(302, b"", Location="file:///etc/passwd")
        return True

    served.fault = away
    with pytest.raises(DownloadError):
        WebTransport(served.url).read("a", limit=1)


def test_nobody_is_asked_offline(served: Any) -> None:
    with pytest.raises(DownloadError, match="disabled"):
        WebTransport(served.url, NetworkSettings(offline=True)).read("a", limit=1)
    assert served.requests == []


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(DownloadError, match="refused") as caught:
            WebTransport(url).read("a", limit=1)
        assert caught.value.silent


def test_a_connection_that_the_server_ended_is_replaced(served: Any) -> None:
    (served.root / "a").write_bytes(b"1")
    client = Client(NetworkSettings())

    def closes(handler: Any, data: bytes) -> bool:
        handler.answer(200, data)
        handler.close_connection = True  # without saying so
        return True

    served.fault = closes
    for _ in range(3):
        assert client.ask("GET", f"{served.url}/a").data == b"1"
    assert served.connections == 3
    client.close()


def test_proxies_are_asked(served: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("http_proxy", served.url.replace("//", "//me:pass@"))
    monkeypatch.setenv("no_proxy", "other.example.org")
    client = Client(NetworkSettings())
    client.ask("GET", "http://files.example.org/a?b=c")
    _, path, fields = served.requests[0]
    assert path == "http://files.example.org/a?b=c"
    assert fields["Host"] == "files.example.org"
    assert fields["Proxy-Authorization"] == "Basic bWU6cGFzcw=="
