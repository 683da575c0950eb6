"""Making the records of many recipes is never silent, and what was made before its end is kept."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.recipes.conftest import MakeRepository

from spack.recipes.records.index import read_index
from spack.recipes.records.record_cache import RecordCache
from spack.system.files.kept import DamagedError
from spack.system.terminal.progress import told_progress

COUNT = 600
PROGRAM = """
import sys
from spack.recipes.finding.repositories import Repository
from spack.recipes.records import index_draft
from spack.recipes.records.record_cache import RecordCache
index_draft._OFTEN = 0.05
index = Repository(sys.argv[1], cache=RecordCache(sys.argv[2], workers=2)).index()
print(len(index.names()), len(index.providers("words")), index.is_new)
"""


class Readings:
    """A repository with many slow recipes, and processes that read them."""

    def __init__(self, root: str, cache: Path) -> None:
        self.root, self.cache = root, str(cache)

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, self.root, self.cache],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def kept(self) -> int:
        """Recipes whose records are in the index now."""
        try:
            folder = RecordCache(self.cache).folder_of(self.root)
            return len(read_index(str(folder), self.root).names())
        except DamagedError:
            return 0

    def interrupted(self, number: signal.Signals) -> str:
        """The output of a process that got a signal when some records were kept."""
        process = self.start()
        while not self.kept() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode == -number
        return said


@pytest.fixture
def readings(make_repository: MakeRepository, tmp_path: Path) -> Readings:
    slow = "import time\n\ntime.sleep(0.004)\nprovides('words')\nversion('1')"
    return Readings(
        make_repository({f"p{number}": slow for number in range(COUNT)}).root, tmp_path / "c"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_second_run_goes_on(readings: Readings, number: signal.Signals) -> None:
    said = readings.interrupted(number)
    kept = readings.kept()
    assert 0 < kept < COUNT
    if number == signal.SIGINT:
        assert f"==> {kept} of {COUNT} recipes read in" in said
        assert "s; the next command goes on from there\n" in said
    out, said = readings.start().communicate(timeout=60)
    assert out == f"{COUNT} {COUNT} True\n"
    assert re.fullmatch(rf"==> {COUNT - kept} recipes read in \d+\.\d s\n", said) or (
        COUNT - kept < 500 and said == ""
    )
    out, said = readings.start().communicate(timeout=60)
    assert (out, said) == (f"{COUNT} {COUNT} False\n", "")


def test_few_recipes_are_read_silently(
    make_repository: MakeRepository, capfd: pytest.CaptureFixture[str]
) -> None:
    make_repository({f"p{number}": "pass" for number in range(20)}).index()
    assert capfd.readouterr() == ("", "")


def test_a_bar_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:
        with told_progress("recipes", "read", 40, stream=stream) as advance:
            advance(30)
        shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert f"[{'#' * 30}{'-' * 10}] 30/40 recipes read" in shown
    assert shown.endswith("\r\x1b[K") and "==>" not in shown


def test_a_line_elsewhere() -> None:
    stream = io.StringIO()
    with told_progress("recipes", "read", 40, stream=stream) as advance:
        advance(30)
    assert re.fullmatch(r"==> 40 recipes read in \d+\.\d s\n", stream.getvalue())


@pytest.mark.parametrize("reached", [[], [10, 20]])
def test_an_end_before_all_is_done(reached: list[int]) -> None:
    stream = io.StringIO()
    told = told_progress("recipes", "read", 40, after="; alas", stream=stream)
    with pytest.raises(KeyboardInterrupt), told as advance:
        for done in reached:
            advance(done)
        raise KeyboardInterrupt
    count = reached[-1] if reached else 0
    assert re.fullmatch(rf"==> {count} of 40 recipes read in \d\.\d s; alas\n", stream.getvalue())
