"""Workers of this machine: room, jobs of the job server, output, and their end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spack.builds.events import (
    Event,
    Finished,
    NodeName,
    Output,
    PhaseBegun,
    RunningStep,
    StageMade,
    StepAction,
    Used,
    Watch,
)
from spack.builds.procedure import BuildWorld
from spack.builds.worker import Work
from spack.install.workers import LocalWorkers, local_workers
from spack.recipes.finding.repositories import RepositoryPath
from spack.sources.stage import StageSettings
from spack.store.store import Store
from spack.system.processes.children import is_alive
from spack.system.processes.jobserver import JobServer


def name_of(number: int) -> NodeName:
    return NodeName(f"n{number}", "1.0", f"{number}" * 32)


def done(node: NodeName) -> Finished:
    return Finished(node, StepAction.BUILD, "/prefix", 1.0, 2.0)


def until(path: Path, node: NodeName) -> Work:
    """Work that goes on until there is a file."""

    def work(watch: Watch) -> Finished:
        watch(PhaseBegun(node, "build", 1.0))
        while not path.exists():
            time.sleep(0.005)
        return done(node)

    return work


def wait_for(workers: LocalWorkers, event: Event) -> None:
    for _ in range(2000):
        if event in workers.wait(0.01):
            return
    raise AssertionError(f"{event} was not told")


@pytest.fixture
def server() -> Iterator[JobServer]:
    with JobServer.create(4) as made:
        yield made


def test_room(tmp_path: Path, server: JobServer) -> None:
    workers = LocalWorkers(2, server)
    for number in (1, 2):
        assert workers.reserve(name_of(number).hash, building=True)
        path = tmp_path / str(number)
        workers.start(name_of(number), until(path, name_of(number)))
    assert not workers.reserve(name_of(3).hash, building=False)
    assert [step.node for step in workers.running] == [name_of(1), name_of(2)]
    (tmp_path / "2").touch()
    wait_for(workers, done(name_of(2)))
    assert [step.node for step in workers.running] == [name_of(1)]
    assert workers.reserve(name_of(3).hash, building=True)
    workers.kill_all()
    assert workers.running == () and workers.wait(0) == []


def test_builds_beside_the_first_take_a_job_and_give_it_back(tmp_path: Path) -> None:
    one, two, three = (name_of(number) for number in (1, 2, 3))
    with JobServer.create(2) as server:
        workers = LocalWorkers(0, server)
        assert workers.reserve(one.hash, building=True) and server.held == 0
        workers.start(one, until(tmp_path / "one", one))
        assert workers.reserve(two.hash, building=True) and server.held == 1
        assert not workers.reserve(three.hash, building=True), "there is no job left"
        assert workers.reserve(three.hash, building=False), "unpacking takes none"
        workers.release(two.hash)
        workers.release(three.hash)
        assert server.held == 0
        assert workers.reserve(two.hash, building=True) and server.held == 1
        workers.start(two, until(tmp_path / "two", two))
        (tmp_path / "two").touch()
        wait_for(workers, done(two))
        assert server.held == 0
        workers.kill_all()


@pytest.mark.parametrize("output", [True, False])
def test_output_is_told_on_demand(tmp_path: Path, server: JobServer, output: bool) -> None:
    node = name_of(1)
    log = tmp_path / "spack-build-01-build-out.txt"

    def work(watch: Watch) -> Finished:
        watch(StageMade(node, str(tmp_path), 1.0))
        log.write_text("first\n")
        while not (tmp_path / "seen").exists():
            time.sleep(0.005)
        log.write_text("first\nsecond\n")
        return done(node)

    workers = LocalWorkers(1, server, output=output)
    workers.start(node, work)
    events: list[Event] = []
    while done(node) not in events:
        events += workers.wait(0.01)
        if log.exists() and (not output or any(isinstance(e, Output) for e in events)):
            (tmp_path / "seen").touch()
    texts = [event.text for event in events if isinstance(event, Output)]
    assert texts == (["first\n", "second\n"] if output else [])
    assert events[-1] == done(node)


def test_the_phase_is_known_and_kill_ends_the_process(tmp_path: Path, server: JobServer) -> None:
    node = name_of(1)

    def work(watch: Watch) -> Finished:
        (tmp_path / "pid").write_text(str(os.getpid()))
        return until(tmp_path / "never", node)(watch)

    workers = LocalWorkers(1, server)
    workers.start(node, work)
    assert workers.running == (RunningStep(node, ""),)
    wait_for(workers, PhaseBegun(node, "build", 1.0))
    assert workers.running == (RunningStep(node, "build"),)
    workers.kill_all()
    assert not is_alive(int((tmp_path / "pid").read_text()))


@pytest.fixture
def world(tmp_path: Path) -> BuildWorld:
    store = Store(str(tmp_path / "store"))
    stages = StageSettings(str(tmp_path / "stages"))
    return BuildWorld(store, RepositoryPath([]), stages, jobs=3)


def test_builds_share_a_job_server(world: BuildWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    with local_workers(world, 0, output=False) as (workers, other):
        assert other.job_server is not None and other.job_server.is_own
        assert workers.jobs == 3 == other.job_server.jobs


def test_the_job_server_of_an_outer_make_is_joined(
    world: BuildWorld, server: JobServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEFLAGS", server.variables()["MAKEFLAGS"])
    with local_workers(world, 0, output=False) as (workers, _):
        assert workers.jobs == 4
        assert workers.reserve("a", building=True)
        workers.start(name_of(1), lambda watch: done(name_of(1)))
        assert workers.reserve("b", building=True) and server.acquire(0) and server.acquire(0)
        assert not workers.reserve("c", building=True), "the outer make has the other jobs"
        server.release()
        assert workers.reserve("c", building=True)
        workers.kill_all()
    assert server.acquire(0) and server.acquire(0), "what was taken is given back at the end"


@pytest.mark.parametrize(
    ("limit", "running", "others", "share"),
    [(0, 0, 0, 4), (0, 0, 1, 2), (0, 1, 0, 2), (0, 0, 2, 2), (0, 0, 9, 2), (1, 0, 9, 4)],
)
def test_what_takes_no_part_has_a_fair_share(
    server: JobServer, limit: int, running: int, others: int, share: int
) -> None:
    workers = LocalWorkers(limit, server)
    for number in range(running):
        workers.start(name_of(number), lambda watch: done(name_of(9)))
    assert workers.share(others) == share
    workers.kill_all()


def test_jobs_that_killed_builds_have_taken_are_replaced(tmp_path: Path) -> None:
    with JobServer.create(3) as server:
        workers = LocalWorkers(0, server)
        workers.start(name_of(1), until(tmp_path / "end", name_of(1)))
        assert server.acquire(0)
        server._held.clear()  # The taker is gone with what it has taken.
        (tmp_path / "end").touch()
        wait_for(workers, done(name_of(1)))
        assert server.acquire(0) and server.acquire(0) and not server.acquire(0)


def test_the_work_and_the_memory_of_a_node_are_told(server: JobServer) -> None:
    node = name_of(1)

    def work(watch: Watch) -> Finished:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass
        return done(node)

    workers = LocalWorkers(1, server)
    workers.start(node, work)
    told: list[Event] = []
    while done(node) not in told:
        told += workers.wait(0.01)
    used = [event for event in told if isinstance(event, Used)]
    assert [event.node for event in used] == [node] and told[-2] is used[0]
    assert 0.05 <= used[0].work < 60 and 1_000_000 < used[0].memory < 1 << 40
