"""Finding files by patterns; expected lists were checked against the reference program."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spack.system.files.searching import find, find_first


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a/f.h", "b/f.h", "a.h", ".hid.h", "a/sub/f.h"):
        path = tmp_path / "r" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    os.symlink("a", tmp_path / "r/la")
    os.symlink("..", tmp_path / "r/b/up")
    return tmp_path / "r"


def relative(tree: Path, paths: list[str]) -> list[str]:
    return [os.path.relpath(path, tree) for path in paths]


@pytest.mark.parametrize(
    ("files", "options", "expected"),
    [
        ("*.h", {}, [".hid.h", "a.h", "a/f.h", "a/sub/f.h", "b/f.h"]),
        (["f.h", "*.h"], {}, ["a/f.h", "a/sub/f.h", "b/f.h", ".hid.h", "a.h"]),
        ("a/*.h", {}, ["a/f.h"]),
        ("a", {}, ["a"]),
        ("*", {"recursive": False}, [".hid.h", "a", "a.h", "b", "la"]),
        ("*", {"max_depth": 0}, [".hid.h", "a", "a.h", "b", "la"]),
        ("*.h", {"max_depth": 1}, [".hid.h", "a.h", "a/f.h", "b/f.h"]),
        ("*/f.h", {"recursive": False}, ["a/f.h", "b/f.h"]),
        ("*/f.h", {"max_depth": 1}, ["a/f.h", "a/sub/f.h", "b/f.h"]),
        ("nothing", {}, []),
    ],
)
def test_find(tree: Path, files: object, options: dict[str, int], expected: list[str]) -> None:
    found = find(str(tree), files, **options)  # type: ignore[arg-type]
    assert relative(tree, found) == expected
    assert all(os.path.isabs(path) for path in found)


def test_several_roots(tree: Path) -> None:
    found = find([str(tree / "a"), str(tree)], "f.h")
    assert relative(tree, found) == ["a/f.h", "a/sub/f.h", "b/f.h"]
    found = find([str(tree / "b"), str(tree / "a")], ["f.h", "*.h"])
    expected = ["a/f.h", "a/sub/f.h", "b/f.h", "b/up/.hid.h", "b/up/a.h"]
    assert relative(tree, found) == expected


def test_missing_root_and_wrong_arguments(tree: Path) -> None:
    assert find(str(tree / "no"), "*") == []
    with pytest.raises(ValueError, match="max_depth"):
        find(str(tree), "*", recursive=False, max_depth=2)
    with pytest.raises(TypeError, match="root"):
        find(None, "*")  # type: ignore[arg-type]


def test_roots_with_signs_of_patterns(tmp_path: Path) -> None:
    (tmp_path / "[x]*").mkdir()
    (tmp_path / "[x]*" / "f").write_text("")
    assert len(find(str(tmp_path / "[x]*"), "./f")) == 1


def test_find_first(tree: Path) -> None:
    assert find_first(str(tree), "sub") == str(tree / "a/sub")
    assert find_first(str(tree), ["zz", "up"]) == str(tree / "b/up")
    assert find_first(str(tree), "f.h", bfs_depth=1) == str(tree / "a/f.h")
    (tree / "z" / "q" / "r").mkdir(parents=True)
    (tree / "z" / "q" / "r" / "deep").write_text("")
    assert find_first(str(tree), "deep") == str(tree / "z/q/r/deep")
    assert find_first(str(tree), "no") is None
