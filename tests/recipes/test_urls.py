"""Versions in URLs and the URLs of a version."""

from __future__ import annotations

from typing import Any

import pytest

from spack.recipes.urls.url_pages import listing_pages
from spack.recipes.urls.version_urls import (
    NoURLError,
    all_urls,
    all_urls_for_version,
    default_url_for_version,
    join_url,
    nearest_url,
    parse_version,
    substitute_version,
)

TABLE = [
    (
        "https://ftp.example.org/foo-1.2.3.tar.gz",
        "1.2.3",
        "2.0",
        "https://ftp.example.org/foo-2.0.tar.gz",
    ),
    (
        "https://www.hdfgroup.org/ftp/HDF/releases/HDF4.2.12/src/hdf-4.2.12.tar.gz",
        "4.2.12",
        "4.2.6",
        "https://www.hdfgroup.org/ftp/HDF/releases/HDF4.2.6/src/hdf-4.2.6.tar.gz",
    ),
    (
        "https://github.com/acme/tool/archive/v1.0.1.tar.gz",
        "1.0.1",
        "1.1",
        "https://github.com/acme/tool/archive/v1.1.tar.gz",
    ),
    (
        "https://github.com/acme/tool/archive/refs/tags/tool-1.0.1.tar.gz",
        "1.0.1",
        "2.0.0",
        "https://github.com/acme/tool/archive/refs/tags/tool-2.0.0.tar.gz",
    ),
    (
        "https://github.com/acme/tool/releases/download/v0.20.1/tool",
        "0.20.1",
        "0.21",
        "https://github.com/acme/tool/releases/download/v0.21/tool",
    ),
    (
        "https://boostorg.jfrog.io/artifactory/main/release/1.76.0/source/boost_1_76_0.tar.bz2",
        "1_76_0",
        "1_77_0",
        "https://boostorg.jfrog.io/artifactory/main/release/1.76.0/source/boost_1_77_0.tar.bz2",
    ),
    (
        "https://sourceforge.net/projects/glew/files/glew/2.0.0/glew-2.0.0.tgz/download",
        "2.0.0",
        "2.1.0",
        "https://sourceforge.net/projects/glew/files/glew/2.1.0/glew-2.1.0.tgz/download",
    ),
    (
        "https://gitlab.example.org/api/v4/projects/grp%2Fproj/repository/archive.tar.gz?sha=v0.3.0",
        "0.3.0",
        "0.4.0",
        "https://gitlab.example.org/api/v4/projects/grp%2Fproj/repository/archive.tar.gz?sha=v0.4.0",
    ),
    (
        "https://files.example.org/packages/source/n/numpy/numpy-1.19.4.zip",
        "1.19.4",
        "1.20.0",
        "https://files.example.org/packages/source/n/numpy/numpy-1.20.0.zip",
    ),
    (
        "https://cran.r-project.org/src/contrib/Rcpp_0.12.9.tar.gz",
        "0.12.9",
        "1.0-3",
        "https://cran.r-project.org/src/contrib/Rcpp_1.0-3.tar.gz",
    ),
    (
        "https://example.org/dl/download.php?version=1.7.1",
        "1.7.1",
        "1.7.2",
        "https://example.org/dl/download.php?version=1.7.2",
    ),
    (
        "https://example.org/a/foo2-2.2.5-source.zip",
        "2.2.5",
        "2.3",
        "https://example.org/a/foo2-2.3-source.zip",
    ),
    (
        "https://example.org/jpegsrc.v9b.tar.gz",
        "9b",
        "9c",
        "https://example.org/jpegsrc.v9c.tar.gz",
    ),
    (
        "https://example.org/pub/2.2.26/ncbi.tar.gz",
        "2.2.26",
        "2.3",
        "https://example.org/pub/2.3/ncbi.tar.gz",
    ),
    (
        "https://example.org/panda-2016-03-07.tar",
        "2016-03-07",
        "2017-01-01",
        "https://example.org/panda-2017-01-01.tar",
    ),
    (
        "https://example.org/py/foo-1.0.0-py3-none-any.whl",
        "1.0.0",
        "1.1.0",
        "https://example.org/py/foo-1.1.0-py3-none-any.whl",
    ),
    (
        "https://example.org/gcc-9.3.0/gcc-9.3.0.tar.xz",
        "9.3.0",
        "10.1.0",
        "https://example.org/gcc-10.1.0/gcc-10.1.0.tar.xz",
    ),
    ("https://example.org/lib3-3.tar.gz", "3-3", "4", "https://example.org/lib4.tar.gz"),
    (
        "https://example.org/v1.5/foo-1.5.0.tar.gz",
        "1.5.0",
        "1.6.0",
        "https://example.org/v1.5/foo-1.6.0.tar.gz",
    ),
    ("https://example.org/nothing.tar.gz", None, "4", "https://example.org/nothing.tar.gz"),
]


@pytest.mark.parametrize("url, found, new, result", TABLE)
def test_recognition_and_replacement_88(url: str, found: str | None, new: str, result: str) -> None:
    assert parse_version(url) == found
    assert substitute_version(url, new) == result


class Package:
    """The part of a package that the module needs; versions are numbers here."""

    name = "x"
    url: str | None = None
    urls: list[str] | None = None
    list_url: str | None = None

    def __init__(self, versions: dict[float, dict[str, Any]] | None = None, **keys: Any) -> None:
        self.versions = versions or {}
        self.__dict__.update(keys)

    def url_version(self, version: Any) -> str:
        return str(version)


class WithMethod(Package):
    def url_for_version(self, version: Any) -> str:
        return f"https://own.example.org/{version}"


def test_order_of_urls() -> None:
    package = WithMethod(
        {2.0: {"url": "https://two.example.org/x.tgz"}},
        urls=["https://a.example.org/x-1.0.tgz", "https://b.example.org/x-1.0.tgz"],
    )
    assert all_urls_for_version(package, 2.0) == [
        "https://two.example.org/x.tgz",
        "https://own.example.org/2.0",
        "https://a.example.org/x-2.0.tgz",
        "https://b.example.org/x-2.0.tgz",
    ]
    assert default_url_for_version(package, 3.0) == "https://a.example.org/x-3.0.tgz"


def test_url_without_version_is_the_last_resort() -> None:
    package = Package(url="https://example.org/x.tgz")
    assert all_urls_for_version(package, 2.0) == ["https://example.org/x.tgz"]


def test_nearest_url_extrapolates() -> None:
    package = Package({1.0: {"url": "u-1.0.tgz"}, 3.0: {"url": "u-3.0.tgz"}, 2.0: {"sha256": "a"}})
    assert nearest_url(package, 1.0) == "u-1.0.tgz"
    assert nearest_url(package, 2.0) == "u-1.0.tgz"
    assert nearest_url(package, 9.0) == "u-3.0.tgz"
    assert nearest_url(package, 0.5) == "u-1.0.tgz"
    assert nearest_url(Package(), 1.0) is None
    assert all_urls_for_version(package, 2.0) == ["u-2.0.tgz"]
    assert all_urls(package) == ["u-1.0.tgz", "u-3.0.tgz"]


def test_no_url_at_all() -> None:
    with pytest.raises(NoURLError, match=r"version 2\.0"):
        all_urls_for_version(Package(), 2.0)


def test_join_url() -> None:
    assert join_url("https://example.org/", "/a/", "b.tgz") == "https://example.org/a/b.tgz"
    assert join_url("https://example.org") == "https://example.org"


@pytest.mark.parametrize(
    "url, pages",
    [
        ("https://example.org/pub/tool-1.0.tar.gz", [("https://example.org/pub/", 0)]),
        (
            "https://example.org/v1.2/src/tool-1.2.3.tar.gz",
            [("https://example.org/v1.2/src/", 0), ("https://example.org/", 2)],
        ),
        ("https://github.com/a/b.git", [("https://github.com/a/b/tags", 0)]),
        (
            "https://gitlab.example.org/api/v4/projects/grp%2Fproj/repository/archive.zip?sha=v1",
            [("https://gitlab.example.org/grp/proj/-/tags", 0)],
        ),
        (
            "https://gitlab.com/a/b/-/releases/v1.0/downloads/b-1.0.tar.gz",
            [
                ("https://gitlab.com/a/b/-/releases", 0),
                ("https://gitlab.com/a/b/-/tags", 0),
            ],
        ),
        ("https://gitlab.com/a/b.git", [("https://gitlab.com/a/b/-/tags", 0)]),
        (
            "https://prdownloads.sourceforge.net/tool/tool-1.0.tar.gz",
            [("https://sourceforge.net/projects/tool/files/", 2)],
        ),
        ("https://sourceforge.net/", []),
        # Not a host of code: its name only says so.
        ("https://a.github.io/pub/tool-1.0.tar.gz", [("https://a.github.io/pub/", 0)]),
    ],
)
def test_pages_that_list_archives(url: str, pages: list[tuple[str, int]]) -> None:
    assert [tuple(page) for page in listing_pages(url)] == pages
