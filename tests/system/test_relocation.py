"""Replacing paths in copied trees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spack.system.binaries.relocation import RelocationError, relocate_tree


def test_texts_binaries_and_links(tmp_path: Path) -> None:
    text, binary, other = tmp_path / "text", tmp_path / "sub" / "binary", tmp_path / "other"
    binary.parent.mkdir()
    text.write_text("/old/lib and /old-er and /old")
    text.chmod(0o555)
    binary.write_bytes(b"\0/long/old/lib\0tail\0")
    other.write_text("nothing")
    os.symlink("/old/lib", tmp_path / "link")
    os.symlink("sub", tmp_path / "relative")
    changed = relocate_tree(str(tmp_path), {"/old": "/quite/new", "/long/old": "/short"})
    assert changed == 3
    assert text.read_text() == "/quite/new/lib and /old-er and /quite/new"
    assert text.stat().st_mode & 0o777 == 0o555
    assert binary.read_bytes() == b"\0/short////lib\0tail\0"
    assert os.readlink(tmp_path / "link") == "/quite/new/lib"
    assert os.readlink(tmp_path / "relative") == "sub"


def test_the_longest_path_wins(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("/a/b/c")
    relocate_tree(str(tmp_path), {"/a": "/x", "/a/b": "/y"})
    assert (tmp_path / "f").read_text() == "/y/c"


def test_a_longer_path_does_not_fit_into_a_binary(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\0/old\0")
    with pytest.raises(RelocationError, match="2 characters too long"):
        relocate_tree(str(tmp_path), {"/old": "/newer"})


def test_nothing_to_replace(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("/a")
    assert relocate_tree(str(tmp_path), {"/a": "/a"}) == 0
