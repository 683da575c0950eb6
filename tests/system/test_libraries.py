"""Lists of libraries and headers; results were checked against the reference program."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spack.errors import SpackError
from spack.system.binaries.libraries import (
    FileList,
    HeaderList,
    LibraryList,
    NoHeadersError,
    NoLibrariesError,
    find_all_headers,
    find_all_libraries,
    find_headers,
    find_libraries,
    find_system_libraries,
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "lib64/libq.so",
        "lib/libr.so.1",
        "lib/libr.so",
        "lib/libr.a",
        "x/libq.so",
        "x/libonly.so",
        "include/a.mod",
        "include/b/c.hpp",
        "include/b/c.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("")
    return tmp_path


def names(found: FileList, tree: Path) -> list[str]:
    return [str(Path(path).relative_to(tree)) for path in found]


def test_first_place_with_a_match_decides(tree: Path) -> None:
    assert names(find_libraries("libq", str(tree), recursive=True), tree) == ["lib64/libq.so"]
    both = find_libraries(["libq", "libr"], str(tree), recursive=True)
    assert names(both, tree) == ["lib/libr.so"]
    only = find_libraries("libonly", str(tree), recursive=True)
    assert names(only, tree) == ["x/libonly.so"]


def test_versioned_names_do_not_match(tree: Path) -> None:
    assert names(find_libraries("lib?", str(tree / "lib")), tree) == ["lib/libr.so"]
    assert not find_libraries("libr", str(tree))
    static = find_libraries("libr", str(tree), shared=False, recursive=True)
    assert names(static, tree) == ["lib/libr.a"]
    assert names(find_all_libraries(str(tree), recursive=True), tree) == [
        "lib/libr.so",
        "lib/libr.a",
    ]


def test_wrong_arguments(tree: Path) -> None:
    for bad in (None, 5, [1]):
        with pytest.raises(TypeError):
            find_libraries(bad, str(tree))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_depth"):
        find_libraries("x", str(tree), max_depth=2)
    assert find_system_libraries("libno-such-library") == LibraryList([])


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs the files that gcc links with")
def test_libraries_of_the_system() -> None:
    found = find_system_libraries(["libc", "libm"])
    assert [path.rpartition("/")[2] for path in found][:2] == ["libc.so", "libm.so"]


def test_find_headers(tree: Path) -> None:
    assert names(find_headers("*", str(tree / "include")), tree) == ["include/a.mod"]
    expected = ["include/b/c.hpp", "include/a.mod"]
    assert names(find_all_headers(str(tree)), tree) == expected
    assert names(find_headers(["c", "a"], str(tree), recursive=True), tree) == expected


def test_library_list() -> None:
    libs = LibraryList(
        [
            "/a/lib/libx.so",
            "/a/lib/libx.so",
            "/b/liby.a",
            "/b/libz.so.3",
            "w/q.dylib",
            "/f/libx.a.so.a",
        ]
    )
    assert libs.names == ["x", "y", "z", "q", "x.a"]
    assert libs.directories == ["/a/lib", "/b", "w", "/f"]
    assert libs.search_flags == "-L/a/lib -L/b -Lw -L/f"
    assert libs.link_flags == "-lx -ly -lz -lq -lx.a"
    assert libs.ld_flags == libs.search_flags + " " + libs.link_flags
    assert libs.basenames[2] == "libz.so.3" and libs.libraries == list(libs)
    assert libs[0] == "/a/lib/libx.so" and isinstance(libs[:2], LibraryList)
    assert libs[:2].joined(";") == "/a/lib/libx.so;/b/liby.a"
    assert str(libs[:2]) == "/a/lib/libx.so /b/liby.a"
    assert list(libs[:1] + ["/n/libn.so"] + libs) == [libs[0], "/n/libn.so", *libs[1:]]
    assert list(["/q"] + libs[:1]) == [libs[0], "/q"]
    assert libs == LibraryList(list(libs)) and len(libs) == 5 and "/b/liby.a" in libs
    assert LibraryList("/a/libb.so").names == ["b"] and LibraryList([]).ld_flags == ""
    with pytest.raises(TypeError):
        LibraryList([1])  # type: ignore[list-item]


def test_header_directories() -> None:
    headers = HeaderList(
        [
            "/a/include/x/y.h",
            "/b/xinclude/z.hpp",
            "/c/include/d/include/f.cuh",
            "/d/foo.tar.h.in",
        ]
    )
    assert headers.directories == ["/a/include", "/b/xinclude", "/c/include", "/d"]
    assert headers.names == ["y", "z", "f", "foo.tar"]
    assert HeaderList(["include/x.h"]).directories == ["include"]
    assert HeaderList(["/include/x.h", "/x/include"]).directories == ["/include", "/x"]


def test_macros_and_set_directories_are_lost_by_addition() -> None:
    headers = HeaderList("/a/include/b.h")
    headers.add_macro("-DX=1")
    assert headers.cpp_flags == "-I/a/include -DX=1" and (headers + headers).macro_definitions == ""
    headers.directories = "/z"
    assert headers.include_flags == "-I/z" and headers[:].directories == ["/a/include"]
    headers.directories = ["a", "b", "a"]
    assert headers.directories == ["a", "b"]
    headers.directories = None
    assert headers.directories == [] and headers.headers == ["/a/include/b.h"]


def test_errors_have_both_forms() -> None:
    assert str(NoLibrariesError("none at all")) == "none at all"
    assert "/p" in str(NoLibrariesError("zlib", "/p")) and "/p" in str(NoHeadersError("zlib", "/p"))
    assert issubclass(NoHeadersError, SpackError)
