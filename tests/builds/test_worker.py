"""The child of a build: news, results, errors, and its end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from spack.builds.events import (
    BuildError,
    ErrorRecord,
    Event,
    Failed,
    Finished,
    NodeName,
    Noted,
    PhaseBegun,
    StageMade,
    StepAction,
    Stopped,
    Used,
    Watch,
)
from spack.builds.log_excerpt import Excerpt, LogLine
from spack.builds.worker import Work, Worker, start_worker
from spack.errors import SpackError
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


ZLIB = NodeName("zlib", "1.3", "h" * 32)
DONE = Finished(ZLIB, StepAction.BUILD, "/prefix", 1.5, 4.0)


def events_of(work: Work) -> list[Event]:
    """All events of a child that does this, the end last."""
    worker = start_worker(ZLIB, work)
    events: list[Event] = []
    while not worker.ended:
        select.select([worker.descriptor], [], [])
        events += worker.read_events()
    return events


def failure_of(work: Work) -> ErrorRecord:
    (event,) = [event for event in events_of(work) if isinstance(event, Failed)]
    assert event.node == ZLIB
    return event.error


def test_events_arrive_as_they_were_told() -> None:
    told: list[Event] = [
        StageMade(ZLIB, "/stage", 1.0),
        PhaseBegun(ZLIB, "install", 2.0),
        Noted(ZLIB, "x" * 100_000, 3.0),
    ]

    def work(watch: Watch) -> Finished:
        for event in told:
            watch(event)
        return DONE

    *before, used, end = events_of(work)
    assert (before, end) == (told, DONE) and isinstance(used, Used)
    assert events_of(lambda watch: Stopped(ZLIB, "build", 1.0))[1:] == [Stopped(ZLIB, "build", 1.0)]


def test_the_end_comes_when_the_process_is_gone() -> None:
    worker = start_worker(ZLIB, lambda watch: DONE)
    while not worker.ended:
        assert worker.read_events()[1:] in ([], [DONE])
    assert not is_alive(worker.pid)


def test_a_build_error_keeps_everything() -> None:
    excerpt = Excerpt("a header is missing", (LogLine(3, "text", True),))
    record = ErrorRecord("it failed", "more", "try", "build", "/log", excerpt)

    def work(watch: Watch) -> Finished:
        raise BuildError(record)

    assert failure_of(work) == record


def test_other_errors() -> None:
    def refuse(watch: Watch) -> Finished:
        raise SpackError("no", hint="yes")

    assert failure_of(refuse) == ErrorRecord("no", hint="yes")

    def stumble(watch: Watch) -> Finished:
        raise KeyError("key")

    error = failure_of(stumble)
    assert error.message == "KeyError: 'key'" and "in stumble" in str(error.details)


def test_a_child_that_dies_silently() -> None:
    def die(watch: Watch) -> Finished:
        watch(PhaseBegun(ZLIB, "build", 1.0))
        os.kill(os.getpid(), signal.SIGKILL)
        return DONE

    error = failure_of(die)
    assert error.message == "the build process was killed by SIGKILL in step 'build'"
    assert error.hint is not None and "fewer jobs" in error.hint

    def end(watch: Watch) -> Finished:
        os.kill(os.getpid(), signal.SIGTERM)
        return DONE

    error = failure_of(end)
    assert "was killed by SIGTERM" in error.message and error.hint is None

    def leave(watch: Watch) -> Finished:
        os._exit(3)

    error = failure_of(leave)
    assert error.message == "the build process ended with 3 in step 'setup'" and error.hint is None


def sleeping(report: Path) -> Worker:
    """A child with a grandchild in another session, whose ids are written to a file."""

    def work(watch: Watch) -> Finished:
        child = subprocess.Popen(["sleep", "600"])
        report.write_text(f"{os.getpid()} {child.pid}")
        child.wait()
        return DONE

    return start_worker(ZLIB, work)


def test_kill_ends_the_whole_tree(tmp_path: Path) -> None:
    worker = sleeping(tmp_path / "pids")
    pids = [int(word) for word in wait_until(tmp_path / "pids").split()]
    worker.kill()
    assert worker.ended
    assert not any(is_alive(pid) for pid in pids)


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    script = """
    import sys, time
    from pathlib import Path
    from tests.builds.test_worker import sleeping
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
