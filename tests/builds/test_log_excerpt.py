"""Finding the decisive lines of build logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.builds.log_excerpt import LIMIT, cause_of, excerpt, excerpt_of_file

NOISE = [f"gcc -c file{number}.c -o file{number}.o -Werror" for number in range(200)]


@pytest.mark.parametrize(
    "line, cause",
    [
        ("foo.c:3:10: fatal error: zlib.h: No such file or directory", "a header is missing"),
        ("foo.c:7:3: error: expected ';' before '}' token", "the compiler rejected the code"),
        ("foo.c:(.text+0x12): undefined reference to `inflate'", "a library or symbol is missing"),
        ("/usr/bin/ld: cannot find -lz", "a library or symbol is missing"),
        ("configure: error: no acceptable C compiler found in $PATH", "the configuration failed"),
        ("CMake Error at CMakeLists.txt:3 (find_package):", "the configuration failed"),
        ("meson.build:1:0: ERROR: Dependency \"x\" not found", "the configuration failed"),
        ("/bin/sh: 1: bison: not found", "a program is missing"),
        ("make: flex: No such file or directory", "a program is missing"),
        ("cp: cannot create 'x': Permission denied", "a file cannot be written or read"),
        ("write error: No space left on device", "the disk is full"),
        ("g++: fatal error: Killed signal ended cc1plus", "the machine ran out of memory"),
        ("Error: Symbol 'x' at (1) has no IMPLICIT type", "the compiler rejected the code"),
        ("FAIL: test-inflate", "a test failed"),
        ("KeyError: 'zlib'", "the recipe failed"),
        ("make: *** No rule to make target 'x'.  Stop.", "make has no rule for a target"),
        ("make[2]: *** [Makefile:10: foo.o] Error 1", ""),
        ("ninja: build stopped: subcommand failed.", ""),
        ("checking for error_at_line... yes", ""),
        ("gcc -Werror -c error.c", ""),
        ("0 errors, 3 warnings", ""),
    ],
)  # fmt: skip
def test_cause_of_a_line(line: str, cause: str) -> None:
    assert cause_of(line) == cause


def test_the_first_error_is_shown_with_its_surroundings() -> None:
    log = [
        *NOISE,
        "In file included from a.c:1:",
        "a.c:1:10: fatal error: zlib.h: No such file or directory",
        " #include <zlib.h>",
        "          ^~~~~~~~",
        "compilation terminated.",
        "make: *** [Makefile:3: a.o] Error 1",
    ]
    found = excerpt(log)
    assert found.cause == "a header is missing"
    assert len(found.lines) <= LIMIT
    decisive = [line for line in found.lines if line.decisive]
    assert [(line.number, line.text) for line in decisive] == [(202, log[201])]
    assert log[200] in [line.text for line in found.lines]
    assert str(found).splitlines()[1].startswith(">>    202  a.c:1:10")


def test_no_more_lines_than_allowed_and_in_order() -> None:
    log = [f"x{number}.c:1:1: error: bad" for number in range(100)]
    numbers = [line.number for line in excerpt(log).lines]
    assert len(numbers) == LIMIT
    assert numbers == sorted(numbers)
    assert numbers[0] == 1


def test_the_end_of_a_log_without_errors() -> None:
    found = excerpt([*NOISE, "last words", "", ""])
    assert found.cause == ""
    assert found.lines[-1].text == "last words"
    assert len(found.lines) == LIMIT


def test_a_full_disk_explains_other_errors() -> None:
    log = ["a.c:1:1: error: cannot write", "cc1: write error: No space left on device"]
    assert excerpt(log).cause == "the disk is full"


def test_a_file(tmp_path: Path) -> None:
    assert excerpt_of_file(str(tmp_path / "absent")).lines == ()
    (tmp_path / "log").write_bytes(b"\xff\xfe\nconfigure: error: no\n")
    assert excerpt_of_file(str(tmp_path / "log")).cause == "the configuration failed"


def test_lines_with_colours_are_understood_and_shown_without_controls() -> None:
    log = ["\x1b[31mconfigure: error: no\x1b[0m", "\x1b[2J\x1b]0;title\x07a\x00\tb"]
    found = excerpt(log)
    assert found.cause == "the configuration failed"
    assert [line.text for line in found.lines] == ["configure: error: no", "a       b"]


@pytest.mark.parametrize("part", [" ", "ld: ", "relocation ", "Could NOT find "])
def test_signs_are_looked_for_in_the_first_characters_of_a_line(part: str) -> None:
    line = part * 200_000 + "x.c:1:1: error: far away"  # All of it would take minutes.
    assert cause_of(line) == ""
    assert all(len(line.text) == 300 for line in excerpt([line, "end"]).lines[:-1])
