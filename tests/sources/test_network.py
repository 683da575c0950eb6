"""Downloads: schemes, failures that say why, nothing half written."""

from __future__ import annotations

import os
import stat
from typing import Any

import pytest

from spack.sources.fetching import network, retries
from spack.sources.fetching.reporting import FetchReporter
from spack.sources.fetching.requests import NetworkSettings, RequestOptions, shown
from spack.sources.fetching.retries import DownloadError

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
    assert shown("https://me:secret@example.org/x") == "https://example.org/x"


@pytest.mark.parametrize("method", ["urllib", "curl"])
def test_progress_is_reported(tmp_path: Any, web: Any, method: str) -> None:
    (tmp_path / "web" / "a").write_bytes(b"x" * 200_000)
    seen: list[Any] = []

    class Reporter(FetchReporter):
        def progress(self, address: str, received: int, total: int | None) -> None:
            seen.append((received, total))

    settings = NetworkSettings(method=method)
    network.download(web.url + "/a", str(tmp_path / "a"), settings, reporter=Reporter())
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


@pytest.mark.parametrize("method", METHODS)
def test_a_busy_server_is_asked_again_when_it_says(
    tmp_path: Any, web: Any, pauses: list[float], method: str
) -> None:
    (tmp_path / "web" / "busy").mkdir()
    (tmp_path / "web" / "busy" / "a.txt").write_text("hello")
    network.download(f"{web.url}/busy/a.txt", str(tmp_path / "a"), NetworkSettings(method=method))
    assert (tmp_path / "a").read_text() == "hello"
    assert web.paths == ["/busy/a.txt"] * 2 and pauses == [7.0]


@pytest.mark.parametrize(
    "method, message",
    [("urllib", "closed after 4 of 1000 bytes"), ("curl", "996 bytes remaining")],
)
def test_pauses_grow_and_end(
    tmp_path: Any, web: Any, pauses: list[float], method: str, message: str
) -> None:
    with pytest.raises(DownloadError, match=message):
        network.download(f"{web.url}/short/x", str(tmp_path / "a"), NetworkSettings(method=method))
    assert len(web.paths) == retries.ATTEMPTS == len(pauses) + 1
    for number, pause in enumerate(pauses):
        assert 0.5 <= pause / (retries.FIRST_PAUSE * 2**number) <= 1.5


@pytest.mark.parametrize("method", METHODS)
def test_what_is_refused_or_absent_is_not_asked_for_again(
    tmp_path: Any, web: Any, pauses: list[float], method: str
) -> None:
    for path in ("/none", "/refuse/x"):
        with pytest.raises(DownloadError) as caught:
            network.download(web.url + path, str(tmp_path / "a"), NetworkSettings(method=method))
        assert not caught.value.silent
    assert web.paths == ["/none", "/refuse/x"] and pauses == []


@pytest.mark.parametrize(
    "text, seconds",
    [(None, 0), ("12", 12), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", 0), ("\u00b2", 0)],
)
def test_seconds_of_retry_after(text: str | None, seconds: float) -> None:
    assert retries.seconds_of(text) == seconds


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["cut/f", "redirect/cut/f"])
def test_only_the_rest_of_a_file_is_taken(tmp_path: Any, web: Any, method: str, path: str) -> None:
    data = os.urandom(5000)
    (tmp_path / "web" / "f").write_bytes(data)
    out = tmp_path / "out"
    out.mkdir()
    network.download(f"{web.url}/{path}", str(out / "a"), NetworkSettings(method=method))
    assert (out / "a").read_bytes() == data and os.listdir(out) == ["a"]
    ranges = [fields.get("Range") for _, path, fields in web.requests if path == "/cut/f"]
    assert ranges == [None, "bytes=2500-"]


@pytest.mark.parametrize("method", METHODS)
def test_a_file_that_changed_meanwhile_is_taken_from_its_beginning(
    tmp_path: Any, web: Any, method: str
) -> None:
    data = os.urandom(5000)
    (tmp_path / "web" / "f").write_bytes(data)
    settings = NetworkSettings(method=method)
    network.download(f"{web.url}/cut/changing/f", str(tmp_path / "a"), settings)
    assert (tmp_path / "a").read_bytes() == data + b"more"
    assert web.requests[1][2]["Range"] == "bytes=2500-"


@pytest.mark.parametrize("method", METHODS)
def test_a_server_that_cannot_tell_whether_a_file_changed_sends_all_of_it(
    tmp_path: Any, web: Any, method: str
) -> None:
    data = os.urandom(5000)
    (tmp_path / "web" / "f").write_bytes(data)
    settings = NetworkSettings(method=method)
    network.download(f"{web.url}/cut/untold/f", str(tmp_path / "a"), settings)
    assert (tmp_path / "a").read_bytes() == data
    assert [fields.get("Range") for _, _, fields in web.requests] == [None, None]


@pytest.mark.parametrize("method", METHODS)
def test_another_part_than_asked_for_is_not_appended(tmp_path: Any, web: Any, method: str) -> None:
    data = os.urandom(5000)
    (tmp_path / "web" / "f").write_bytes(data)
    settings = NetworkSettings(method=method)
    network.download(f"{web.url}/cut/astray/f", str(tmp_path / "a"), settings)
    assert (tmp_path / "a").read_bytes() == data
    assert [fields.get("Range") for _, _, fields in web.requests] == [None, "bytes=2500-", None]


@pytest.mark.parametrize("method", METHODS)
def test_a_file_that_became_shorter_is_taken_from_its_beginning(
    tmp_path: Any, web: Any, method: str
) -> None:
    (tmp_path / "web" / "f").write_bytes(os.urandom(5000))
    settings = NetworkSettings(method=method)
    network.download(f"{web.url}/cut/shrinking/f", str(tmp_path / "a"), settings)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "web" / "f").read_bytes()
    assert (tmp_path / "a").stat().st_size == 100
