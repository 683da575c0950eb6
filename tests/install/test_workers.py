"""Workers of this machine: room, jobs of the job server, output, and their end."""

from __future__ import annotations

import os
import time
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


def test_room(tmp_path: Path) -> None:
    workers = LocalWorkers(2)
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
        workers = LocalWorkers(0, server=server)
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
def test_output_is_told_on_demand(tmp_path: Path, output: bool) -> None:
    node = name_of(1)
    log = tmp_path / "spack-build-01-build-out.txt"

    def work(watch: Watch) -> Finished:
        watch(StageMade(node, str(tmp_path), 1.0))
        log.write_text("first\n")
        while not (tmp_path / "seen").exists():
            time.sleep(0.005)
        log.write_text("first\nsecond\n")
        return done(node)

    workers = LocalWorkers(1, output=output)
    workers.start(node, work)
    events: list[Event] = []
    while done(node) not in events:
        events += workers.wait(0.01)
        if log.exists() and (not output or any(isinstance(e, Output) for e in events)):
            (tmp_path / "seen").touch()
    texts = [event.text for event in events if isinstance(event, Output)]
    assert texts == (["first\n", "second\n"] if output else [])
    assert events[-1] == done(node)


def test_the_phase_is_known_and_kill_ends_the_process(tmp_path: Path) -> None:
    node = name_of(1)

    def work(watch: Watch) -> Finished:
        (tmp_path / "pid").write_text(str(os.getpid()))
        return until(tmp_path / "never", node)(watch)

    workers = LocalWorkers(1)
    workers.start(node, work)
    assert workers.running == (RunningStep(node, ""),)
    wait_for(workers, PhaseBegun(node, "build", 1.0))
    assert workers.running == (RunningStep(node, "build"),)
    workers.kill_all()
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_a_job_server_only_where_builds_may_run_together(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    stages = StageSettings(str(tmp_path / "stages"))
    world = BuildWorld(store, RepositoryPath([]), stages, jobs=3)
    for limit, steps in ((1, 5), (0, 1)):
        with local_workers(world, limit, steps, output=False) as (_, same):
            assert same is world
    with local_workers(world, 2, 2, output=False) as (_, other):
        assert "--jobserver-auth" in other.variables["MAKEFLAGS"] and other.jobs == 3
