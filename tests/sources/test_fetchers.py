"""Names and extensions, the other version control tools, and pages of links."""

from __future__ import annotations

import os
from typing import Any

import pytest
from tests.sources.conftest import sha256

from spack.sources.fetching import scraping, tools
from spack.sources.fetching.checksums import Checksum, ChecksumError
from spack.sources.fetching.fetchers import (
    FetchContext,
    NoFetcherError,
    Place,
    UrlFetcher,
    archive_extension,
    download_name,
    reason_of,
    refuse_web_page,
    tried_error,
)
from spack.sources.fetching.requests import NetworkSettings
from spack.sources.fetching.retries import DownloadError
from spack.sources.fetching.tools import ToolFailedError, ToolMissingError
from spack.sources.fetching.version_control import CvsFetcher, GoFetcher, HgFetcher, SvnFetcher


@pytest.mark.parametrize(
    "url, extension, name",
    [
        ("https://a/foo-1.0.tar.gz", "tar.gz", "foo-1.0.tar.gz"),
        ("https://a/foo-1.0.tgz?x=1", "tgz", "foo-1.0.tgz"),
        ("https://sourceforge.net/glew-2.0.0.tgz/download", "tgz", "glew-2.0.0.tgz"),
        ("https://a/archive.tar.bz2?sha=v1", "tar.bz2", "archive.tar.bz2"),
        ("https://a/get?file=foo-1.zip", "zip", "get"),
        ("https://a/res-file.txt", "", "res-file.txt"),
        ("https://a/v1.0", "", "v1.0"),
        ("https://a/foo.whl", "whl", "foo.whl"),
        ("https://a/a%20b.tar.xz", "tar.xz", "a_b.tar.xz"),
        ("/local/foo.patch.gz", "gz", "foo.patch.gz"),
        ("https://a/", "", "download"),
    ],
)
def test_extension_and_name(url: str, extension: str, name: str) -> None:
    assert archive_extension(url) == extension
    assert download_name(url) == name


def test_url_source_needs_a_url() -> None:
    with pytest.raises(NoFetcherError):
        UrlFetcher(())


def test_nothing_tried() -> None:
    assert "no URL to fetch it from" in str(tried_error("foo", []))


@pytest.mark.parametrize("method", ["urllib", "curl"])
def test_parts_that_do_not_fit_together_are_fetched_as_one(
    tmp_path: Any, web: Any, method: str
) -> None:
    (tmp_path / "web" / "f").write_bytes(os.urandom(5000))
    fetcher = UrlFetcher(
        (f"{web.url}/cut/swapped/f",), Checksum("sha256", sha256(tmp_path / "web" / "f"))
    )
    path = fetcher.fetch_from(
        fetcher.urls[0],
        Place(str(tmp_path), str(tmp_path / "src")),
        FetchContext(network=NetworkSettings(method=method)),
    )
    assert sha256(path) == sha256(tmp_path / "web" / "f")
    assert [fields.get("Range") for _, _, fields in web.requests] == [None, "bytes=2500-", None]


@pytest.mark.parametrize(
    "start",
    [
        b"<!DOCTYPE html>",
        b"\xef\xbb\xbf \n<HTML>",
        b'<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE html PUBLIC>',
        b"<!-- log in -->\n<head>",
    ],
)
def test_a_web_page_is_no_archive(tmp_path: Any, start: bytes) -> None:
    (tmp_path / "f").write_bytes(start + b"<title>Log in</title>")
    with pytest.raises(DownloadError, match="web page"):
        refuse_web_page(str(tmp_path / "f"), "https://a/f")
    assert not (tmp_path / "f").exists()


def test_reasons_are_one_line_that_changes_no_terminal() -> None:
    error = DownloadError("https://a/f", "\x00\x1b[2Jno\n HTTP\r\n")
    assert reason_of(error) == "no HTTP"
    assert reason_of(DownloadError("https://a/f", "\xe4 \u2026")) == "\xe4 \u2026"


def test_another_checksum_may_be_a_source_that_was_replaced() -> None:
    error = ChecksumError("f", Checksum("sha256", "1" * 64), "2" * 64)
    tried = tried_error("foo", [("https://b/f", "no such file"), ("https://a/f", reason_of(error))])
    assert tried.hint is not None and "may have been replaced" in tried.hint
    absent = tried_error("foo", [("https://b/f", "no such file")])
    assert absent.hint is not None and "replaced" not in absent.hint


def test_cvs_source_needs_a_module() -> None:
    with pytest.raises(NoFetcherError, match="module"):
        CvsFetcher(":pserver:host:/cvs")


FETCHERS = [
    SvnFetcher("https://a/trunk", "12"),
    HgFetcher("https://a/hg", "abc"),
    CvsFetcher(":pserver:me@h:/cvs%module=m", date="2020"),
    GoFetcher("example.org/x"),
]


@pytest.mark.parametrize("fetcher", FETCHERS)
def test_missing_tools_are_named(tmp_path: Any, monkeypatch: Any, fetcher: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    place = Place(str(tmp_path), str(tmp_path / "spack-src"))
    with pytest.raises(ToolMissingError, match=fetcher.kind):
        fetcher.fetch(place, FetchContext())


def fake_tool(directory: Any, name: str, script: str) -> None:
    path = directory / name
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)


@pytest.mark.parametrize(
    "fetcher, expected",
    [
        (FETCHERS[0], "checkout --quiet --non-interactive --revision 12 https://a/trunk"),
        (FETCHERS[1], "clone --quiet --rev abc --updaterev abc -- https://a/hg"),
        (FETCHERS[2], "-z9 -Q -d :pserver:me@h:/cvs checkout -D 2020 -d spack-src m"),
        (FETCHERS[3], "get -v -d example.org/x"),
    ],
)
def test_commands_of_tools(tmp_path: Any, monkeypatch: Any, fetcher: Any, expected: str) -> None:
    """These tools are not on every machine: a script stands in and writes down its arguments."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    fake_tool(binaries, fetcher.kind, f'echo "$*" > {tmp_path}/arguments')
    monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")
    place = Place(str(tmp_path), str(tmp_path / "spack-src"))
    fetcher.fetch(place, FetchContext())
    assert (tmp_path / "arguments").read_text().startswith(expected)
    fake_tool(binaries, fetcher.kind, "echo no such revision; exit 3")
    with pytest.raises(DownloadError, match="no such revision"):
        fetcher.fetch(place, FetchContext())
    with pytest.raises(DownloadError, match="disabled"):
        fetcher.fetch(place, FetchContext(NetworkSettings(offline=True)))


def test_failing_tool_shows_its_last_lines() -> None:
    with pytest.raises(ToolFailedError) as caught:
        tools.run(["sh", "-c", "echo first; echo last; exit 4"])
    assert caught.value.exit_status == 4 and caught.value.reason == "last"
    assert "first" in str(caught.value)


def test_links_of_pages(tmp_path: Any, web: Any) -> None:
    (tmp_path / "web" / "sub").mkdir()
    (tmp_path / "web" / "list.html").write_text(
        '<a href="foo-1.0.tar.gz">1</a> <a href="sub/more.html">more</a> <a href="/x#y">x</a>'
    )
    (tmp_path / "web" / "sub" / "more.html").write_text('<a href="../foo-1.1.tar.gz">n</a>')
    page = web.url + "/list.html"
    assert scraping.find_links([page]) == [
        web.url + "/foo-1.0.tar.gz",
        web.url + "/sub/more.html",
        web.url + "/x",
    ]
    found = scraping.archives_by_version([page], depth=1)
    assert found == {
        "1.0": [web.url + "/foo-1.0.tar.gz"],
        "1.1": [web.url + "/foo-1.1.tar.gz"],
    }
    assert scraping.archives_of_version(page, "1.1", 1) == [web.url + "/foo-1.1.tar.gz"]


def test_directories_are_pages_too(tmp_path: Any) -> None:
    (tmp_path / "foo-2.0.tar.gz").write_text("")
    assert list(scraping.archives_by_version([str(tmp_path)])) == ["2.0"]


def test_unreadable_pages(web: Any) -> None:
    with pytest.raises(DownloadError):
        scraping.find_links([web.url + "/none"])
