"""``spack url list``, ``summary``, ``stats``, and ``spack list`` as a page and to a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .conftest import Run
from .recipe_folders import digest, make_repository

RECIPE = """\
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class RGood(Package):
    \"\"\"Has addresses.\"\"\"

    homepage = "https://example.com/?a&b"
    url = "https://example.com/good_1.2.tar.gz"

    version("1.2", sha256="{digest}")
    version("1.1", sha256="{digest}", url="http://example.com/other-7.0.tar.gz")
    version("1.0", md5="00", url="http://example.com/r-good-1.0.tar.gz")
    version("main", git="https://example.com/x.git", branch="main")
"""


@pytest.fixture
def mine(spack: Run, tmp_path: Path) -> Run:
    root = make_repository(tmp_path / "recipes")
    folder = root / "packages" / "r_good"
    folder.mkdir()
    (folder / "package.py").write_text(RECIPE.replace("{digest}", digest("a")))
    assert spack("repo", "add", str(root)).returncode == 0
    assert spack("repo", "remove", "builtin").returncode in (0, 1)
    return spack


def of_mine(text: str) -> list[str]:
    return [line for line in text.splitlines() if "example.com" in line]


def test_addresses(mine: Run) -> None:
    good = "https://example.com/good_1.2.tar.gz"
    own = "http://example.com/r-good-1.0.tar.gz"
    other = "http://example.com/other-7.0.tar.gz"
    assert of_mine(mine("url", "list").stdout) == [good, other, own]
    assert of_mine(mine("url", "list", "-n").stdout) == [other]
    assert of_mine(mine("url", "list", "-N").stdout) == [good, own]
    assert of_mine(mine("url", "list", "-v").stdout) == [other]
    assert of_mine(mine("url", "list", "-V", "-N").stdout) == [good, own]
    rows = json.loads(mine("url", "list", "-e", "--json").stdout)
    assert {
        "package": "r-good",
        "url": good,
        "expected": "1.2",
        "name": "good",
        "version": "1.2",
    } in rows


def test_counts(mine: Run) -> None:
    counts = json.loads(mine("url", "summary", "--json").stdout)
    assert counts["addresses"] - counts["right names"] >= 1
    stats = json.loads(mine("url", "stats", "--json").stdout)
    assert stats["checks"]["md5"] == stats["checks"]["branch"] == 1
    assert stats["schemes"]["http"] == 2
    assert "r-good@1.0 http, md5" in mine("url", "stats", "--show-issues").stdout


def test_list_as_a_page(mine: Run, tmp_path: Path) -> None:
    text = mine("list", "--format", "html", "r-good").stdout
    assert '<dt id="r-good"><a href="https://example.com/?a&amp;b">r-good</a></dt>' in text
    assert "<dd>main, 1.2, 1.1, 1.0</dd>" in text
    assert json.loads(mine("list", "--json", "r-good").stdout)[0]["name"] == "r-good"
    page = tmp_path / "page"
    assert mine("list", "--update", str(page), "r-good").returncode == 0
    assert page.read_text() == "r-good\n"
    page.write_text("kept")
    os.utime(page, (4102444800, 4102444800))
    assert mine("list", "--update", str(page), "r-good").returncode == 0
    assert page.read_text() == "kept"


def test_addresses_in_colour(mine: Run) -> None:
    first = of_mine(mine("url", "list", "--color").stdout)[0]
    assert first == "https://example.com/\x1b[36mgood\x1b[0m_\x1b[32m1.2\x1b[0m.tar.gz"
