"""``versions``, ``checksum``, ``create``, ``url`` with pages that look as those of real hosts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run
from .web_hosts import Answer, Hosts, apache, page

HEAD = "from spack_repo.builtin.build_systems.generic import Package\nfrom spack.package import *\n"


def tarball(*names: str) -> Answer:
    """An archive with one folder of empty files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(f"top/{name}"))
    return Answer(gzip.compress(stream.getvalue(), mtime=0))


def digest(answer: Answer) -> str:
    return hashlib.sha256(answer.body).hexdigest()


GITHUB_TAG = (
    '<a href="/one/tool/releases/tag/v{0}">v{0}</a>'
    '<a href="/one/tool/archive/refs/tags/v{0}.zip" rel="nofollow">zip</a>'
    '<a href="/one/tool/archive/refs/tags/v{0}.tar.gz" rel="nofollow">tar.gz</a>'
)
GITHUB_NEXT = '<a rel="nofollow" href="http://github.com/one/tool/tags?after=v{0}">Next</a>'
GITHUB_ASSETS = (
    '<a href="/one/tool/releases/tag/v{0}">v{0}</a><include-fragment loading="lazy" '
    'src="http://github.com/one/tool/releases/expanded_assets/v{0}"></include-fragment>'
)


def github_tags(*versions: str, following: bool = False) -> Answer:
    text = "".join(GITHUB_TAG.format(version) for version in versions)
    return Answer((text + (GITHUB_NEXT.format(versions[-1]) if following else "")).encode())


#: Lines of a recipe, what the servers answer, and the versions that must be found.
LAYOUTS: dict[str, Any] = {
    "apache": (
        'url = "http://ftp.example.org/pub/tool/tool-1.0.tar.gz"',
        {
            "ftp.example.org/pub/tool/": apache(
                "/pub/tool/",
                *("tool-1.0.tar.gz", "tool-1.0.tar.gz.asc", "tool-1.0.tar.gz.sha256"),
                *("tool-1.1.tar.xz", "tool-1.10.tar.gz", "tool-2.0rc1.tar.gz", "tool-2.0.zip"),
                *("tool-latest.tar.gz", "tool-docs-3.0.tar.gz", "other-9.tar.gz", "README", "old/"),
                *("tool-4.0-win64.zip", "tool-4.0-1.x86_64.rpm"),
            )
        },
        ["2.0", "2.0rc1", "1.10", "1.1", "1.0"],
    ),
    "folders of versions": (
        'url = "http://ftp.example.org/pub/tool/1.0/src/tool-1.0.tar.gz"',
        {
            "ftp.example.org/pub/tool/": apache("/pub/tool/", "1.0/", "1.1/", "docs/"),
            "ftp.example.org/pub/tool/1.0/src/": apache("/pub/tool/1.0/src/", "tool-1.0.tar.gz"),
            "ftp.example.org/pub/tool/1.0/": apache("/pub/tool/1.0/", "src/"),
            "ftp.example.org/pub/tool/1.1/": apache("/pub/tool/1.1/", "src/"),
            "ftp.example.org/pub/tool/1.1/src/": apache("/pub/tool/1.1/src/", "tool-1.1.tar.gz"),
        },
        ["1.1", "1.0"],
    ),
    "a list elsewhere": (
        'url = "http://example.org/get/tool-1.0.tar.gz"\n    list_depth = 1\n'
        '    list_url = "http://example.org/downloads.html"',
        {
            "example.org/downloads.html": page("/old.html", "/get/tool-2.0.tar.gz", "http://[x"),
            "example.org/old.html": page("get/tool-1.0.tar.gz#top"),
        },
        ["2.0", "1.0"],
    ),
    "tags of GitHub": (
        'url = "http://github.com/one/tool/archive/refs/tags/v1.0.tar.gz"',
        {
            "github.com/one/tool/tags": github_tags("2.1", "2.0", following=True),
            "github.com/one/tool/tags?after=v2.0": github_tags("1.1", "1.0"),
        },
        ["2.1", "2.0", "1.1", "1.0"],
    ),
    "releases of GitHub": (
        'url = "http://github.com/one/tool/releases/download/v1.0/my-tool-1.0.tar.gz"',
        {
            "github.com/one/tool/releases": Answer(
                (GITHUB_ASSETS.format("1.1") + GITHUB_ASSETS.format("1.0")).encode()
            ),
            "github.com/one/tool/releases/expanded_assets/v1.1": page(
                "/one/tool/releases/download/v1.1/my-tool-1.1.tar.gz",
                "/one/tool/releases/download/v1.1/my-tool-1.1-linux-x86_64.tar.gz",
            ),
            "github.com/one/tool/releases/expanded_assets/v1.0": page(
                "/one/tool/releases/download/v1.0/my-tool-1.0.tar.gz",
            ),
        },
        ["1.1", "1.0"],
    ),
    "tags of GitLab": (
        'url = "http://gitlab.example.org/a/b/tool/-/archive/v1.0/tool-v1.0.tar.gz"',
        {
            "gitlab.example.org/a/b/tool/-/tags": page(
                "/a/b/tool/-/archive/v1.1/tool-v1.1.tar.gz",
                "/a/b/tool/-/archive/v1.1/tool-v1.1.zip",
                "/a/b/tool/-/tags?page=2",
            ),
            "gitlab.example.org/a/b/tool/-/tags?page=2": page(
                "/a/b/tool/-/archive/v1.0/tool-v1.0.tar.gz", "/a/b/tool/-/tags?page=2"
            ),
        },
        ["1.1", "1.0"],
    ),
    "GNU mirrors": (
        'urls = ["http://ftpmirror.example.org/tool/tool-1.0.tar.gz",\n'
        '        "http://ftp.example.org/gnu/tool/tool-1.0.tar.gz"]',
        {
            "ftpmirror.example.org/tool/": Answer(
                status=302, headers=(("Location", "http://near.example.org/mirrors/gnu/tool/"),)
            ),
            "near.example.org/mirrors/gnu/tool/": apache(
                "/mirrors/gnu/tool/", "tool-1.0.tar.gz", "tool-1.0.tar.gz.sig", "tool-1.1.tar.gz"
            ),
        },
        ["1.1", "1.0"],
    ),
    "simple index": (
        'url = "http://files.example.org/packages/source/t/tool/tool-1.0.tar.gz"\n'
        '    list_url = "http://index.example.org/simple/tool/"',
        {
            "index.example.org/simple/tool/": page(
                "http://files.example.org/packages/ab/cd/ef/tool-1.0.tar.gz#sha256=0123",
                "http://files.example.org/packages/ab/cd/aa/tool-1.1-py3-none-any.whl#sha256=45",
                "http://files.example.org/packages/ab/cd/ee/tool-1.1.tar.gz#sha256=6789",
            )
        },
        ["1.1", "1.0"],
    ),
    "SourceForge": (
        'url = "http://sourceforge.net/projects/tool/files/tool/1.0/tool-1.0.tgz/download"',
        {
            "sourceforge.net/projects/tool/files/tool/": page(
                "/projects/tool/files/tool/1.1/", "/projects/tool/files/tool/1.0/", "/directory/"
            ),
            "sourceforge.net/projects/tool/files/tool/1.1/": page(
                "http://sourceforge.net/projects/tool/files/tool/1.1/tool-1.1.tgz/download"
            ),
            "sourceforge.net/projects/tool/files/tool/1.0/": page(
                "http://sourceforge.net/projects/tool/files/tool/1.0/tool-1.0.tgz/download",
            ),
        },
        ["1.1", "1.0"],
    ),
    "a mirror of SourceForge": (
        'url = "http://downloads.sourceforge.net/project/tool/tool/tool-1.0.tgz"',
        {
            "sourceforge.net/projects/tool/files/tool/": page(
                "http://sourceforge.net/projects/tool/files/tool/tool-1.2.tgz/download"
            )
        },
        ["1.2"],
    ),
    "versions with underscores": (
        'url = "http://example.org/tool_1_0_0.tar.gz"\n'
        "    def url_for_version(self, version):\n"
        '        return f"http://example.org/tool_{version.underscored}.tar.gz"',
        {"example.org/": apache("/", "tool_1_0_0.tar.gz", "tool_1_1_0.tar.gz")},
        ["1.1.0", "1.0.0"],
    ),
}


class Workplace:
    """A repository whose recipe ``tool`` the test writes."""

    def __init__(self, spack: Run, directory: Path) -> None:
        self.spack = spack
        self.root = directory / "spack_repo" / "mine"
        self.root.mkdir(parents=True)
        (self.root / "repo.yaml").write_text("repo:\n  namespace: mine\n  api: v2.2\n")
        (self.root / "packages").mkdir()
        assert spack("repo", "add", str(self.root)).returncode == 0

    @property
    def recipe(self) -> Path:
        return self.root / "packages" / "tool" / "package.py"

    def write(self, lines: str, *versions: str) -> None:
        self.recipe.parent.mkdir()
        known = "".join(f'    version("{v}", sha256="{"a" * 64}")\n' for v in versions)
        self.recipe.write_text(
            f'{HEAD}\n\nclass Tool(Package):\n    """A."""\n\n    {lines}\n{known}'
        )

    def failed(self, hosts: Hosts, *words: str) -> str:
        result = self.spack(*words, variables=hosts.variables)
        assert result.returncode == 1, result.stdout
        assert "Traceback" not in result.stderr and "Error: " in result.stderr
        return str(result.stderr)

    def data(self, hosts: Hosts, *words: str) -> Any:
        result = self.spack(*words, variables=hosts.variables)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture
def work(spack: Run, tmp_path: Path) -> Workplace:
    return Workplace(spack, tmp_path / "recipes")


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_pages_of_real_hosts(layout: str, work: Workplace) -> None:
    lines, answers, expected = LAYOUTS[layout]
    work.write(lines, "1.0")
    with Hosts(answers) as hosts:
        found = work.data(hosts, "versions", "--remote", "--json", "tool")
    assert found == {"remote": expected}
    # Lists are read once, not once for each order that the server offers.
    assert not [address for address in hosts.asked if "C=" in address]


def test_versions_new_and_safe(work: Workplace) -> None:
    work.write('url = "http://example.org/tool-1.0.tar.gz"', "1.0", "1.2")
    with Hosts(
        {"example.org/": page("tool-1.1.tar.gz", "tool-1_2.tar.gz", "tool-1.3.tar.gz")}
    ) as hosts:
        assert work.data(hosts, "versions", "--new", "--json", "tool") == {"remote": ["1.3"]}
        both = work.data(hosts, "versions", "--json", "tool")
        assert both == {"safe": ["1.2", "1.0"], "remote": ["1.3", "1.1"]}
        asked = len(hosts.asked)
        assert work.data(hosts, "versions", "--safe", "--json", "tool") == {"safe": ["1.2", "1.0"]}
        assert len(hosts.asked) == asked


def test_servers_that_do_not_answer_well(work: Workplace) -> None:
    work.write('url = "http://example.org/tool-1.0.tar.gz"', "1.0")
    for answer, reason in (
        (Answer(status=404), "HTTP status 404"),
        (Answer(status=503), "HTTP status 503"),
        (Answer(status=302, headers=(("Location", "http://example.org/"),)), "HTTP status 302"),
        (Answer(status=302, headers=(("Location", "file:///etc/passwd"),)), "HTTP status 302"),
    ):
        with Hosts({"example.org/": answer}) as hosts:
            assert reason in work.failed(hosts, "versions", "--remote", "tool")
            # The rest of the answer is there all the same.
            both = work.spack("versions", "tool", variables=hosts.variables)
            assert both.returncode == 0 and "  1.0" in both.stdout and reason in both.stderr
    with Hosts({"example.org/": Answer(bytes(range(256)))}) as hosts:
        assert work.data(hosts, "versions", "--remote", "--json", "tool") == {"remote": []}
    gone = hosts
    assert "refused" in work.failed(gone, "versions", "--remote", "tool").lower()


def test_slow_pages_end(work: Workplace) -> None:
    work.write('url = "http://example.org/tool-1.0.tar.gz"', "1.0")
    slow = Answer(b"x" * 1000, late=True)
    assert work.spack("config", "add", "config:connect_timeout:1").returncode == 0
    with Hosts({"example.org/": slow}) as hosts:
        assert "took too long" in work.failed(hosts, "versions", "--remote", "tool")


def test_an_interrupt_does_not_wait_for_servers(
    work: Workplace, root: Path, tmp_path: Path
) -> None:
    work.write('url = "http://example.org/tool-1.0.tar.gz"', "1.0")
    with Hosts({"example.org/": Answer(b"x" * 1000, late=True)}) as hosts:
        state = {"SPACK_STATE_DIR": str(tmp_path / "state")}
        variables = {**os.environ, **state, **hosts.variables}
        words = [str(root / "bin" / "spack"), "versions", "--remote", "tool"]
        child = subprocess.Popen(words, env=variables, stderr=subprocess.PIPE)
        while not hosts.asked:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        # The page would take minutes.
        _, errors = child.communicate(timeout=60)
    assert child.returncode == 130 and b"Traceback" not in errors


def test_checksum_prefers_the_address_that_the_recipe_leads_to(work: Workplace) -> None:
    work.write(LAYOUTS["simple index"][0], "1.0")
    mine, other = tarball("a"), tarball("b")
    pages = dict(LAYOUTS["simple index"][1])
    pages["files.example.org/packages/source/t/tool/tool-1.1.tar.gz"] = mine
    pages["files.example.org/packages/ab/cd/ee/tool-1.1.tar.gz"] = other
    with Hosts(pages) as hosts:
        (found,) = work.data(hosts, "checksum", "--json", "tool")
        assert (found["version"], found["sha256"]) == ("1.1", digest(mine))
        assert found["derived"] is True and found["known"] is None
    del pages["files.example.org/packages/source/t/tool/tool-1.1.tar.gz"]
    with Hosts(pages) as hosts:
        done = work.spack("checksum", "--add-to-package", "tool", variables=hosts.variables)
        assert done.returncode == 0, done.stderr
    line = (
        f'    version("1.1", sha256="{digest(other)}", '
        'url="http://files.example.org/packages/ab/cd/ee/tool-1.1.tar.gz")\n'
    )
    assert line in done.stdout and line in work.recipe.read_text()
    with Hosts(pages) as hosts:
        again = work.spack("checksum", "tool", variables=hosts.variables)
    assert again.stdout == "==> No new versions\n"


def test_checksum_of_many_where_one_is_gone(work: Workplace) -> None:
    work.write('url = "http://example.org/tool-1.0.tar.gz"', "1.0")
    archive = tarball("a")
    pages = {
        "example.org/": page("tool-1.1.tar.gz", "tool-1.2.tar.gz"),
        "example.org/tool-1.1.tar.gz": archive,
    }
    with Hosts(pages) as hosts:
        done = work.spack("checksum", "tool", variables=hosts.variables)
        assert done.returncode == 0
        assert done.stdout == f'    version("1.1", sha256="{digest(archive)}")\n'
        assert "tool@1.2 cannot be fetched" in done.stderr
        assert "tool@1.2 cannot be fetched" in work.failed(hosts, "checksum", "tool", "1.2")
        assert "tool@1.2 cannot be fetched" in work.failed(hosts, "checksum", "--latest", "tool")
        wrong = work.failed(hosts, "checksum", "--verify", "tool", "1.0")
        assert "tool@1.0 cannot be fetched" in wrong
    pages["example.org/tool-1.0.tar.gz"] = archive
    with Hosts(pages) as hosts:
        for words in (("tool@1.0",), ("tool@:1.0",), ("tool", "1.0"), ("tool",)):
            wrong = work.failed(hosts, "checksum", "--verify", *words)
            assert "1 of 1 checksums differ from the recipe" in wrong
        (found,) = work.data(hosts, "checksum", "--json", "tool@1.1:1.1.9")
        assert found["version"] == "1.1"


def test_create_and_url_parse(work: Workplace) -> None:
    archive = tarball("CMakeLists.txt")
    address = "http://github.com/one/tool/archive/refs/tags/v2.0.tar.gz"
    answers = {
        "github.com/one/tool/archive/refs/tags/v2.0.tar.gz": Answer(
            status=302, headers=(("Location", "http://codeload.example.org/tool/v2.0"),)
        ),
        "codeload.example.org/tool/v2.0": archive,
        "github.com/one/tool/tags": github_tags("2.0", "1.0"),
    }
    with Hosts(answers) as hosts:
        words = ("create", "--batch", "--repo", str(work.root), address)
        done = work.spack(*words, variables=hosts.variables)
        assert done.returncode == 0, done.stderr
        text = work.recipe.read_text()
        assert "class Tool(CMakePackage)" in text and f'url = "{address}"' in text
        assert f'version("2.0", sha256="{digest(archive)}")' in text
        parsed = work.data(hosts, "url", "parse", "--spider", "--json", address)
        assert (parsed["name"], parsed["version"]) == ("tool", "2.0")
        assert list(parsed["versions"]) == ["2.0", "1.0"]
        missing = "http://example.org/none-1.0.tar.gz"
        assert "HTTP status 404" in work.failed(hosts, "create", "--batch", missing)
        assert "HTTP status 404" in work.failed(hosts, "url", "parse", "--spider", missing)
