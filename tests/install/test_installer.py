"""The loop of an installation on workers that build nothing: order, failures, locks, ends."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any, Callable, TypeVar

import pytest
from tests.install.fake_workers import FakeWorkers
from tests.install.graphs import external, names, node

from spack.builds.events import (
    Ended,
    Event,
    Failed,
    Finished,
    FoundInstalled,
    PhaseBegun,
    Planned,
    Started,
    StepAction,
    Stopped,
    Tick,
    Waiting,
)
from spack.builds.options import InstallOptions
from spack.builds.procedure import BuildWorld
from spack.install import installer as module
from spack.install.errors import InstallFailedError, InterruptedInstallError
from spack.install.installer import Installer
from spack.install.past_builds import PastBuilds
from spack.install.plan import Step
from spack.install.step_locks import take_locks
from spack.language.concrete_specs import ConcreteSpec
from spack.recipes.finding.repositories import RepositoryPath
from spack.sources.stage import StageSettings
from spack.store.store import Store

T = TypeVar("T")

LIB = node("lib", (node("tool"), "build"))
APP = node("app", LIB)


class Place:
    """A store, and everything that watchers of its installations were told."""

    def __init__(self, directory: Path) -> None:
        self.store = Store(str(directory / "store"))
        self.stages = str(directory / "stages")
        self.told: list[Event] = []
        self.react: Callable[[Event], None] = lambda event: None
        self.after: list[str] = []

    def watch(self, event: Event) -> None:
        self.told.append(event)
        self.react(event)

    def install(
        self,
        *roots: ConcreteSpec,
        workers: FakeWorkers | None = None,
        watched: bool = True,
        **options: Any,
    ) -> Ended:
        world = BuildWorld(self.store, RepositoryPath([]), StageSettings(self.stages))
        installer = Installer(
            self.store,
            world,
            watch=self.watch if watched else None,
            after_install=lambda spec: self.after.append(spec.name),
            workers=workers or FakeWorkers(),
        )
        return installer.install(roots, None, InstallOptions(**options))

    def heard(self, kind: type[T]) -> list[T]:
        return [event for event in self.told if isinstance(event, kind)]

    def installed(self, **query: Any) -> list[str]:
        self.store.database.refresh()
        return sorted(record.name for record in self.store.database.query(**query))

    def prefix(self, spec: ConcreteSpec) -> Path:
        return Path(self.store.prefix(spec))

    def is_free(self, spec: ConcreteSpec) -> bool:
        with self.store.locks.writing(spec.dag_hash(), timeout=0):
            return True


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(module, "POLL", 0.001)
    return Place(tmp_path)


def test_dependencies_come_first_and_every_event_is_told_in_order(place: Place) -> None:
    report = place.install(APP)
    assert names(report.installed) == ["tool", "lib", "app"] == place.after
    assert place.installed() == ["app", "lib", "tool"]
    assert place.installed(explicit=True) == ["app"]
    kinds = [type(event) for event in place.told if not isinstance(event, Tick)]
    assert kinds == [Planned, *[Started, PhaseBegun, Finished] * 3, Ended]
    planned = place.heard(Planned)[0]
    assert names(planned.roots) == ["app"]
    assert [(s.node.name, s.action.value, len(s.needs)) for s in planned.steps] == [
        ("tool", "build", 0), ("lib", "build", 1), ("app", "build", 1),
    ]  # fmt: skip
    assert [(s.number, s.total) for s in place.heard(Started)] == [(1, 3), (2, 3), (3, 3)]
    assert [(t.done, t.total) for t in place.heard(Tick)] == [(1, 3), (2, 3), (3, 3)]
    assert place.heard(Finished)[2].prefix == str(place.prefix(APP))
    assert place.told[-1] is report and not report.interrupted
    assert all(place.is_free(spec) for spec in APP.traverse())


def test_what_is_installed_already_is_not_worked_on(place: Place) -> None:
    place.install(LIB)
    workers = FakeWorkers()
    assert names(place.install(APP, workers=workers).present) == ["lib"]
    assert workers.started == ["app"]
    assert names(place.install(APP, LIB).present) == ["app", "lib"]
    assert place.installed(explicit=True) == ["app", "lib"]


def test_externals_are_recorded_and_take_no_worker(place: Place) -> None:
    gcc = external("gcc", "/usr")
    workers = FakeWorkers()
    report = place.install(node("app", (gcc, "build")), workers=workers)
    assert names(report.installed) == ["gcc", "app"] and workers.started == ["app"]
    assert workers.released == [gcc.dag_hash()]
    assert workers.idle == [0], "there is nothing to wait for"
    assert place.heard(Finished)[0].prefix == "/usr"
    assert [(s.number, s.total) for s in place.heard(Started)] == [(1, 1)]


def test_as_many_as_there_is_room_for(place: Place) -> None:
    leaves = [node(f"n{number}") for number in range(5)]
    workers = FakeWorkers(room=3)
    place.install(node("app", *leaves), workers=workers)
    assert workers.most == 3 and workers.started[-1] == "app"
    assert [s.number for s in place.heard(Started)] == [1, 2, 3, 4, 5, 6]


def test_what_needs_a_failed_node_is_not_tried_the_rest_is(place: Place) -> None:
    other = node("other")
    workers = FakeWorkers(lib="fail")
    with pytest.raises(InstallFailedError) as caught:
        place.install(APP, other, workers=workers)
    report = caught.value.report
    assert workers.started == ["tool", "lib", "other"]
    assert [f.error.message for f in report.failed] == ["lib is broken"]
    assert names(report.blocked) == ["app"] and names(report.installed) == ["tool", "other"]
    assert place.told[-1] is report and place.heard(Failed) == list(report.failed)
    assert caught.value.message == (
        "1 package failed to install; 1 skipped because they depend on failed packages"
    )
    assert caught.value.details is None, "the watcher knows the reasons"
    assert place.installed() == ["other", "tool"]
    assert not place.prefix(LIB).exists() and place.is_free(LIB)
    mark = place.store.failures.get("lib", LIB.dag_hash())
    assert mark is not None
    assert (mark.cause, mark.phase, mark.log) == ("lib is broken", "build", "/the/log")
    place.install(APP)
    assert place.store.failures.all() == [], "a success takes the mark away"


def test_without_a_watcher_the_error_has_the_reasons(place: Place) -> None:
    with pytest.raises(InstallFailedError, match=r"lib@1.0/\w{7}: lib is broken\n    log: /the"):
        place.install(LIB, workers=FakeWorkers(lib="fail"), watched=False)
    assert place.told == []


def test_fail_fast_gives_up_what_has_not_begun(place: Place) -> None:
    first, second, third = node("first"), node("second"), node("third")
    workers = FakeWorkers(room=2, first="fail")
    with pytest.raises(InstallFailedError, match="1 package failed to install; 1 cancelled"):
        place.install(first, second, third, workers=workers, fail_fast=True)
    assert workers.started == ["first", "second"]
    assert place.installed() == ["second"], "what runs already may end"
    assert names(place.heard(Ended)[0].cancelled) == ["third"]


def test_keep_prefix(place: Place) -> None:
    for keep in (True, False):
        with pytest.raises(InstallFailedError):
            place.install(LIB, workers=FakeWorkers(lib="fail"), keep_prefix=keep)
        assert (place.prefix(LIB) / "begun").exists() is keep
        assert "lib" not in place.installed()


def test_a_stopped_build_is_no_failure_and_leaves_nothing(place: Place) -> None:
    report = place.install(node("top", APP), node("other"), workers=FakeWorkers(lib="stop"))
    assert [(end.node.name, end.phase) for end in report.stopped] == [("lib", "build")]
    assert names(report.cancelled) == ["app", "top"] and report.failed == ()
    assert place.heard(Stopped) == list(report.stopped)
    assert place.installed() == ["other", "tool"] and not place.prefix(LIB).exists()


def test_a_prefix_that_vanished_is_a_failure(place: Place) -> None:
    def vanish() -> str:
        shutil.rmtree(place.prefix(LIB))
        return "vanished"

    with pytest.raises(InstallFailedError):
        place.install(LIB, workers=FakeWorkers(lib=vanish))
    assert "does not exist" in place.heard(Failed)[0].error.message
    assert place.heard(Finished)[-1].node.name == "tool" and place.installed() == ["tool"]


def test_files_of_others_in_a_prefix_are_left_alone(place: Place) -> None:
    place.prefix(LIB).mkdir(parents=True)
    (place.prefix(LIB) / "precious").touch()
    with pytest.raises(InstallFailedError):
        place.install(LIB)
    assert "no package is installed there" in place.heard(Failed)[0].error.message
    assert (place.prefix(LIB) / "precious").exists() and place.is_free(LIB)


# -- replacing -------------------------------------------------------------------------------------


def replaced(place: Place) -> Path:
    return Path(place.store.database.directory) / "replaced" / LIB.dag_hash()


def with_old_prefix(place: Place) -> Path:
    """Install ``lib``; a file that only this installation has."""
    place.install(LIB)
    old = place.prefix(LIB) / "old"
    old.touch()
    return old


def test_overwriting_sets_the_old_prefix_aside_and_forgets_it(place: Place) -> None:
    old = with_old_prefix(place)
    seen: list[object] = []

    def look() -> str:
        place.store.database.refresh()
        record = place.store.database.local(LIB.dag_hash())
        seen.extend((record is not None and record.installed, old.exists()))
        seen.append((replaced(place) / "old").exists())
        return "ok"

    report = place.install(LIB, workers=FakeWorkers(lib=look), overwrite=True)
    assert seen == [False, False, True]
    assert names(report.installed) == ["lib"], "dependencies are not overwritten"
    assert place.installed() == ["lib", "tool"]
    assert not old.exists() and not replaced(place).exists()


@pytest.mark.parametrize("how", ["fail", "stop", "interrupt"])
def test_the_old_prefix_comes_back(place: Place, how: str) -> None:
    old = with_old_prefix(place)

    def script() -> str:
        if how == "interrupt":
            raise InterruptedInstallError("enough")
        return how

    with contextlib.suppress(InstallFailedError, InterruptedInstallError):
        place.install(LIB, workers=FakeWorkers(lib=script), overwrite=True)
    assert old.exists() and (place.prefix(LIB) / "finished").exists()
    assert place.installed() == ["lib", "tool"] and not replaced(place).exists()


# -- others ----------------------------------------------------------------------------------------


def another(place: Place) -> Store:
    """The store as another process sees it."""
    return Store(place.store.root)


def test_a_prefix_that_another_process_holds_is_waited_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL", 0)
    held = contextlib.ExitStack()
    held.enter_context(another(place).locks.writing(LIB.dag_hash()))
    other = node("other", node("deeper", node("deep")))

    def let_go() -> str:
        held.close()
        return "ok"

    workers = FakeWorkers(room=2, other=let_go)
    place.install(LIB, other, workers=workers)
    assert set(workers.started[:-1]) == {"deep", "tool", "deeper", "other"}, "the rest goes on"
    assert workers.started[-1] == "lib"
    assert [event.node.name for event in place.heard(Waiting)] == ["lib"], "it is told once"


def test_what_another_process_installs_meanwhile_is_taken_over(place: Place) -> None:
    others = another(place)
    held = contextlib.ExitStack()
    held.enter_context(others.locks.writing(LIB.dag_hash()))

    def react(event: Event) -> None:
        if isinstance(event, Waiting):
            others.begin_install(LIB)
            others.commit_install(LIB)
            held.close()

    place.react = react
    report = place.install(LIB)
    assert names(report.present) == ["lib"] and names(report.installed) == ["tool"]
    assert [event.node.name for event in place.heard(FoundInstalled)] == ["lib"]
    assert place.installed(explicit=True) == ["lib"]


def test_what_another_process_tries_in_vain_is_not_tried_again(place: Place) -> None:
    held = contextlib.ExitStack()
    held.enter_context(another(place).locks.writing(LIB.dag_hash()))

    def react(event: Event) -> None:
        if isinstance(event, Waiting):
            place.store.failures.mark("lib", LIB.dag_hash(), "no luck", log="/their/log")
            held.close()

    place.react = react
    workers = FakeWorkers()
    with pytest.raises(InstallFailedError):
        place.install(LIB, workers=workers)
    (failed,) = place.heard(Failed)
    assert failed.error.message == "another process failed to install it: no luck"
    assert failed.error.details == "log: /their/log"
    assert workers.started == ["tool"]


def test_a_failure_of_the_past_is_tried_again(place: Place) -> None:
    place.store.failures.mark("lib", LIB.dag_hash(), "no luck")
    assert names(place.install(LIB).installed) == ["tool", "lib"]


def test_what_a_step_needs_cannot_be_removed_while_it_is_worked_on(place: Place) -> None:
    place.install(LIB)
    others = another(place)
    held = contextlib.ExitStack()
    held.enter_context(others.locks.writing(LIB.dag_hash()))
    place.react = lambda event: held.close() if isinstance(event, Waiting) else None
    free: list[bool] = []

    def look() -> str:
        free.append(not others.locks.is_locked(LIB.dag_hash()))
        return "ok"

    place.install(APP, workers=FakeWorkers(app=look))
    assert [event.node.name for event in place.heard(Waiting)] == ["app"]
    assert free == [False]


def test_which_prefixes_a_step_holds(place: Place) -> None:
    gcc, tool, checker, lib = external("gcc", "/usr"), node("tool"), node("checker"), node("lib")
    app = node("app", (gcc, "build"), (tool, "build"), (checker, "test"), (lib, "link"))
    for tests, expected in ((False, {"tool", "lib"}), (True, {"tool", "lib", "checker"})):
        step = Step(app, StepAction.BUILD, (), run_tests=tests)
        locks = take_locks(place.store, step)
        assert locks is not None
        others = another(place)
        held = {spec.name for spec in app.traverse() if others.locks.is_locked(spec.dag_hash())}
        assert held == {"app", *expected}
        locks.close()
    locks = take_locks(place.store, Step(app, StepAction.BINARY, ()))
    assert locks is not None and another(place).locks.is_locked(lib.dag_hash())
    assert not another(place).locks.is_locked(tool.dag_hash()), "what is unpacked needs no tools"
    locks.close()


# -- ends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt, InterruptedInstallError("enough")])
def test_an_interruption_leaves_a_clean_store(place: Place, error: Any) -> None:
    def interrupt() -> str:
        raise error

    workers = FakeWorkers(room=2, lib=interrupt)
    with pytest.raises((KeyboardInterrupt, InterruptedInstallError)):
        place.install(APP, node("other", node("deep", node("deeper"))), workers=workers)
    assert "lib" in workers.killed and "lib" not in place.installed()
    assert not place.prefix(LIB).exists() and place.is_free(LIB)
    report = place.told[-1]
    assert isinstance(report, Ended) and report.interrupted
    assert {"lib", "app"} <= set(names(report.cancelled))
    assert set(names(report.installed)) == set(place.installed())
    place.install(APP)
    assert "app" in place.installed()


def test_an_error_of_a_watcher_ends_the_installation(place: Place) -> None:
    def react(event: Event) -> None:
        if isinstance(event, PhaseBegun):
            raise RuntimeError("cannot write")

    place.react = react
    with pytest.raises(RuntimeError, match="cannot write"):
        place.install(LIB)
    assert place.installed() == [] and not place.prefix(LIB).exists()


def test_what_a_build_takes_is_remembered(place: Place) -> None:
    place.install(LIB, workers=FakeWorkers(use=(12.0, 1 << 30)))
    place.install(node("faked"), workers=FakeWorkers(use=(9.0, 9)), fake=True)
    known = PastBuilds(place.store.database.directory).all()
    assert [(b.name, b.action.value, b.seconds, b.work, b.memory) for b in known] == [
        ("tool", "build", 0.5, 12.0, 1 << 30), ("lib", "build", 0.5, 12.0, 1 << 30),
    ]  # fmt: skip
    assert [tick.seconds_left for tick in place.heard(Tick)[:2]] == [12.0, 0.0]


def test_the_slowest_chain_begins_first(place: Place) -> None:
    slow, quick = node("slow"), node("quick")
    place.install(slow, workers=FakeWorkers(use=(1.0, 0)))
    past = PastBuilds(place.store.database.directory)
    past.add(past.all()[0]._replace(seconds=100.0))
    workers = FakeWorkers()
    place.install(node("app", quick, node("slow", version="2.0")), workers=workers)
    assert workers.started == ["slow", "quick", "app"]


def test_a_node_whose_memory_does_not_fit_waits(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "available_memory", lambda: 100)
    for memory, spec in ((70, node("large")), (60, node("other")), (20, node("small"))):
        place.install(spec, workers=FakeWorkers(use=(1.0, memory)))
    specs = [node(name, version="2.0") for name in ("large", "other", "small", "unknown")]
    workers = FakeWorkers(room=4)
    place.install(*specs, workers=workers)
    assert workers.started == ["large", "unknown", "other", "small"] and workers.most == 3
