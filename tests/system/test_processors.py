"""Processors and memory that this process may use, with limits of control groups."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spack.system import memory, processors
from spack.system.control_groups import free_memory, processor_limit


class Groups:
    """Files as the kernel shows them: the process is in group ``/a/b`` of each controller."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.own, self.mounts = str(top / "cgroup"), str(top / "mountinfo")
        (top / "a" / "b").mkdir(parents=True)

    def mount(self, version: int, root: str = "/", path: str = "/a/b") -> None:
        Path(self.own).write_text(f"0::{path}\n" if version == 2 else f"4:cpu,memory:{path}\n")
        kind = "cgroup2 cgroup2 rw" if version == 2 else "cgroup cgroup rw,cpu,memory"
        line = f"31 23 0:28 {root} {self.top} rw,relatime shared:9 - {kind}\n"
        Path(self.mounts).write_text(f"22 1 8:1 / / rw - ext4 /dev/sda rw\n{line}")

    def write(self, **files: object) -> None:
        for name, content in files.items():
            place, _, file = name.rpartition("__")
            (self.top / place.replace("_", "/") / file.replace("_", ".", 1)).write_text(
                f"{content}\n"
            )


@pytest.fixture
def groups(tmp_path: Path) -> Groups:
    return Groups(tmp_path)


def test_the_narrowest_limit_of_processor_time_counts(groups: Groups) -> None:
    assert processor_limit(groups.own, groups.mounts) is None
    groups.mount(2)
    groups.write(a_b__cpu_max="max 100000")
    assert processor_limit(groups.own, groups.mounts) is None
    groups.write(a__cpu_max="250000 100000")
    assert processor_limit(groups.own, groups.mounts) == 2.5
    groups.write(a_b__cpu_max="150000 100000")
    assert processor_limit(groups.own, groups.mounts) == 1.5


def test_limits_of_the_first_version_and_of_a_container(groups: Groups) -> None:
    groups.mount(1)
    groups.write(a_b__cpu_cfs_quota_us=-1, a_b__cpu_cfs_period_us=100000)
    assert processor_limit(groups.own, groups.mounts) is None
    groups.write(a_b__cpu_cfs_quota_us=50000)
    assert processor_limit(groups.own, groups.mounts) == 0.5
    groups.mount(1, root="/a", path="/a/other")
    groups.write(__cpu_cfs_quota_us=300000, __cpu_cfs_period_us=100000)
    assert processor_limit(groups.own, groups.mounts) == 3


def test_memory_that_is_left(groups: Groups) -> None:
    groups.mount(2)
    groups.write(a__memory_max="max", a__memory_current=7)
    assert free_memory(groups.own, groups.mounts) is None
    groups.write(a_b__memory_max=1000, a_b__memory_current=900)
    groups.write(a_b__memory_stat="anon 500\ninactive_file 300")
    assert free_memory(groups.own, groups.mounts) == 400
    for old in groups.top.rglob("memory.*"):
        old.unlink()
    groups.mount(1)
    groups.write(a__memory_limit_in_bytes=500, a__memory_usage_in_bytes=450)
    assert free_memory(groups.own, groups.mounts) == 50


def test_processors_are_limited_by_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 5, 6}, raising=False)
    for limit, number in ((None, 4), (9.0, 4), (1.5, 2), (0.2, 1)):
        monkeypatch.setattr(processors, "processor_limit", lambda limit=limit: limit)
        assert processors.available_processors() == number
    monkeypatch.setattr(processors, "processor_limit", lambda: None)
    assert [processors.allowed_jobs(*how) for how in ((None, 0), (None, 3), (None, 9), (8, 3))] == [
        4, 3, 4, 8,
    ]  # fmt: skip


def test_memory_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "meminfo"
    table.write_text("MemTotal:  100 kB\nMemAvailable:   40 kB\n")
    for limit, free in ((None, 40960), (1 << 60, 40960), (1000, 1000)):
        monkeypatch.setattr(memory, "free_memory", lambda limit=limit: limit)
        assert memory.available_memory(str(table)) == free
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    assert memory.available_memory(str(tmp_path / "none")) is None


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_memory_of_a_session_is_that_of_all_its_processes() -> None:
    hold = "import sys; a = bytearray(50_000_000); print('ready', flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        used = memory.memory_of_sessions()
        assert child.stdin is not None
        child.stdin.close()
    assert 50_000_000 < used[child.pid] < 500_000_000
