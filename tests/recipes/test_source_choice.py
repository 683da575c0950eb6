"""The choice of the source of a version."""

from __future__ import annotations

from typing import Any

import pytest

from spack.recipes.source_choice import Source, SourceChoiceError, choose_source

URL = "https://example.com/x-1.0.tar.gz"
GIT = "https://example.com/x.git"


def choose(
    attributes: dict[str, Any], record: dict[str, Any] | None, commit: str | None = None
) -> Source:
    return choose_source("x", "1.0", attributes, record, commit=commit)


@pytest.mark.parametrize(
    "attributes, record, kind, identity",
    [
        ({"has_code": False, "url": URL}, {}, "bundle", ""),
        ({"url": URL}, {"sha256": "a"}, "url", "a"),
        ({"url": URL}, {"checksum": "p"}, "url", "p"),
        ({"url": URL}, {"checksum": "p", "md5": "m", "sha512": "s"}, "url", "s"),
        ({"url": URL}, {}, "url", None),
        ({"urls": [URL]}, {}, "url", None),
        ({"url": URL, "git": GIT}, {"branch": "main"}, "git", None),
        ({"url": URL, "git": GIT}, {"sha256": "a"}, "url", "a"),
        ({"url": URL, "git": GIT}, {}, "url", None),
        ({"git": GIT}, {"tag": "v1", "commit": "c"}, "git", "c"),
        ({"git": GIT}, {"url": URL, "sha256": "a"}, "url", "a"),
        ({"url": URL}, {"git": GIT, "commit": "c"}, "git", "c"),
        ({"svn": "s"}, {"revision": "7"}, "svn", "7"),
        ({"hg": "h"}, {"revision": "7"}, "hg", "7"),
        ({"cvs": "c"}, {"branch": "b", "date": "d"}, "cvs", "id-branch=b-date=d"),
        ({"cvs": "c"}, {}, "cvs", None),
        ({}, {"sha256": "a"}, "url", "a"),
        ({"go": "g"}, {}, "go", None),
    ],
)
def test_choice(
    attributes: dict[str, Any], record: dict[str, Any], kind: str, identity: str | None
) -> None:
    source = choose(attributes, record)
    assert (source.kind, source.identity()) == (kind, identity)


def test_commit_of_a_git_version_wins() -> None:
    source = choose({"url": URL, "git": GIT}, None, commit="c" * 40)
    assert (source.kind, source.address, source.identity()) == ("git", GIT, "c" * 40)


def test_undeclared_version_has_a_url_that_follows_from_it() -> None:
    assert choose({"url": URL}, None) == Source("url", None, {})


@pytest.mark.parametrize(
    "attributes, record, commit, message",
    [
        ({"git": GIT, "hg": "h"}, {}, None, "several repositories"),
        ({"url": URL}, {}, "c", "no git repository"),
        ({}, {}, None, "names no source"),
        ({"url": URL}, {"url": URL, "commit": "c"}, None, "does not support commit"),
    ],
)
def test_contradictions(
    attributes: dict[str, Any], record: dict[str, Any], commit: str | None, message: str
) -> None:
    with pytest.raises(SourceChoiceError, match=message):
        choose(attributes, record, commit)
