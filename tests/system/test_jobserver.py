"""The job server of make: with itself, and with the real make."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from spack.system.processes.jobserver import (
    JobServer,
    JobServerError,
    get_effective_jobs,
    makeflags_address,
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
