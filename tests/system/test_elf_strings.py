"""Strings of real programs and libraries that become longer: they load and run as before."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from spack.system.binaries import elf
from spack.system.binaries.elf import ElfError
from spack.system.binaries.elf_strings import replace_strings
from spack.system.binaries.relocation import relocate_tree

LIBRARY = "int answer(void) { return 42; }\n"
PROGRAM = """\
#include <stdio.h>
int answer(void);
static char many[1 << 20];
int main(void) { printf("%d%s\\n", answer(), many); return 0; }
"""


def build(place: Path, *options: str) -> Path:
    """A program with a library in another directory, which its run path names."""
    library = place / "lib"
    library.mkdir(parents=True)
    (place / "answer.c").write_text(LIBRARY)
    (place / "main.c").write_text(PROGRAM)
    target = library / "libanswer.so"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{target}", "-o", target, place / "answer.c"],
        check=True,
    )
    program = place / "main"
    subprocess.run(
        ["gcc", *options, "-o", program, place / "main.c", f"-Wl,-rpath,{library}", target],
        check=True,
    )
    return program


def output(program: Path) -> str:
    return subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("options", [(), ("-no-pie",), ("-s",), ("-Wl,-z,relro,-z,now",)])
@pytest.mark.parametrize("name", ["n", "old2", "a/place/with/a/much/longer/name/than/before"])
def test_moved_programs_run(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    old, new = tmp_path / "old1", tmp_path / name
    program = build(old, *options)
    assert output(program) == "42\n"
    for source in old.glob("*.c"):
        source.unlink()
    new.parent.mkdir(parents=True, exist_ok=True)
    old.rename(new)
    assert relocate_tree(str(new), {str(old): str(new)}) == 2
    moved = new / "main"
    assert output(moved) == "42\n"
    assert elf.rpaths(moved) == [str(new / "lib")]
    assert elf.read_elf(moved).dt_needed_strs[0] == os.fsencode(new / "lib/libanswer.so")
    assert elf.soname(new / "lib/libanswer.so") == str(new / "lib/libanswer.so")
    for path in (moved, new / "lib/libanswer.so"):
        assert os.fsencode(old) + b"/" not in path.read_bytes()
    # Linkers read sections: they must find the moved names, too.
    again = subprocess.run(
        ["gcc", "-o", tmp_path / "again", "-x", "c", "-", "-x", "none", new / "lib/libanswer.so"],
        input="int answer(void); int main(void) { return answer() - 42; }",
        text=True,
    )
    assert again.returncode == 0
    assert subprocess.run([str(tmp_path / "again")]).returncode == 0


def test_a_file_can_grow_several_times(tmp_path: Path) -> None:
    program = build(tmp_path / "old")
    content = program.read_bytes()
    library = os.fsencode(tmp_path / "old/lib")
    for number in range(3):
        longer = library + b"/." * (100 * (number + 1))

        def replace(text: bytes, longer: bytes = longer) -> bytes:
            return longer if text.startswith(library) and not text.endswith(b".so") else text

        content = replace_strings(content, replace, lambda text: text)
        program.write_bytes(content)
        assert elf.rpaths(program) == [os.fsdecode(longer)]
        assert output(program) == "42\n"


def test_the_dynamic_linker_may_have_another_place(tmp_path: Path) -> None:
    program = build(tmp_path / "old")
    old = elf.interpreter(program)
    assert old is not None
    link = tmp_path / ("a-long-name-" * 8) / "ld.so"
    link.parent.mkdir()
    link.symlink_to(old)
    relocate_tree(str(tmp_path / "old"), {old: str(link)})
    assert elf.interpreter(program) == str(link)
    assert output(program) == "42\n"


def test_damaged_files_give_an_error_or_a_file(tmp_path: Path) -> None:
    content = build(tmp_path / "old").read_bytes()
    chance = random.Random(5)
    header = 4096
    old = os.fsencode(tmp_path / "old")

    def longer(text: bytes) -> bytes:
        return text.replace(old, old + b"/longer")

    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 4, 30))):
            damaged[chance.randrange(header)] = chance.randrange(256)
        if chance.random() < 0.2:
            del damaged[chance.randrange(len(damaged)) :]
        try:
            replace_strings(bytes(damaged), longer, lambda text: text)
        except ElfError:
            continue
