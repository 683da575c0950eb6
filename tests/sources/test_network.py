"""Downloads: schemes, failures that say why, nothing half written."""

from __future__ import annotations

import os
import stat
from typing import Any

import pytest

from spack.sources.fetching import network
from spack.sources.fetching.network import DownloadError, NetworkSettings, RequestOptions
from spack.sources.fetching.reporting import FetchReporter

METHODS = ["urllib", "curl"]


@pytest.mark.parametrize("method", METHODS)
def test_http_download(tmp_path: Any, web: Any, method: str) -> None:
    (tmp_path / "web" / "a.txt").write_text("hello")
    target = tmp_path / "out" / "a.txt"
    target.parent.mkdir()
    network.download(f"{web.url}/a.txt", str(target), NetworkSettings(method=method))
    assert target.read_text() == "hello"
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert os.listdir(target.parent) == ["a.txt"]


@pytest.mark.parametrize("method", METHODS)
def test_redirects_are_followed(tmp_path: Any, web: Any, method: str) -> None:
    (tmp_path / "web" / "a.txt").write_text("hello")
    target = str(tmp_path / "a")
    network.download(f"{web.url}/redirect/a.txt", target, NetworkSettings(method=method))
    assert web.paths == ["/redirect/a.txt", "/a.txt"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path, reason", [("/none", "404"), ("/refuse/x", "403"), ("/short/x", "")])
def test_failures_name_the_address_and_leave_nothing(
    tmp_path: Any, web: Any, method: str, path: str, reason: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(DownloadError) as caught:
        network.download(web.url + path, str(out / "f"), NetworkSettings(method=method))
    assert web.url + path in str(caught.value) and reason in caught.value.reason
    assert os.listdir(out) == []


@pytest.mark.parametrize("address", ["file://{}", "{}"])
def test_files_of_this_machine(tmp_path: Any, address: str) -> None:
    source = tmp_path / "with space.txt"
    source.write_text("hello")
    network.download(address.format(source), str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_text() == "hello"


def test_missing_file_and_directory(tmp_path: Any) -> None:
    with pytest.raises(DownloadError, match="no such file"):
        network.download(str(tmp_path / "none"), str(tmp_path / "copy"))
    with pytest.raises(DownloadError, match="not a regular file"):
        network.download(str(tmp_path), str(tmp_path / "copy"))


def test_nobody_listens(tmp_path: Any, web: Any) -> None:
    web.server.shutdown()
    web.server.server_close()
    with pytest.raises(DownloadError) as caught:
        network.download(web.url + "/x", str(tmp_path / "x"))
    assert "refused" in caught.value.reason


def test_unknown_scheme_is_refused(tmp_path: Any) -> None:
    with pytest.raises(DownloadError, match="gopher"):
        network.download("gopher://example.org/x", str(tmp_path / "x"))


def test_offline_refuses_servers_and_allows_files(tmp_path: Any) -> None:
    (tmp_path / "f").write_text("hello")
    offline = NetworkSettings(offline=True)
    network.download(str(tmp_path / "f"), str(tmp_path / "g"), offline)
    with pytest.raises(DownloadError, match="disabled"):
        network.download("https://example.org/x", str(tmp_path / "x"), offline)


@pytest.mark.parametrize("method", METHODS)
def test_cookie_and_credentials_are_sent(tmp_path: Any, web: Any, method: str) -> None:
    (tmp_path / "web" / "a").write_text("x")
    options = RequestOptions.from_fetch_options({"cookie": "accept=yes", "timeout": 5})
    options = options._replace(basic_auth=("me", "secret"))
    network.download(
        web.url + "/a", str(tmp_path / "a"), NetworkSettings(method=method), options=options
    )
    headers = web.requests[0][2]
    assert headers["Cookie"] == "accept=yes"
    assert headers["Authorization"] == "Basic bWU6c2VjcmV0"


def test_passwords_in_addresses_are_not_shown() -> None:
    assert network.shown("https://me:secret@example.org/x") == "https://example.org/x"


def test_progress_is_reported(tmp_path: Any, web: Any) -> None:
    (tmp_path / "web" / "a").write_bytes(b"x" * 200_000)
    seen: list[Any] = []

    class Reporter(FetchReporter):
        def progress(self, address: str, received: int, total: int | None) -> None:
            seen.append((received, total))

    network.download(web.url + "/a", str(tmp_path / "a"), reporter=Reporter())
    assert seen[-1] == (200_000, 200_000)


def test_existence(tmp_path: Any, web: Any) -> None:
    (tmp_path / "web" / "a").write_text("x")
    assert network.exists(web.url + "/a")
    assert not network.exists(web.url + "/b")
    assert network.exists(str(tmp_path)) and not network.exists(str(tmp_path / "none"))


def test_missing_curl_says_what_to_change(tmp_path: Any, web: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DownloadError) as caught:
        network.download(web.url + "/a", str(tmp_path / "a"), NetworkSettings(method="curl -k"))
    assert "url_fetch_method" in str(caught.value)
