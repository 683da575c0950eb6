"""The child of a build: news, results, errors, and its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import List

import pytest

from spack.builds.log_excerpt import Excerpt, LogLine
from spack.builds.phase_logs import PhaseTime
from spack.builds.procedure import BuildError, BuildObserver, BuildResult
from spack.builds.worker import Event, Worker, WorkerDiedError, start_worker
from spack.errors import InternalError, SpackError
from spack.system.processes.children import is_alive

ROOT = Path(__file__).parents[2]


def wait_until(path: Path) -> str:
    for _ in range(400):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} did not appear")


def wait_until_gone(pid: int) -> bool:
    for _ in range(400):
        if not is_alive(pid):
            return True
        time.sleep(0.02)
    return False


def test_news_and_result() -> None:
    def work(observer: BuildObserver) -> BuildResult:
        observer.stage("/stage")
        observer.step("install")
        observer.note("x" * 100_000)
        return BuildResult((PhaseTime("install", 1.5),))

    class Watcher(BuildObserver):
        def __init__(self) -> None:
            self.seen: List[Event] = []

        def step(self, name: str) -> None:
            self.seen.append(Event("step", name))

        def note(self, text: str) -> None:
            self.seen.append(Event("note", text))

    watcher = Watcher()
    worker = start_worker(work)
    assert worker.wait(watcher) == BuildResult((PhaseTime("install", 1.5),))
    assert worker.step == "install" and worker.stage == "/stage"
    assert watcher.seen == [Event("step", "install"), Event("note", "x" * 100_000)]


def test_a_build_error_keeps_everything() -> None:
    error = BuildError(
        "it failed", package="zlib", phase="build", log="/log", details="more", hint="try",
        excerpt=Excerpt("a header is missing", (LogLine(3, "text", True),)),
    )  # fmt: skip

    def work(observer: BuildObserver) -> BuildResult:
        raise error

    with pytest.raises(BuildError) as caught:
        start_worker(work).wait()
    for name in ("message", "package", "phase", "log", "details", "hint", "excerpt"):
        assert getattr(caught.value, name) == getattr(error, name)


def test_other_errors() -> None:
    def refuse(observer: BuildObserver) -> BuildResult:
        raise SpackError("no", hint="yes")

    with pytest.raises(SpackError) as caught:
        start_worker(refuse).wait()
    assert (caught.value.message, caught.value.hint) == ("no", "yes")

    def stumble(observer: BuildObserver) -> BuildResult:
        raise KeyError("key")

    with pytest.raises(SpackError, match="KeyError"):
        start_worker(stumble).wait()


def test_a_child_that_dies_silently() -> None:
    def die(observer: BuildObserver) -> BuildResult:
        observer.step("build")
        os.kill(os.getpid(), signal.SIGKILL)
        return BuildResult()

    with pytest.raises(WorkerDiedError, match="killed by SIGKILL in step 'build'") as caught:
        start_worker(die).wait()
    assert caught.value.hint is not None and "fewer jobs" in caught.value.hint

    def leave(observer: BuildObserver) -> BuildResult:
        os._exit(3)

    with pytest.raises(WorkerDiedError, match="ended with 3"):
        start_worker(leave).wait()


def sleeping(report: Path) -> Worker:
    """A child with a grandchild in another session, whose ids are written to a file."""

    def work(observer: BuildObserver) -> BuildResult:
        child = subprocess.Popen(["sleep", "600"])
        report.write_text(f"{os.getpid()} {child.pid}")
        child.wait()
        return BuildResult()

    return start_worker(work)


def test_kill_ends_the_whole_tree(tmp_path: Path) -> None:
    worker = sleeping(tmp_path / "pids")
    pids = [int(word) for word in wait_until(tmp_path / "pids").split()]
    with pytest.raises(InternalError):
        worker.result()
    worker.kill()
    assert worker.ended
    assert not any(is_alive(pid) for pid in pids)


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    script = """
    import sys, time
    from pathlib import Path
    from tests.build.test_worker import sleeping
    sleeping(Path(sys.argv[1]))
    time.sleep(600)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "pids")],
        cwd=str(ROOT),
        env={**os.environ, "PYTHONPATH": f"{ROOT}/lib/spack:{ROOT}"},
    )
    pids = [int(word) for word in wait_until(tmp_path / "pids").split()]
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert all(wait_until_gone(pid) for pid in pids)
