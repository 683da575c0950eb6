"""Trees of processes, really started and really ended."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from spack.system.processes import children as processes

#: A parent that ignores the polite signal, with a child and a grandchild.
TREE = "trap '' TERM; (sleep 600 & wait) & echo ready; wait"


def test_run_returns_everything() -> None:
    done = processes.run(["sh", "-c", "cat; echo err >&2; exit 4"], input_text="in")
    assert done == processes.Result(4, "in", "err\n")


def test_run_keeps_undecodable_bytes() -> None:
    done = processes.run(["printf", "\\377"])
    assert done.output.encode("utf-8", "surrogateescape") == b"\xff"


def test_run_in_a_directory_with_variables(tmp_path: Path) -> None:
    done = processes.run(
        ["/bin/sh", "-c", "pwd; echo $X"], directory=str(tmp_path), variables={"X": "1"}
    )
    assert done.output == f"{os.path.realpath(tmp_path)}\n1\n"


def test_run_of_nothing() -> None:
    with pytest.raises(processes.ProcessStartError, match="/no/program"):
        processes.run(["/no/program"])


def test_time_limit() -> None:
    others = set(processes.descendants(os.getpid()))
    with pytest.raises(processes.ProcessTimeLimitError, match="sh"):
        processes.run(["sh", "-c", "sleep 600 & wait"], seconds=0.2)
    assert set(processes.descendants(os.getpid())) <= others


def test_kill_tree_ends_stubborn_processes() -> None:
    child = subprocess.Popen(["sh", "-c", TREE], stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    while len(processes.descendants(child.pid)) < 2:
        time.sleep(0.01)
    victims = processes.descendants(child.pid)
    processes.kill_tree(child.pid, grace=0.1)
    assert child.wait() == -9
    child.stdout.close()
    assert not any(processes.is_alive(pid) for pid in victims)


def test_is_alive() -> None:
    assert processes.is_alive(os.getpid())
    child = subprocess.Popen(["true"])
    child.wait()
    assert not processes.is_alive(child.pid)
