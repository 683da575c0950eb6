"""Programs called for real: arguments, variables, streams, failures, time limits."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spack.system.processes.children import descendants
from spack.system.processes.executables import (
    CommandNotFoundError,
    Executable,
    MakeExecutable,
    ProcessError,
    ProcessTimeoutError,
    which,
    which_string,
)
from spack.system.processes.jobserver import HeldJobs, JobServer
from spack.system.processes.variables import EnvironmentModifications
from spack.system.terminal import messages
from spack.system.terminal.output import Reporter


def program(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("name", "run", "path", "last"),
    [
        ("/a//b/./c", "/a/b/c", "/a/b/c", "c"),
        ("./foo", "./foo", "foo", "foo"),
        ("./a/b", "./a/b", "a/b", "b"),
        ("foo/", "foo", "foo", "foo"),
        ("a b", "a b", "a b", "a b"),
    ],
)
def test_names_are_normalised(name: str, run: str, path: str, last: str) -> None:
    exe = Executable(name)
    assert (exe.exe, exe.path, exe.name) == ([run], path, last)


def test_default_arguments_and_copies() -> None:
    exe = Executable("tar")
    exe.add_default_arg("-x", "-f")
    more = exe.with_default_args("-v")
    assert str(exe) == exe.command == "tar -x -f"
    assert more.exe == ["tar", "-x", "-f", "-v"]
    assert exe == exe.copy() and hash(exe) == hash(exe.copy()) and exe != more
    assert exe.returncode == 1


def test_captured_text_is_output_then_error(tmp_path: Path) -> None:
    exe = Executable(program(tmp_path / "x", "echo err >&2; echo out"))
    assert exe(output=str, error=str) == "out\nerr\n"
    assert exe(output=str, error=os.devnull) == "out\n"
    assert exe(output=os.devnull, error=str) == "err\n"
    assert exe(output=os.devnull, error=os.devnull) is None
    assert exe.returncode == 0


def test_capture_and_pass_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exe = Executable(program(tmp_path / "x", "echo out; echo err >&2"))
    assert exe(output=str.split, error=str.split) == "out\nerr\n"
    said = capsys.readouterr()
    assert (said.out, said.err) == ("out\n", "err\n")


def test_files_and_streams(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("hello")
    out = tmp_path / "out"
    out.write_text("x" * 100)
    Executable("cat")(input=str(tmp_path / "in"), output=str(out))
    assert out.read_text() == "hello"
    with open(tmp_path / "in", "rb") as source, open(out, "wb") as target:
        Executable("cat")(input=source, output=target)
    assert out.read_text() == "hello"


def test_input_cannot_be_captured() -> None:
    with pytest.raises(ValueError, match="input"):
        Executable("cat")(input=str)


def test_undecodable_output_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnicodeDecodeError):
        Executable(program(tmp_path / "x", "printf '\\377'"))(output=str)


def test_failure_tells_the_command_and_what_it_said(tmp_path: Path) -> None:
    exe = Executable(program(tmp_path / "x", "echo told; echo why >&2; exit 3"))
    with pytest.raises(ProcessError, match="3") as caught:
        exe("a b", output=str, error=str)
    assert exe.returncode == 3
    long = caught.value.long_message
    assert long is not None and "'a b'" in long and "told\nwhy" in long
    assert exe(fail_on_error=False, output=str, error=os.devnull) == "told\n"
    exe(ignore_errors=3, output=os.devnull, error=os.devnull)
    exe(ignore_errors=[1, 3], output=os.devnull, error=os.devnull)


def test_a_program_that_does_not_exist_always_raises() -> None:
    exe = Executable("/no such/program")
    with pytest.raises(ProcessError, match="No such file") as caught:
        exe(fail_on_error=False)
    assert "contains a space" in str(caught.value)


def test_time_limit_ends_the_whole_tree(tmp_path: Path) -> None:
    exe = Executable(program(tmp_path / "x", "echo first; sleep 600 & wait"))
    with pytest.raises(ProcessTimeoutError):
        exe(timeout=0.5, output=str)
    assert descendants(os.getpid()) == []
    assert exe(timeout=0.5, output=str, fail_on_error=False) == "first\n"


def environment(exe: Executable, **kwargs: object) -> dict[str, str]:
    text: str | None = exe(output=str, **kwargs)  # type: ignore[arg-type]
    assert text is not None
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_order_of_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_PROCESS", "1")
    exe = Executable("/usr/bin/env")
    mods = EnvironmentModifications()
    mods.set("A", "mods")
    mods.set("B", "mods")
    exe.add_default_envmod(mods)
    exe.add_default_env("B", "default")
    exe.add_default_env("C", "default")
    seen = environment(exe, extra_env={"C": "extra"})
    assert (seen["FROM_PROCESS"], seen["A"], seen["B"], seen["C"]) == (
        "1",
        "mods",
        "default",
        "extra",
    )
    seen = environment(exe, env={"B": "env", "D": "env"}, extra_env=mods)
    assert seen["D"] == "env" and seen["B"] == "mods" and "FROM_PROCESS" not in seen


def test_quoted_arguments_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    errors = io.StringIO()
    with messages.reporting(Reporter(errors=errors)):
        Executable("true")("'x'")
        assert "quotes" in errors.getvalue()
        errors.truncate(0)
        Executable("true")("'x'", ignore_quotes=True)
    assert "quotes" not in errors.getvalue()


def test_which_takes_names_before_directories(tmp_path: Path) -> None:
    first = program(tmp_path / "1" / "b", "")
    second = program(tmp_path / "2" / "a", "")
    path = [str(tmp_path / "1"), str(tmp_path / "2")]
    assert which_string("a", "b", path=path) == second
    assert which_string("b", "a", path=os.pathsep.join(path)) == first
    (tmp_path / "1" / "data").write_text("")
    assert which_string("data", path=path) is None
    assert which_string(second) == second
    found = which("b", path=path)
    assert found is not None and found.path == first


def test_which_tries_the_current_directory_for_a_dot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "tool", "")
    monkeypatch.chdir(tmp_path)
    assert which_string("tool", path="") is None
    found = which("./tool", path="")
    assert found is not None
    found()


def test_required_program_that_is_missing() -> None:
    with pytest.raises(CommandNotFoundError, match="nothing-1") as caught:
        which("nothing-1", "nothing-2", required=True, path="/nowhere")
    assert not isinstance(caught.value, ProcessError)


@pytest.fixture
def tool(tmp_path: Path) -> str:
    return program(tmp_path / "make", 'echo "$@" jobs=$NUMBER $OTHER')


def test_make_says_how_many_jobs(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    make = MakeExecutable(tool, jobs=4)
    assert make("all", output=str) == "-j4 all jobs=\n"
    assert make("all", parallel=False, output=str) == "-j1 all jobs=\n"
    assert make(jobs_env="NUMBER", output=str) == "-j4 jobs=4\n"
    assert make(jobs_env="NUMBER", extra_env={"OTHER": "o"}, output=str) == "-j4 jobs=4 o\n"
    assert MakeExecutable(tool, jobs=1)(output=str) == "-j1 jobs=\n"
    monkeypatch.setenv("SPACK_NO_PARALLEL_MAKE", "true")
    assert make("all", output=str) == "-j1 all jobs=\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JobServer]:
    """A job server of eight jobs that ``MAKEFLAGS`` names."""
    with JobServer.create(8) as made:
        monkeypatch.setenv("MAKEFLAGS", made.variables()["MAKEFLAGS"])
        yield made


def test_make_is_silent_below_a_job_server(tool: str, server: JobServer) -> None:
    make = MakeExecutable(tool, jobs=4)
    assert make("all", output=str) == "all jobs=\n"
    assert make(jobs_env="NUMBER", output=str) == "jobs=8\n"
    assert make(jobs_env="NUMBER", jobs_env_supports_jobserver=True, output=str) == "jobs=\n"


def test_make_is_told_a_number_where_the_job_server_is_gone(
    tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outer make closes its pipe, and still names it, without a ``+`` before the command."""
    monkeypatch.setenv("MAKEFLAGS", " -j8 --jobserver-auth=913,914")
    assert MakeExecutable(tool, jobs=4)("all", output=str) == "-j4 all jobs=\n"


def test_a_tool_that_takes_no_part_runs_with_jobs_that_are_taken_for_it(
    tool: str, server: JobServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeldJobs, "PATIENCE", 0.01)
    old = MakeExecutable(tool, jobs=4, supports_jobserver=False)
    assert old("all", output=str) == "-j8 all jobs=\n", "all are free"
    assert server.acquire_many(2, 2, 0) == 2
    assert old("all", output=str) == "-j6 all jobs=\n"
    assert old("all", parallel=False, output=str) == "-j1 all jobs=\n"
    assert server.acquire_many(3, 3, 0) == 3
    assert old("all", jobs_env="NUMBER", output=str) == "-j3 all jobs=3\n", "no more than it got"
    assert server.acquire_many(9, 9, 0) == 2, "everything was given back"
    assert old("all", output=str) == "-j1 all jobs=\n"


def test_a_number_in_a_variable_is_of_jobs_that_are_taken(
    tool: str, server: JobServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeldJobs, "PATIENCE", 0.01)
    make = MakeExecutable(tool, jobs=4)
    assert server.acquire_many(6, 6, 0) == 6
    assert make(jobs_env="NUMBER", output=str) == "jobs=2\n"
    assert make(jobs_env="NUMBER", parallel=False, output=str) == "-j1 jobs=1\n"
    assert server.acquire_many(9, 9, 0) == 1


def test_ninja_finds_the_job_server_by_a_path(tmp_path: Path, server: JobServer) -> None:
    ninja = program(tmp_path / "ninja", 'echo "$@" $MAKEFLAGS; [ -p "${MAKEFLAGS##*fifo:}" ]')
    said = MakeExecutable(ninja, jobs=4)("all", output=str)
    assert said is not None and said.startswith("all -j8 --jobserver-auth=fifo:/")


def test_descriptors_are_inherited() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    code = f"import os; os.write({writer}, b'x')"
    Executable(sys.executable)("-c", code)
    os.close(writer)
    assert os.read(reader, 10) == b"x"
    os.close(reader)
