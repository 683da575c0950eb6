"""The dynamic linker according to compilers, and the places where it looks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from spack.system.binaries import dynamic_linker
from spack.system.binaries.dynamic_linker import default_search_paths, parse_dynamic_linker


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            "ld -dynamic-linker /lib64/ld.so -o a\ncollect2 --dynamic-linker=/x -dynamic-linker=/y",
            "/y",
        ),
        (' "/usr/bin/ld" "-dynamic-linker" "/lib/ld.so" "-o"', "/lib/ld.so"),
        ("ld -dynamic-linker /first\nother", "/first"),
        ("none", None),
        ("unfinished ' -dynamic-linker /q", "/q"),
        ("ld -dynamic-linker", None),
    ],
)
def test_parsing(output: str, expected: str | None) -> None:
    assert parse_dynamic_linker(output) == expected


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_the_real_compiler(tmp_path: Path) -> None:
    found = dynamic_linker.linker_of_compiler(str(shutil.which("gcc")))
    assert found is not None and os.path.exists(found)
    silent = tmp_path / "cc"
    silent.write_text("#!/bin/sh\nexit 1\n")
    silent.chmod(0o755)
    assert dynamic_linker.linker_of_compiler(str(silent)) is None
    assert dynamic_linker.linker_of_compiler(str(tmp_path / "no")) is None


def put(root: Path, name: str, text: str = "") -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def test_glibc_configuration(tmp_path: Path) -> None:
    put(tmp_path, "etc/ld.so.conf", "include ld.so.conf.d/*.conf  # more\n/last\nhwcap 1 x\n")
    put(tmp_path, "etc/ld.so.conf.d/1.conf", "/one\n/missing\ninclude /etc/ld.so.conf\n")
    put(tmp_path, "etc/ld.so.conf.d/2.conf", "/two=libc6\n")
    for name in ("one", "two", "last", "lib64", "usr/lib", "usr/lib/x86_64-linux-gnu"):
        (tmp_path / name).mkdir(parents=True)
    assert default_search_paths(str(tmp_path)) == [
        "/one",
        "/two",
        "/last",
        "/usr/lib/x86_64-linux-gnu",
        "/lib64",
        "/usr/lib",
    ]


def test_musl_configuration(tmp_path: Path) -> None:
    put(tmp_path, "etc/ld-musl-x86_64.path", "/a:/b\n/c\n")
    for name in ("a", "c", "lib"):
        (tmp_path / name).mkdir()
    assert default_search_paths(str(tmp_path)) == ["/a", "/c"]


def test_musl_without_configuration(tmp_path: Path) -> None:
    put(tmp_path, "lib/ld-musl-x86_64.so.1")
    put(tmp_path, "usr/lib/x")
    put(tmp_path, "usr/local/lib/x")
    assert default_search_paths(str(tmp_path)) == ["/lib", "/usr/local/lib", "/usr/lib"]
