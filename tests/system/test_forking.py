"""Work in forked processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from spack.errors import SpackError
from spack.system.processes.forking import LostWorkerError, forked_map


def test_results_are_in_order_whatever_the_number_of_processes() -> None:
    expected = [n * n for n in range(7)]
    for processes in (1, 2, 3, 20):
        assert forked_map(lambda n: n * n, 7, processes) == expected


def test_results_as_they_come_and_start() -> None:
    seen: dict[int, list[int]] = {}
    marks: list[int] = []
    found = forked_map(lambda n: [n, *marks], 3, 2, seen.__setitem__, lambda: marks.append(7))
    assert found == [[0, 7], [1, 7], [2, 7]]
    assert seen == dict(enumerate(found)) and marks == []
    assert forked_map(lambda n: [n], 2, 1, seen.__setitem__) == [seen[0], seen[1]] == [[0], [1]]


def test_work_is_done_in_other_processes() -> None:
    assert os.getpid() not in forked_map(lambda n: os.getpid(), 4, 2)
    assert forked_map(lambda n: os.getpid(), 4, 1) == [os.getpid()] * 4


class OddError(SpackError):
    def __init__(self, number: int, place: str) -> None:
        super().__init__(f"{number} is odd", hint=place)


def test_the_first_error_in_order_comes_back_whole() -> None:
    def work(number: int) -> int:
        if number % 2:
            time.sleep(0.05 if number == 1 else 0)
            raise OddError(number, "here")
        return number

    for processes in (2, 4):
        with pytest.raises(OddError, match="1 is odd") as caught:
            forked_map(work, 6, processes)
        assert caught.value.hint == "here"


def test_a_process_that_is_killed_is_told() -> None:
    def work(number: int) -> int:
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(LostWorkerError, match="task 2"):
        forked_map(work, 3, 2)


def test_an_interruption_ends_the_processes(tmp_path: Path) -> None:
    parent = os.getpid()

    def work(number: int) -> int:
        (tmp_path / str(os.getpid())).touch()
        if number == 0:
            os.kill(parent, signal.SIGINT)
        time.sleep(60)
        return number

    with pytest.raises(KeyboardInterrupt):
        forked_map(work, 4, 2)
    for name in os.listdir(tmp_path):
        with pytest.raises(ProcessLookupError):
            os.kill(int(name), 0)
