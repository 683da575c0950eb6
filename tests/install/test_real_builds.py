"""Tiny C packages, built with the real compiler through everything."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from tests.install.graphs import external, names
from tests.install.mini_repository import PATCH_SHA256, ROOT, World, gmake, package, wrapper

from spack.builds.events import Ended, Event, FoundInstalled, Noted, Planned, Tick, Waiting
from spack.builds.manifest import verify
from spack.builds.options import CachePolicy, InstallOptions, Only
from spack.builds.wrapper import placing
from spack.builds.wrapper.placing import PACKAGE_NAME
from spack.errors import SpackError
from spack.install.errors import InstallFailedError
from spack.install.installer import Installer
from spack.install.terminal.lines import TerminalLines
from spack.language import modes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.serialization import specfile_from_dict
from spack.system.files.mounts import obstacles
from spack.system.terminal.output import Reporter

pytestmark = [
    pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc"),
    pytest.mark.skipif(not shutil.which("make"), reason="needs make"),
]

CLEAN = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def asker() -> ConcreteSpec:
    return package("asker", (package("answer"), "build,link"), (gmake(), "build"))


def prefix_of(world: World, spec: ConcreteSpec) -> Path:
    return Path(world.store.prefix(spec))


def installed(world: World) -> list[str]:
    world.store.database.refresh()
    return sorted(record.name for record in world.store.database.query())


def failure(world: World, *roots: ConcreteSpec, **options: object) -> InstallFailedError:
    with pytest.raises(InstallFailedError) as caught:
        world.installer().install(list(roots), None, InstallOptions(**options))  # type: ignore
    return caught.value


def test_a_library_and_a_program_that_uses_it(world: World) -> None:
    spec = asker()
    report = world.installer().install([spec])
    assert list(names(report.installed))[-2:] == ["answer", "asker"]
    prefix = prefix_of(world, spec)
    assert subprocess.check_output([str(prefix / "bin" / "asker")], env=CLEAN) == b"42\n"
    assert installed(world) == ["answer", "asker", PACKAGE_NAME, "gcc", "gmake"]
    explicit = [record.name for record in world.store.database.query(explicit=True)]
    assert explicit == ["asker"]
    assert os.listdir(world.directory / "stages") == [".in-use"]
    assert world.installer().install([spec]).installed == ()


def test_metadata_of_an_installation(world: World) -> None:
    spec = asker()
    world.installer().install([spec])
    prefix = prefix_of(world, spec)
    metadata = prefix / ".spack"
    assert specfile_from_dict(json.loads((metadata / "spec.json").read_text())) == spec
    times = json.loads((metadata / "install_times.json").read_text())
    assert [p["name"] for p in times["phases"]] == [
        "stage", "environment", "patch", "edit", "build", "install",
    ]  # fmt: skip
    assert (times["name"], times["hash"], times["cache"]) == ("asker", spec.dag_hash(), False)
    machine = json.loads((metadata / "install_environment.json").read_text())
    assert set(machine) == {
        "host_os", "platform", "host_target", "hostname", "spack_version", "kernel_version",
    }  # fmt: skip
    log = gzip.decompress((metadata / "spack-build-out.txt.gz").read_bytes()).decode()
    assert log.index("editing") < log.index("before the build with 2 jobs") < log.index("-lanswer")
    changes = (metadata / "spack-build-env.txt").read_text()
    assert "SPACK_CC=" in changes and "export SPACK_SHORT_SPEC" in changes
    copy = metadata / "repos" / "spack_repo" / "mini"
    assert (copy / "repo.yaml").exists() and (copy / "packages/asker/package.py").exists()
    assert (copy / "packages" / "answer" / "package.py").exists()
    assert (metadata / "archived-files" / "spack-src" / "Makefile").exists()
    manifest = json.loads((metadata / "install_manifest.json").read_text())
    assert str(prefix / "bin" / "asker") in manifest
    assert verify(str(prefix)) == []
    assert stat.S_IMODE(os.stat(prefix / "bin").st_mode) == 0o2755
    assert (Path(world.store.root) / "bin" / "sbang").exists()


def test_the_wrapper_package_is_ours_and_needs_no_source(world: World) -> None:
    spec = asker()
    world.installer().install([spec])
    wrapper = next(n for n in spec.traverse() if n.name == PACKAGE_NAME)
    scripts = prefix_of(world, wrapper) / "libexec" / "spack"
    assert os.access(scripts / "gcc" / "gcc", os.X_OK)
    assert (scripts / "case-insensitive" / "CC").exists()


def recording_gcc(folder: Path) -> ConcreteSpec:
    """An external gcc outside of ``PATH`` that writes its arguments to the file ``said``."""
    program = folder / "my compilers" / "mycc"
    program.parent.mkdir()
    real = shutil.which("gcc")
    program.write_text(f'#!/bin/sh\necho "$@" >>"{folder}/said"\nexec {real} "$@"\n')
    program.chmod(0o755)
    programs = {"c": str(program)}
    return external("gcc", str(folder), version="12", languages="c", compilers=programs)


def test_the_wrapper_is_compiled_by_the_compiler_of_those_that_use_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = ((recording_gcc(tmp_path), "build", ("c",)), (wrapper(), "build"))
    monkeypatch.setattr(placing, "COMPILERS", ())
    world.installer().install([package("masked", *tools, compiled=False)])
    assert "cc.c" in (tmp_path / "said").read_text()
    made = prefix_of(world, wrapper()) / "libexec" / "spack" / "cc"
    assert made.read_bytes()[:4] != placing.script().read_bytes()[:4]


def test_a_compiler_is_asked_once_for_all_builds(world: World, tmp_path: Path) -> None:
    tools = ((recording_gcc(tmp_path), "build", ("c",)), (wrapper(), "build"))
    below = package("answer", *tools, compiled=False)
    world.installer().install([package("asker", below, *tools, (gmake(), "build"), compiled=False)])
    questions = [line for line in (tmp_path / "said").read_text().split("\n") if "main.c" in line]
    assert len(questions) == 1


def test_a_failure_is_told_by_its_decisive_lines(world: World) -> None:
    spec = package("user", (package("broken"), "link"), compiled=False)
    error = failure(world, spec)
    assert error.message == (
        "1 package failed to install; 1 skipped because they depend on failed packages"
    )
    assert names(error.report.blocked) == ["user"]
    (failed,) = error.report.failed
    assert failed.error.phase == "install"
    assert failed.error.excerpt.cause == "a header is missing"
    text = str(error)
    assert "broken@1.0 failed in step 'install': a header is missing" in text
    assert "not-there.h" in text
    log = failed.error.log
    assert log is not None and f"log: {log}" in text
    assert "compiling\n" in Path(log).read_text()
    assert installed(world) == [PACKAGE_NAME, "gcc"]
    assert not prefix_of(world, spec.dependencies[0].spec).exists()
    mark = world.store.failures.get("broken", failed.node.hash)
    assert mark is not None and "a header is missing" in mark.cause
    assert world.store.failures.specs(failed.node.hash[:7]) == [spec.dependencies[0].spec]
    Path(world.store.failures.directory, f"x-{failed.node.hash}").write_text("{ no specfile")
    assert len(world.store.failures.specs(failed.node.hash)) == 1
    assert world.store.failures.specs("0") == []


def test_builds_have_the_usual_umask_whatever_that_of_the_user_is(world: World) -> None:
    before = os.umask(0o077)
    try:
        spec = package("masked", compiled=False)
        world.installer().install([spec])
    finally:
        os.umask(before)
    assert (prefix_of(world, spec) / "umask").read_text() == "022"


def test_keep_prefix(world: World) -> None:
    spec = package("broken")
    failure(world, spec, keep_prefix=True)
    assert (prefix_of(world, spec) / "lib").is_dir()
    assert "broken" not in installed(world)
    failure(world, spec)
    assert not prefix_of(world, spec).exists()


def test_a_mistake_in_a_recipe_is_located(world: World) -> None:
    text = str(failure(world, package("mistaken", compiled=False)))
    assert "mistaken@1.0 failed in step 'install': KeyError: 'at all'" in text
    assert "packages/mistaken/package.py:" in text
    assert 'nothing["at all"]' in text
    assert "Traceback" not in text


def test_an_empty_prefix_is_no_installation(world: World) -> None:
    assert "nothing was installed" in str(failure(world, package("empty", compiled=False)))


def test_the_other_roots_are_installed_unless_fail_fast(world: World) -> None:
    first = package("mistaken", compiled=False)
    second = package("answer")
    error = failure(world, first, second)
    assert "answer" in names(error.report.installed)
    assert "answer" in installed(world)


def test_fail_fast(world: World) -> None:
    error = failure(world, package("mistaken", compiled=False), asker(), fail_fast=True)
    assert {"asker", "answer"} <= set(names(error.report.cancelled) + names(error.report.blocked))
    assert "asker" not in installed(world)


@pytest.mark.parametrize(
    "facts, message",
    [
        ({"f_bavail": 3}, "the file system of the stage {}/stages is full"),
        ({"f_favail": 0}, "no more files can be made in the temporary directory /"),
        ({"f_flag": os.ST_NOEXEC}, None),
    ],
)
def test_a_file_system_that_is_the_cause_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch, facts: dict[str, int], message: str | None
) -> None:
    usual = {"f_bavail": 10**9, "f_frsize": 4096, "f_files": 9, "f_favail": 9, "f_flag": 0}
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(**{**usual, **facts}))
    text = str(failure(world, package("broken")))
    if message is None:
        assert "noexec" not in text  # no program was refused
    else:
        assert message.format(world.directory) in text and "TMPDIR" in text
    assert obstacles({"stage": "/x"}, run=True) != []


def test_until_a_phase(world: World) -> None:
    spec = asker()
    options = InstallOptions(until="build")
    report = world.installer().install([spec], None, options)
    assert [(s.node.name, s.phase) for s in report.stopped] == [("asker", "build")]
    assert "asker" not in installed(world) and "answer" in installed(world)
    (stage,) = (world.directory / "stages").glob("spack-stage-*")
    assert (stage / "spack-src" / "asker").exists()
    before = InstallOptions(before="build")
    world.installer().install([spec], None, before)
    assert not (stage / "spack-src" / "asker").exists()
    error = failure(world, spec, until="compile")
    assert "its phases are edit, build, install" in str(error)


def test_fake(world: World) -> None:
    spec = asker()
    world.installer().install([spec], None, InstallOptions(fake=True))
    assert (prefix_of(world, spec) / "bin" / "asker").read_text() == ""
    assert "asker" in installed(world)


def test_keep_stage_and_source(world: World) -> None:
    spec = package("answer")
    options = InstallOptions(keep_stage=True, keep_source=True)
    world.installer().install([spec], None, options)
    (stage,) = (world.directory / "stages").glob("spack-stage-*")
    present = set(os.listdir(stage))
    assert {
        "spack-src", "spack-build-out.txt", "spack-build-env.txt", "spack-build-env-mods.txt",
        "spack-build-03-install-out.txt",
    } <= present  # fmt: skip
    assert stat.S_IMODE(os.stat(stage / "spack-build-env.txt").st_mode) == 0o600
    assert (prefix_of(world, spec) / "share" / "answer" / "src" / "answer.c").exists()


def test_overwrite_replaces_and_a_failure_brings_the_old_one_back(world: World) -> None:
    spec = package("answer")
    world.installer().install([spec])
    prefix = prefix_of(world, spec)
    (prefix / "stray").write_text("")
    again = InstallOptions(overwrite=True)
    world.installer().install([spec], None, again)
    assert not (prefix / "stray").exists() and (prefix / "include" / "answer.h").exists()

    (prefix / "stray").write_text("")
    (world.directory / "answer-1.0.tar.gz").write_bytes(b"not the archive")
    with pytest.raises(InstallFailedError, match="1 package failed"):
        world.installer().install([spec], None, again)
    assert (prefix / "stray").exists()
    assert "answer" in installed(world)


def test_only_dependencies_then_only_the_package(world: World) -> None:
    spec = asker()
    only = InstallOptions(only=Only.DEPENDENCIES)
    world.installer().install([spec], None, only)
    assert "answer" in installed(world) and "asker" not in installed(world)
    world.installer().install([spec], None, InstallOptions(only=Only.PACKAGE))
    assert "asker" in installed(world)


def test_explicit_marks(world: World) -> None:
    spec = asker()
    world.installer().install([spec], frozenset())
    assert world.store.database.query(explicit=True) == []
    answer = next(n for n in spec.traverse() if n.name == "answer")
    world.installer().install([answer])
    assert [r.name for r in world.store.database.query(explicit=True)] == ["answer"]


def patched(**kwargs: Any) -> ConcreteSpec:
    return package("patched", compiled=False, **kwargs)


def test_patches_and_tests_of_a_build(world: World) -> None:
    spec = patched(patches=(PATCH_SHA256,))
    world.installer().install([spec], None, InstallOptions(tests=modes.Tests(roots=True)))
    prefix = prefix_of(world, spec)
    assert (prefix / "text").read_text() == "three\n"
    assert (prefix / "tested").exists()
    log = (prefix / ".spack" / "install-time-test-log.txt").read_text()
    assert "look" in log or log == ""


def test_without_patching(world: World) -> None:
    spec = patched(patches=(PATCH_SHA256,))
    options = InstallOptions(skip_patch=True)
    world.installer().install([spec], None, options)
    assert (prefix_of(world, spec) / "text").read_text() == "one\n"
    assert not (prefix_of(world, spec) / "tested").exists()


def test_a_failing_test_of_a_build(world: World) -> None:
    spec = patched()
    options = InstallOptions(tests=modes.Tests(roots=True), skip_patch=True)
    with pytest.raises(InstallFailedError, match="the text is wrong"):
        world.installer().install([spec], None, options)
    assert installed(world) == []


def test_a_patch_that_nobody_has(world: World) -> None:
    text = str(failure(world, patched(patches=("0" * 64,))))
    assert "no recipe has the patch 0000000" in text


def test_a_develop_source_is_built_in_place(world: World, tmp_path: Path) -> None:
    source = tmp_path / "mine"
    source.mkdir()
    (source / "text").write_text("my two\n")
    spec = patched(variants={"dev_path": str(source)})
    world.installer().install([spec])
    assert (prefix_of(world, spec) / "text").read_text() == "my three\n"
    assert (source / "text").exists()


class Cache:
    """A build cache with one package, which may be damaged."""

    def __init__(self, name: str, *, damaged: bool = False, falls_back: bool = True) -> None:
        self.name = name
        self.damaged = damaged
        self.falls_back = falls_back

    def may_build(self, spec: ConcreteSpec) -> bool:
        return self.falls_back

    def available(self, specs: Sequence[ConcreteSpec]) -> set[str]:
        return {spec.dag_hash() for spec in specs if spec.name == self.name}

    def install(self, spec: ConcreteSpec, prefix: str, begin: Callable[[str], None]) -> None:
        begin("unpack")
        if self.damaged:
            raise SpackError("the archive is damaged")
        Path(prefix, ".spack").mkdir(exist_ok=True)
        Path(prefix, "unpacked").write_text("")


def test_binaries_are_unpacked_instead_of_built(world: World) -> None:
    spec = asker()
    installer = Installer(world.store, world.build_world(), binaries=Cache("answer"))
    only = InstallOptions(only=Only.DEPENDENCIES)
    recorded: list[str] = []
    installer.after_install = lambda node: recorded.append(node.name)
    installer.install([spec], None, only)
    answer = next(n for n in spec.traverse() if n.name == "answer")
    assert (prefix_of(world, answer) / "unpacked").exists()
    times = json.loads((prefix_of(world, answer) / ".spack/install_times.json").read_text())
    assert times["cache"] is True
    assert verify(str(prefix_of(world, answer))) == []
    assert set(recorded) == {"gcc", "gmake", PACKAGE_NAME, "answer"}


def test_a_damaged_binary(world: World) -> None:
    cache = Cache("answer", damaged=True)
    installer = Installer(world.store, world.build_world(), binaries=cache)
    only = InstallOptions(root_policy=CachePolicy.ONLY, dependency_policy=CachePolicy.NEVER)
    with pytest.raises(InstallFailedError, match="the archive is damaged"):
        installer.install([package("answer")], None, only)
    assert "answer" not in installed(world)


def test_a_damaged_binary_is_built_from_source_instead(world: World) -> None:
    told: list[Event] = []
    cache = Cache("answer", damaged=True)
    installer = Installer(world.store, world.build_world(), binaries=cache, watch=told.append)
    report = installer.install([package("answer")])
    assert not report.failed
    assert [node.name for node in report.installed].count("answer") == 1
    (note,) = [event for event in told if isinstance(event, Noted)]
    assert "the archive is damaged" in note.text and "building it from source" in note.text
    assert note.is_warning
    assert world.store.failures.specs("") == []


def test_a_damaged_binary_that_nothing_may_take_the_place_of(world: World) -> None:
    cache = Cache("answer", damaged=True, falls_back=False)
    installer = Installer(world.store, world.build_world(), binaries=cache)
    with pytest.raises(InstallFailedError, match="failed to install") as caught:
        installer.install([package("answer")])
    assert "the archive is damaged" in str(caught.value)


def test_several_packages_at_a_time_share_the_jobs(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm = tmp_path / "alarm"
    monkeypatch.setenv("WAKE_UP", str(alarm))
    at_a_time: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, Tick):
            at_a_time.append(len(event.running))
            if sum(step.phase == "install" for step in event.running) >= 2:
                alarm.touch()

    first = package("sleeper", compiled=False)
    second = package("sleeper", (first, "run"), compiled=False, variants={"n": "2"})
    third = package("sleeper", compiled=False, variants={"n": "3"})
    options = InstallOptions(concurrent_packages=2)
    report = world.installer(watch, jobs=4).install([second, third], None, options)
    assert len(report.installed) == 3
    assert max(at_a_time) == 2


def test_output_and_lines_for_people(world: World, tmp_path: Path) -> None:
    path = tmp_path / "out"
    with open(path, "w", encoding="utf-8") as out:
        reporter = Reporter(out, out, color="never")
        for number, spec in enumerate((asker(), asker())):
            lines = TerminalLines(reporter)
            world.installer(lines.watch).install([spec], None, InstallOptions(verbose=not number))
        with pytest.raises(InstallFailedError) as caught:
            lines = TerminalLines(reporter, show_logs=True)
            world.installer(lines.watch).install([package("broken")])
    text = path.read_text()
    assert "==> Plan: 3 to build, 2 external" in text
    assert "Building asker@1.0/" in text and "Installed asker@1.0/" in text
    assert "asker: editing " in text and text.count("answer: ") >= 1
    assert "==> Plan: 1 installed already\n==> Nothing to do\n" in text
    assert "==> The log of broken@1.0/" in text and "    compiling\n" in text
    assert "==> Error: broken@1.0/" in text
    assert "    log: " in text
    assert caught.value.details is None, "the reasons were told already"


#: A process that installs the sleeper of a world that exists already.
SCRIPT = """
import sys
from pathlib import Path
from types import SimpleNamespace
from tests.install.mini_repository import World, package
from tests.install import mini_repository
from spack.recipes.finding.repositories import Repository
from spack.install.terminal.lines import TerminalLines
from spack.system.files.mounts import obstacles
from spack.system.terminal.output import Reporter

mini_repository.make_repository = lambda d: Repository(str(d / "spack_repo" / "mini"))
world = World(Path(sys.argv[1]))
world.installer(TerminalLines(Reporter()).watch).install([package("sleeper", compiled=False)])
"""


def start_other(world: World, alarm: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), str(world.directory)],
        cwd=str(ROOT),
        env={**os.environ, "PYTHONPATH": f"{ROOT}/lib/spack:{ROOT}", "WAKE_UP": str(alarm)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    for _ in range(600):
        if path.exists():
            return
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


def test_a_killed_installation_leaves_nothing_and_the_next_one_finishes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = package("sleeper", compiled=False)
    alarm = tmp_path / "alarm"
    other = start_other(world, alarm)
    begun = prefix_of(world, spec) / "begun"
    wait_for(begun, other)
    assert installed(world) == []
    os.kill(other.pid, signal.SIGKILL)
    other.communicate()
    assert installed(world) == []
    alarm.touch()
    monkeypatch.setenv("WAKE_UP", str(alarm))
    world.installer().install([spec])
    assert installed(world) == ["sleeper"]
    assert (prefix_of(world, spec) / "finished").exists()


def test_an_interrupted_installation_cleans_up(world: World, tmp_path: Path) -> None:
    spec = package("sleeper", compiled=False)
    other = start_other(world, tmp_path / "alarm")
    wait_for(prefix_of(world, spec) / "begun", other)
    os.kill(other.pid, signal.SIGTERM)
    text = other.communicate()[0]
    assert "interrupted by SIGTERM" in text
    assert not prefix_of(world, spec).exists()
    assert installed(world) == []


def test_two_processes_cooperate(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = package("sleeper", compiled=False)
    alarm = tmp_path / "alarm"
    other = start_other(world, alarm)
    wait_for(prefix_of(world, spec) / "begun", other)
    told: list[type] = []

    def watch(event: Event) -> None:
        if isinstance(event, Waiting):
            alarm.touch()
        told.append(type(event))

    report = world.installer(watch).install([spec])
    text = other.communicate()[0]
    assert other.returncode == 0, text
    assert told == [Planned, Waiting, FoundInstalled, Ended]
    assert report.installed == () and names(report.present) == ["sleeper"]
