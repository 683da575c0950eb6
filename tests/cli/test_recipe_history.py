"""``spack blame`` and ``spack pkg``: recipes between commits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run
from .recipe_folders import commit, git, make_git_repository


@pytest.fixture
def mine(spack: Run, tmp_path: Path) -> tuple[Run, Path]:
    """Two commits: host goes, other comes, base changes."""
    top = tmp_path / "recipes"
    make_git_repository(top)
    packages = top / "spack_repo" / "mine" / "packages"
    (packages / "host" / "package.py").rename(packages / "plugin" / "host-was-here.txt")
    text = (packages / "base" / "package.py").read_text()
    (packages / "base" / "package.py").write_text(text + "\n    # a remark\n")
    (packages / "other").mkdir()
    (packages / "other" / "package.py").write_text(text.replace("class Base", "class Other"))
    git(top, "config", "user.email", "two@example.com")
    git(top, "add", ".")
    git(top, "-c", "user.name=Second", "commit", "-q", "-m", "two", "--author", "Two <2@x.org>")
    assert spack("repo", "add", str(top / "spack_repo" / "mine")).returncode == 0
    return spack, packages


def test_packages_between_commits(mine: tuple[Run, Path]) -> None:
    spack, _ = mine
    assert spack("pkg", "list").stdout.split() == ["base", "other", "plugin"]
    assert json.loads(spack("pkg", "list", "--json", "HEAD^").stdout) == ["base", "host", "plugin"]
    assert spack("pkg", "added").stdout == "other\n"
    assert spack("pkg", "removed").stdout == "host\n"
    assert spack("pkg", "changed").stdout == "base\nplugin\n"
    assert spack("pkg", "changed", "-t", "ar", "HEAD", "HEAD^").stdout == "host\nother\n"
    shown = spack("pkg", "diff").stdout
    assert shown == "==> Only in HEAD^:\n    host\n==> Only in HEAD:\n    other\n"
    both = json.loads(spack("pkg", "diff", "--json").stdout)
    assert both == {"added": ["other"], "removed": ["host"]}


def test_bad_input(mine: tuple[Run, Path], tmp_path: Path) -> None:
    spack, _ = mine
    assert "there is no commit 'nowhere'" in spack("pkg", "list", "nowhere").stderr
    assert "there is no commit '--all'" in spack("pkg", "added", "--", "--all").stderr
    assert "is not a set of change types" in spack("pkg", "changed", "-t", "X").stderr
    assert "no package 'nothing'" in spack("pkg", "add", "nothing").stderr
    assert "no package 'nothing'" in spack("blame", "nothing").stderr
    assert spack("pkg", "grep").returncode == 2
    loose = tmp_path / "loose.txt"
    loose.write_text("x\n")
    assert "not in a git checkout" in spack("blame", str(loose)).stderr


def test_blame(mine: tuple[Run, Path]) -> None:
    spack, packages = mine
    lines = spack("blame", "--percent", "base").stdout.splitlines()
    assert lines[0].split() == ["LAST", "COMMIT", "LINES", "%", "AUTHOR"]
    assert lines[1].endswith("n <n@example.com>")
    assert lines[2].endswith("Two <2@x.org>")
    found = json.loads(spack("blame", "--json", "base").stdout)
    assert found["totals"]["lines"] == sum(author["lines"] for author in found["authors"])
    assert {author["email"] for author in found["authors"]} == {"n@example.com", "2@x.org"}
    assert "a remark" in spack("blame", "-g", str(packages / "base" / "package.py")).stdout
    (packages / "new.txt").write_text("x\n")
    assert "has no history" in spack("blame", str(packages / "new.txt")).stderr


def test_texts(mine: tuple[Run, Path]) -> None:
    spack, packages = mine
    assert spack("pkg", "source", "base").stdout == (packages / "base/package.py").read_text()
    canonical = spack("pkg", "source", "-c", "mine.base@2.0").stdout
    assert "class Base(Package):" in canonical
    assert "a remark" not in canonical and "version(" not in canonical
    assert spack("pkg", "grep", "-l", "a remark").stdout.endswith("base/package.py\n")
    assert spack("pkg", "grep", "-q", "in no recipe").returncode == 1
    assert "grep" in spack("pkg", "grep", "--help").stdout


def test_stage(mine: tuple[Run, Path]) -> None:
    spack, packages = mine
    (packages / "base" / "fix.patch").write_text("x\n")
    assert spack("pkg", "add", "base").returncode == 0
    assert git(packages, "diff", "--cached", "--name-only").endswith("packages/base/fix.patch")


def test_history_of_a_shallow_clone(spack: Run, tmp_path: Path) -> None:
    """The clones that this program makes have only the last commit: that is said."""
    top = tmp_path / "server"
    make_git_repository(top)
    (top / "note").write_text("x")
    commit(top, "two")
    assert spack("repo", "add", top.as_uri()).returncode == 0
    result = spack("pkg", "list")
    assert result.stdout.split() == ["base", "host", "plugin"]
    assert "fetch --unshallow" in result.stderr
