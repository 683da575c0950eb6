"""Builds in a sandbox: their rights, tried with the real kernel."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Callable

import pytest
from tests.install.graphs import names
from tests.install.mini_repository import World, package

from spack.builds.events import Event, Noted
from spack.builds.sandbox import Sandbox, SandboxSettings, refused, run_inside
from spack.install.installer import InstallFailedError
from spack.language.concrete_specs import ConcreteSpec
from spack.system.processes import landlock
from spack.system.processes.jobserver import JobServer

Probe = Callable[[str], "tuple[int, str]"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def settings(world: World) -> SandboxSettings:
    return SandboxSettings("always", (world.store.root,))


def prober() -> ConcreteSpec:
    return package("prober", (package("answer"), "build,link"), compiled=False)


@pytest.fixture
def probe(world: World, settings: SandboxSettings, monkeypatch: pytest.MonkeyPatch) -> Probe:
    """Runs a command in the install phase of a build; its exit code and output."""

    def run(command: str) -> tuple[int, str]:
        monkeypatch.setenv("PROBE", command)
        spec = prober()
        world.installer(sandbox=settings).install([spec])
        code, _, output = Path(world.store.prefix(spec), "output").read_text().partition("\n")
        return int(code), output

    return run


def test_this_machine_can_restrict_builds() -> None:
    assert landlock.missing() == ""


def test_a_build_writes_stage_prefix_and_temporary_files(probe: Probe, world: World) -> None:
    prefix = world.store.prefix(prober())
    code, output = probe(
        f"touch here && mkdir {prefix}/bin && mv here {prefix}/bin/there && touch $HOME/x"
        f" && echo y > $(mktemp) && echo z > /dev/null && echo $HOME"
    )
    assert (code, Path(prefix, "bin", "there").exists()) == (0, True)
    assert output.startswith(str(world.directory / "stages"))


def test_a_build_writes_nowhere_else(probe: Probe, world: World) -> None:
    elsewhere = world.directory / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    code, output = probe(f"echo x > {elsewhere}/kept || rm {elsewhere}/kept || mkdir {elsewhere}/d")
    assert code != 0 and output.count("Permission denied") == 3
    assert [p.name for p in elsewhere.iterdir()] == ["kept"]
    assert (elsewhere / "kept").read_text() == "kept"


def test_a_build_does_not_change_the_packages_that_it_needs(probe: Probe, world: World) -> None:
    header = f"{world.store.prefix(package('answer'))}/include/answer.h"
    code, output = probe(f"cat {header}; echo x >> {header}")
    assert code != 0
    assert output.startswith("int answer(void);\n") and "Permission denied" in output
    assert Path(header).read_text() == "int answer(void);\n"


def test_other_packages_are_not_read_and_the_user_is_told(
    world: World, settings: SandboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = package("masked", compiled=False)
    world.installer().install([other])
    prefix = world.store.prefix(other)
    monkeypatch.setenv("PROBE", f"ls {prefix} && cat {prefix}/umask")
    told: list[Event] = []
    spec = prober()
    world.installer(told.append, sandbox=settings).install([spec])
    output = Path(world.store.prefix(spec), "output").read_text()
    assert output.startswith("1\numask\n") and "Permission denied" in output
    (note,) = (event for event in told if isinstance(event, Noted) and "sandbox" in event.text)
    assert note.text == f"refused by the sandbox: {prefix}/umask; it belongs to {prefix}"
    assert note.is_warning, "it is shown without being asked for"


@pytest.mark.parametrize("network, expected", [(False, "refused"), (True, "reached")])
def test_servers_are_reached_only_by_those_that_need_them(
    world: World,
    settings: SandboxSettings,
    monkeypatch: pytest.MonkeyPatch,
    network: bool,
    expected: str,
) -> None:
    cls = world.packages.package_class("mini.prober")
    monkeypatch.setattr(cls, "build_network", network, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        python = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
        monkeypatch.setenv("PROBE", f'python3 -c "{python}" 2>&1 && echo reached || echo refused')
        spec = prober()
        world.installer(sandbox=settings).install([spec])
    output = Path(world.store.prefix(spec), "output").read_text().split()
    assert output[-1] == expected


def test_tools_in_a_sandbox_open_the_pipe_of_jobs_that_they_inherit(tmp_path: Path) -> None:
    inside = Sandbox((str(tmp_path),), (), ("/dev",), {}, network=False)
    with JobServer.create(2) as server:
        flags = server.variables(path_in="self")["MAKEFLAGS"]
        command = ["sh", "-c", f"exec 3<>{flags.partition('fifo:')[2]}"]
        done = run_inside(inside, lambda: subprocess.run(command, close_fds=False, check=False))
    assert done.returncode == 0


def test_a_package_can_be_exempted(
    probe: Probe, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls = world.packages.package_class("mini.prober")
    monkeypatch.setattr(cls, "build_sandbox", False, raising=False)
    assert probe(f"touch {world.directory}/outside") == (0, "")


def test_compiled_packages_are_built_in_a_sandbox(world: World, settings: SandboxSettings) -> None:
    spec = package("answer")
    report = world.installer(sandbox=settings).install([spec])
    assert "answer" in names(report.installed)
    assert Path(world.store.prefix(spec), "lib", "libanswer.so").exists()


def test_a_kernel_without_landlock_is_told_where_a_sandbox_is_required(
    world: World, settings: SandboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 1)
    monkeypatch.setenv("PROBE", "true")
    world.installer(sandbox=settings._replace(when="auto")).install([prober()])
    with pytest.raises(InstallFailedError, match="cannot rename files between directories"):
        world.installer(sandbox=settings).install([package("masked", compiled=False)])


def test_refused_files_of_a_log(tmp_path: Path) -> None:
    (tmp_path / "zlib-1.3-abc" / ".spack").mkdir(parents=True)
    owner = f"{tmp_path}/zlib-1.3-abc"
    log = f"""\
cat: {owner}/include/zlib.h: Permission denied
PermissionError: [Errno 13] Permission denied: '{owner}/lib/libz.so'
cat: {owner}/include/zlib.h: Permission denied
cat: {owner}/include/other.h: No such file or directory
cat: /root/x: Permission denied
"""
    assert refused(log, [str(tmp_path)]) == [
        (f"{owner}/include/zlib.h", owner),
        (f"{owner}/lib/libz.so", owner),
    ]
