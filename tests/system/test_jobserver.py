"""The job server of make: with itself, and with the real make."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from spack.system.processes.jobserver import (
    HeldJobs,
    JobServer,
    JobServerError,
    SharedJobs,
    get_effective_jobs,
    makeflags_address,
    share_of,
)


def test_as_many_jobs_as_made() -> None:
    with JobServer.create(3) as server:
        assert server.acquire(0) and server.acquire(0)
        assert not server.acquire(0)
        assert not server.acquire(0.01)
        server.release()
        assert server.acquire()
        assert not server.acquire(0)


def test_giving_back_what_was_never_taken() -> None:
    with JobServer.create(2) as server, pytest.raises(JobServerError, match="never"):
        server.release()


def test_no_job_at_all() -> None:
    with pytest.raises(JobServerError, match="at least one"):
        JobServer.create(0)


def test_the_last_address_counts() -> None:
    assert makeflags_address("-j --jobserver-fds=3,4 --jobserver-auth=5,6 -- A=b") == "5,6"
    assert makeflags_address("k") is None


def test_effective_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    assert get_effective_jobs(4) == 4
    assert get_effective_jobs(4, parallel=False) == 1
    assert get_effective_jobs(0) == 1
    monkeypatch.setenv("MAKEFLAGS", "--jobserver-auth=5,6")
    assert get_effective_jobs(4, supports_jobserver=True) is None
    assert get_effective_jobs(4) == 4


MAKEFILE = """\
all: a b c d
a b c d:
\t@n=$$(ls $(DIR) | wc -l); touch $(DIR)/$@; n=$$(ls $(DIR) | wc -l); echo $$n >> $(LOG); \\
\tsleep 0.1; rm $(DIR)/$@
"""


@pytest.mark.parametrize("form", ["descriptors", "self", "pid"])
def test_a_server_is_joined_by_any_form(form: str) -> None:
    path_in = {"descriptors": "", "self": "self", "pid": str(os.getpid())}[form]
    with JobServer.create(3) as server:
        joined = JobServer.join(server.variables(path_in=path_in)["MAKEFLAGS"])
        assert joined is not None and joined.jobs == 3 and not joined.is_own
        with joined:
            assert joined.acquire(0) and joined.acquire(0) and not server.acquire(0)
            joined.release()
            assert server.acquire(0)
            server.release()
        assert server.acquire_many(5, 5, 0) == 2, "closing gives back what was taken"


def test_a_named_pipe_is_joined(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    keep = os.open(path, os.O_RDWR)
    os.write(keep, b"xy")
    joined = JobServer.join(f"k -j3 --jobserver-auth=fifo:{path} -- A=b")
    assert joined is not None
    with joined:
        assert joined.jobs == 3 and joined.acquire_many(9, 9, 0) == 2
    assert os.read(keep, 9) in (b"xy", b"yx"), "the same bytes come back"
    os.close(keep)


def test_what_cannot_be_reached_is_not_joined(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = os.open(tmp_path / "file", os.O_RDWR)
    reader, writer = os.pipe()
    for address in (
        "-2,-2", "913,914", f"{file},{file}", f"{writer},{reader}", "fifo:/nowhere/pipe", "a,b",
        f"{1 << 70},{1 << 70}",
    ):  # fmt: skip
        assert JobServer.join(f" -j2 --jobserver-auth={address}") is None
    assert JobServer.join("kw") is None
    for descriptor in (file, reader, writer):
        os.close(descriptor)


def test_more_and_fewer_jobs_while_some_run() -> None:
    with JobServer.create(3) as server:
        assert server.acquire_many(2, 2, 0) == 2
        server.change(1)
        server.release()
        server.settle()
        assert server.jobs == 1 and not server.acquire(0)
        server.change(4)
        assert server.acquire_many(5, 5, 0) == 2
        server.change(0)
        assert server.jobs == 1


def test_a_joined_server_gets_no_more_jobs_than_it_had() -> None:
    with JobServer.create(3) as server:
        joined = JobServer.join(server.variables()["MAKEFLAGS"])
        assert joined is not None
        with joined:
            joined.change(2)
            assert server.acquire_many(5, 5, 0) == 1, "one job is kept back"
            server.release()
            joined.change(9)
            assert joined.jobs == 3 and server.acquire_many(5, 5, 0) == 2
            server.release()
            joined.change(2)
        assert server.acquire(0)


def test_lost_jobs_are_replaced() -> None:
    with JobServer.create(4) as server:
        assert server.acquire_many(2, 2, 0) == 2
        server._held.pop()
        server.refill()
        assert server.held == 1 and server.acquire_many(9, 9, 0) == 2


def test_a_number_that_is_taken_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with JobServer.create(4) as server:
        with HeldJobs(server, 3) as held:
            jobs = SharedJobs(3, held.take)
            assert share_of(jobs) == 3 and get_effective_jobs(jobs) is jobs
            assert get_effective_jobs(jobs, parallel=False) == 1
            assert server.acquire_many(9, 9, 0) == 3, "nothing was read"
            server.release()
            monkeypatch.setattr(HeldJobs, "PATIENCE", 0.01)
            assert f"-j{jobs}" == "-j2"
            server.release()
            assert str(jobs) == "2", "it does not change"
        assert server.acquire_many(9, 9, 0) == 2


@pytest.mark.parametrize(
    "read",
    [
        lambda jobs: "-j%d" % jobs == "-j4",  # noqa: UP031
        lambda jobs: f"{jobs}" == "4",
        lambda jobs: repr(jobs) == "4",
        lambda jobs: min(jobs, 20) == 4 and min(16, jobs) == 4 and max(int(jobs), 20) == 20,
        lambda jobs: (jobs // 2, 8 // jobs, jobs / 2, 2 / jobs, jobs % 3) == (2, 2, 2.0, 0.5, 1),
        lambda jobs: (
            (jobs - 1, 9 - jobs, jobs + 1, 1 + jobs, jobs * 2, 2 * jobs) == (3, 5, 5, 5, 8, 8)
        ),
        lambda jobs: jobs == 4 and jobs != 3 and hash(jobs) == hash(4) and float(jobs) == 4.0,
        lambda jobs: 1 < jobs <= 4 and jobs >= 4 and jobs > 3,
        lambda jobs: [*range(jobs)] == [0, 1, 2, 3],
    ],
)
def test_a_shared_number_is_used_like_another(read: Callable[[SharedJobs], bool]) -> None:
    with JobServer.create(4) as server, HeldJobs(server, 4) as held:
        assert read(SharedJobs(4, held.take))
        assert server.acquire_many(9, 9, 0) == 0, "all are taken"


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("jobs", [1, 2])
def test_make_takes_part(jobs: int, tmp_path: Path) -> None:
    """The largest number of recipes that run at once is the number of jobs."""
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "running").mkdir()
    with JobServer.create(jobs) as server:
        done = subprocess.run(
            ["make", f"DIR={tmp_path}/running", f"LOG={tmp_path}/log"],
            cwd=tmp_path,
            env={**os.environ, **server.variables()},
            pass_fds=server.inherited,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=True,
        )
    assert "warning" not in done.stdout
    counts = [int(line) for line in (tmp_path / "log").read_text().split()]
    assert len(counts) == 4 and max(counts) == jobs
