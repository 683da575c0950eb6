"""``spack list``, ``spack info``, ``spack python`` and ``spack help`` through the launcher."""

from __future__ import annotations

import json
import sys

import pytest
from tests.end_to_end.small_instance import Instance

from spack.cli.catalogue import COMMANDS
from spack.cli.main import main


def test_list(built: Instance) -> None:
    names = built.ok("list").splitlines()
    assert names == sorted(names)
    assert {"answer", "asker", "bzip2", "gcc"} <= set(names)
    assert int(built.ok("list", "--count")) == len(names)
    assert built.ok("list", "ANS") == "answer\n"
    assert built.ok("list", "ask*") == "asker\n"
    assert built.ok("list", "-t", "numbers") == "answer\n"
    assert built.ok("list", "-d", "knows a number") == "answer\n"
    assert "answer" in built.ok("list", "-N", "small").split()
    assert "bzip2" not in built.ok("list", "-N", "small").split()
    assert "oracle" in built.ok("list", "-v").split()
    assert "oracle" not in names
    assert built.ok("list", "no-such-thing") == ""
    data = json.loads(built.ok("list", "--format", "version_json", "answer"))
    assert data[0]["versions"] == ["2.0", "1.0"]


def test_info(built: Instance) -> None:
    shown = built.ok("info", "answer")
    for text in (
        "generic: answer",
        "A library that knows a number.",
        "Homepage: https://example.org/answer",
        "mode [fast]",
        "fast, slow",
        "Preferred version:\n    2.0",
        "Virtual packages:\n    oracle",
    ):
        assert text in shown
    everything = built.ok("info", "--all", "answer")
    assert "deepthought" in everything
    assert "numbers" in everything
    assert "Variants:" not in built.ok("info", "--no-variants", "answer")
    assert json.loads(built.ok("info", "--json", "answer"))["provides"] == ["oracle"]
    assert "no package 'anser'" in built.fails("info", "anser")
    assert "answer" in built.fails("info", "anser")


def test_python(built: Instance) -> None:
    script = built.directory / "script.py"
    script.write_text("import sys, spack\nprint(sys.argv[1:])\nsys.exit(3)\n")
    result = built("python", str(script), "a", "-b")
    assert (result.returncode, result.stdout) == (3, "['a', '-b']\n")
    assert built.ok("python", stdin="import spack; print(spack.__name__)\n") == "spack\n"
    assert built.ok("python", "--path").strip() == sys.executable


def test_help_on_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    def printed(*words: str) -> str:
        assert main(words) == 0
        return capsys.readouterr().out

    everything = printed("help", "--all")
    for name in COMMANDS:
        assert printed("help", name) == printed(name, "--help") != ""
        assert f"  {name} " in everything


def test_info_by_condition_and_narrowed_by_a_spec(built: Instance) -> None:
    shown = built.ok("info", "--by-when", "answer")
    assert "    always\n" in shown
    narrow = built.ok("info", "answer@1")
    assert "1.0" in narrow
    assert "    2.0" not in narrow
