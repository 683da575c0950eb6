"""Detection of installed software."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from spack.recipes.classes import detection
from spack.recipes.classes.detection import (
    EXECUTABLES,
    LIBRARIES,
    DetectionError,
    detect,
    find_installations,
    libraries_in,
    matching_files,
    patterns_of,
    prefix_of,
    programs_in,
)


class Tool:
    name = "tool"
    executables = [r"^tool(-\d+)?$"]

    @classmethod
    def determine_version(cls, exe: str) -> str:
        with open(exe, encoding="utf-8") as file:
            text = file.read()
        if "broken" in text:
            raise RuntimeError("broken")
        return text.split("version ")[1].strip() if "version " in text else ""


def program(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def shown(found: list[detection.Detected]) -> list[tuple[str, str]]:
    return [(str(one.spec), one.prefix) for one in found]


def test_versions_are_told_apart_and_useless_files_ignored(tmp_path: Path) -> None:
    files = [
        program(tmp_path / "a/bin/tool", "version 1.0"),
        program(tmp_path / "a/bin/tool-2", "version 2.0"),
        program(tmp_path / "b/bin/tool", "broken"),
        program(tmp_path / "c/bin/tool", "nothing"),
    ]
    assert shown(detect(Tool, files, EXECUTABLES)) == [
        ("tool@1.0", str(tmp_path / "a")),
        ("tool@2.0", str(tmp_path / "a")),
    ]


def test_variants_and_extra_attributes(tmp_path: Path) -> None:
    class WithVariants(Tool):
        @classmethod
        def determine_variants(cls, exes: list[str], version: str) -> list[Any]:
            return [
                "+plain",
                ("~plain", {"prefix": "/elsewhere", "modules": ["tool/1"], "alpha": 1}),
                ("!! not a spec", {}),
            ]

    files = [program(tmp_path / "bin/tool", "version 1.0")]
    plain, other = sorted(detect(WithVariants, files, EXECUTABLES), key=lambda one: one.modules)
    assert str(plain.spec) == "tool@1.0+plain"
    assert plain.prefix == str(tmp_path)
    assert other.prefix == "/elsewhere"
    assert other.modules == ("tool/1",)
    assert other.extra_attributes == {"alpha": 1}


def test_filter_and_validation(tmp_path: Path) -> None:
    class Picky(Tool):
        @classmethod
        def filter_detected_exes(cls, prefix: str, exes: list[str]) -> list[str]:
            return [exe for exe in exes if not exe.endswith("-2")]

        @classmethod
        def validate_detected_spec(cls, spec: Any, extra_attributes: dict[str, Any]) -> None:
            if spec.satisfies("tool@:1"):
                raise ValueError("too old")

    files = [
        program(tmp_path / "a/bin/tool", "version 1.0"),
        program(tmp_path / "a/bin/tool-2", "version 2.0"),
        program(tmp_path / "b/bin/tool", "version 3.0"),
    ]
    warnings: list[str] = []
    assert shown(detect(Picky, files, EXECUTABLES, warnings.append)) == [
        ("tool@3.0", str(tmp_path / "b"))
    ]
    assert len(warnings) == 1
    assert "too old" in warnings[0]


def test_recipe_may_determine_everything(tmp_path: Path) -> None:
    class Own(Tool):
        @classmethod
        def determine_spec_details(cls, prefix: str, exes: list[str]) -> list[str]:
            return [f"tool@{len(exes)}.0", "tool@@wrong"]

    files = [program(tmp_path / "bin/tool", "")]
    assert shown(detect(Own, files, EXECUTABLES)) == [("tool@1.0", str(tmp_path))]


def test_both_kinds_are_refused() -> None:
    class Both(Tool):
        libraries = ["libtool"]

    with pytest.raises(DetectionError, match="both"):
        patterns_of(Both)
    assert patterns_of(object) == (None, ())


@pytest.mark.parametrize(
    "path, kind, prefix",
    [
        ("/opt/x/bin/tool", EXECUTABLES, "/opt/x"),
        ("/opt/x/Bin/arch/tool", EXECUTABLES, "/opt/x"),
        ("/bin/tool", EXECUTABLES, "/"),
        ("/opt/x/tool", EXECUTABLES, "/opt/x"),
        ("/opt/x/lib64/libx.so", LIBRARIES, "/opt/x"),
        ("/usr/lib/x86_64-linux-gnu/libx.so", LIBRARIES, "/usr"),
        ("/opt/x/libx.so", LIBRARIES, "/opt/x"),
    ],
)
def test_prefix_of_a_file(path: str, kind: str, prefix: str) -> None:
    assert prefix_of(path, kind) == prefix


def test_programs_of_a_directory_and_its_bin(tmp_path: Path) -> None:
    real = program(tmp_path / "bin/tool", "version 1.0")
    program(tmp_path / "bin/not-executable", "")
    (tmp_path / "bin/not-executable").chmod(0o644)
    assert programs_in([str(tmp_path)]) == [real]
    assert programs_in([str(tmp_path / "bin")]) == [real]


def test_a_file_counts_in_one_directory_and_links_come_second(tmp_path: Path) -> None:
    links, programs = tmp_path / "links", tmp_path / "programs"
    links.mkdir()
    real = program(programs / "tool-9", "version 9.0")
    os.symlink(real, links / "tool")
    os.symlink(real, programs / "tool")
    other = program(programs / "other", "version 1.0")
    os.symlink(other, links / "tool-2")
    os.symlink(other, links / "tool-3")
    found = matching_files(Tool.executables, programs_in([str(links), str(programs)]))
    wanted = [links / "tool-2", links / "tool-3", programs / "tool", programs / "tool-9"]
    assert found == [str(path) for path in wanted]


def test_path_is_searched_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = program(tmp_path / "tool", "version 1.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs_in() == [real]
    found = find_installations([Tool], executables=programs_in())
    assert shown(found["tool"]) == [("tool@1.0", str(tmp_path))]


def test_patterns_are_searched_in_base_names(tmp_path: Path) -> None:
    for name in ("tool/other", "x/tool", "x/tool-12", "x/mytool"):
        program(tmp_path / name, name)
    files = [str(tmp_path / name) for name in ("tool/other", "x/tool", "x/tool-12", "x/mytool")]
    assert matching_files(Tool.executables, files) == files[1:3]


def test_a_program_that_hangs_is_left_out(tmp_path: Path) -> None:
    class Slow(Tool):
        @classmethod
        def determine_version(cls, exe: str) -> str:
            time.sleep(5)
            return "1"

    warnings: list[str] = []
    files = [program(tmp_path / "bin/tool", "")]
    found = find_installations([Slow], executables=files, warn=warnings.append, time_limit=0.05)
    assert found == {}
    assert "took over" in warnings[0]


def test_an_error_of_the_recipe_is_a_warning(tmp_path: Path) -> None:
    class Failing(Tool):
        @classmethod
        def determine_variants(cls, exes: list[str], version: str) -> str:
            raise KeyError("mistake")

    warnings: list[str] = []
    files = [program(tmp_path / "bin/tool", "version 1.0")]
    assert find_installations([Failing], executables=files, warn=warnings.append) == {}
    assert "mistake" in warnings[0]


def test_only_libraries_of_this_machine(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "libtext.so").write_text("not a library")
    interpreter = os.path.realpath(shutil.which("sh") or "/bin/sh")
    shutil.copy(interpreter, folder / "libreal.so.1")
    assert [os.path.basename(path) for path in libraries_in([str(tmp_path)])] == ["libreal.so.1"]


def test_names_of_one_program_count_each(tmp_path: Path) -> None:
    """``clang-14`` and ``clang++-14`` of distributions are links to one file."""

    class Clang(Tool):
        name = "clang"
        executables = [r"^clang(\+\+)?(-\d+)?$"]

        @classmethod
        def determine_variants(cls, exes: list[str], version: str) -> Any:
            languages = {"clang-14": "c", "clang++-14": "cxx"}
            return "", {"compilers": {languages[os.path.basename(exe)]: exe for exe in exes}}

    program(tmp_path / "lib/llvm-14/bin/clang", "version 14.0.6")
    (tmp_path / "lib/llvm-14/bin/clang++").symlink_to("clang")
    (tmp_path / "bin").mkdir()
    for name in ("clang", "clang++"):
        (tmp_path / "bin" / f"{name}-14").symlink_to(f"../lib/llvm-14/bin/{name}")
    (found,) = find_installations([Clang], executables=programs_in([str(tmp_path)]))["clang"]
    bin_directory = str(tmp_path / "bin")
    assert found.extra_attributes["compilers"] == {
        "c": os.path.join(bin_directory, "clang-14"),
        "cxx": os.path.join(bin_directory, "clang++-14"),
    }


def test_programs_without_a_version_are_told_of_together(tmp_path: Path) -> None:
    files = [program(tmp_path / f"bin/tool-{number}", "nothing") for number in range(3)]
    told: list[str] = []
    assert detect(Tool, files, EXECUTABLES, told.append) == []
    assert told == [f"{files[0]} and 2 more are left out: tool finds no version in their output"]
