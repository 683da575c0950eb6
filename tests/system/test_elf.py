"""ELF files made by the real compiler, changed, and run again."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from spack.system.binaries import elf
from spack.system.binaries.elf import ElfError

pytestmark = pytest.mark.skipif(
    shutil.which("gcc") is None or not os.path.isdir("/proc/self"), reason="needs gcc on Linux"
)


def needed(path: Path) -> list[bytes]:
    return elf.read_elf(path).dt_needed_strs


def gcc(*arguments: str) -> None:
    subprocess.run(["gcc", *arguments], check=True)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A library, and a program that finds it through one of three run path entries."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "x.c").write_text("int answer(void) { return 42; }\n")
    (tmp_path / "m.c").write_text("int answer(void); int main(void) { return answer() - 42; }\n")
    library = str(tmp_path / "lib" / "libx.so")
    gcc("-shared", "-fPIC", "-Wl,-soname,libx.so,--no-as-needed", "-o", library, f"{tmp_path}/x.c")
    link(tmp_path, ["/nowhere/else", str(tmp_path / "lib"), "$ORIGIN/lib"])
    return tmp_path


def link(folder: Path, rpaths: list[str], *flags: str) -> None:
    options = [f"-Wl,-rpath,{rpath}" for rpath in rpaths]
    gcc("-o", f"{folder}/m", f"{folder}/m.c", f"-L{folder}/lib", "-lx", *options, *flags)


def runs(folder: Path) -> bool:
    done = subprocess.run([str(folder / "m")], stderr=subprocess.DEVNULL, env={}, check=False)
    return done.returncode == 0


def test_reading(built: Path) -> None:
    program, library = built / "m", built / "lib" / "libx.so"
    assert elf.is_elf(program) and not elf.is_elf(built / "m.c") and not elf.is_elf(built / "no")
    assert elf.soname(library) == "libx.so" and elf.soname(program) is None
    assert b"libx.so" in needed(program)
    assert elf.rpaths(program) == ["/nowhere/else", str(built / "lib"), "$ORIGIN/lib"]
    found = elf.interpreter(program)
    assert found is not None and os.path.exists(found)
    assert elf.interpreter(library) is None
    assert (
        elf.get_elf_compat(program) == elf.get_elf_compat(library) == elf.get_elf_compat("/bin/sh")
    )


def test_the_interface_of_recipes(built: Path) -> None:
    with open(built / "lib" / "libx.so", "rb+") as stream:
        parsed = elf.parse_elf(stream, interpreter=True, dynamic_section=True)
        assert parsed.dt_soname_str == b"libx.so" and parsed.has_soname
        assert parsed.has_pt_dynamic and not parsed.has_pt_interp and parsed.rpath_entry is None
        assert parsed.has_needed
        first = parsed.dt_needed_strs[0]
        elf.delete_needed_from_elf(stream, parsed, first)
        assert first not in parsed.dt_needed_strs
        elf.delete_needed_from_elf(stream, parsed, b"libnothing.so")
    assert first not in needed(built / "lib" / "libx.so")
    assert elf.soname(built / "lib" / "libx.so") == "libx.so"


@pytest.mark.parametrize("tags", ["-Wl,--enable-new-dtags", "-Wl,--disable-new-dtags"])
def test_deleting_the_run_path(built: Path, tags: str) -> None:
    link(built, [str(built / "lib")], tags)
    assert runs(built)
    elf.delete_rpath(built / "m")
    assert elf.rpaths(built / "m") == [] and not runs(built)
    elf.delete_rpath(built / "m")
    assert b"libx.so" in needed(built / "m")


def test_redundant_run_paths_go(built: Path) -> None:
    size = (built / "m").stat().st_size
    assert elf.shorten_rpaths(built / "m", elf.is_useful_rpath)
    assert elf.rpaths(built / "m") == [str(built / "lib"), "$ORIGIN/lib"]
    assert (built / "m").stat().st_size == size and runs(built)
    assert not elf.shorten_rpaths(built / "m", elf.is_useful_rpath)
    assert elf.shorten_rpaths(built / "m", lambda path: False)
    assert elf.rpaths(built / "m") == [] and not runs(built)


def test_setting_the_run_path(built: Path) -> None:
    elf.set_rpath(built / "m", ["$ORIGIN/lib"])
    assert elf.rpaths(built / "m") == ["$ORIGIN/lib"] and runs(built)
    with pytest.raises(ElfError, match="room"):
        elf.set_rpath(built / "m", ["/" + "x" * 5000])
    with pytest.raises(ElfError, match="no run path"):
        elf.set_rpath(built / "lib" / "libx.so", ["/x"])


def test_names_stored_inside_the_run_path_are_safe(built: Path) -> None:
    """The linker merges equal ends: the symbol ``answer`` may lie in a path that ends so."""
    link(built, ["/nowhere/answer"], f"-Wl,-rpath,{built}/lib:/nowhere/answer", "-Wl,-O2")
    elf.shorten_rpaths(built / "m", elf.is_useful_rpath)
    assert runs(built)


@pytest.mark.parametrize("data", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x09" + bytes(60)])
def test_what_is_no_elf_file(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(ElfError):
        elf.read_elf(tmp_path / "f")
    with pytest.raises(ElfError):
        elf.parse_elf(io.BytesIO(data))


def test_a_file_that_ends_early(built: Path) -> None:
    data = (built / "m").read_bytes()
    for size in (30, 70, 200, 1000):
        with pytest.raises(ElfError):
            elf.parse_elf(io.BytesIO(data[:size]), interpreter=True, dynamic_section=True)


def test_header_of_a_big_endian_32_bit_file() -> None:
    start = b"\x7fELF\x01\x02\x01" + bytes(9)
    rest = struct.pack(">HHIIIIIHHHHHH", 2, 20, 1, 0, 0, 0, 0, 52, 0, 0, 0, 0, 0)
    parsed = elf.parse_elf(io.BytesIO(start + rest))
    assert (parsed.is_64_bit, parsed.is_little_endian, parsed.machine) == (False, False, 20)


def test_no_soname(built: Path) -> None:
    with pytest.raises(ElfError, match="soname"):
        _ = elf.read_elf(built / "m").dt_soname_str
