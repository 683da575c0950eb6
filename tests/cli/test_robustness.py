"""Every command of the catalogue when things go wrong: one line, the right exit code.

Interruptions and closed pipes are handled by the frame for all commands alike, so they are tried
with commands that print or wait; wrong arguments and broken files are tried with every command.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.end_to_end.small_instance import Instance

from spack.cli.catalogue import COMMANDS
from spack.cli.main import main

#: Words that make a command do something with configuration, where it needs any.
SAMPLE: dict[str, tuple[str, ...]] = {
    "config": ("get",),
    "env": ("list",),
    "compiler": ("list",),
    "find": (),
    "location": ("-S",),
    "list": (),
    "spec": ("answer",),
    "install": ("answer",),
    "clean": (),
    "gc": (),
    "graph": ("answer",),
    "verify": ("versions",),
    "reindex": (),
    "fetch": ("answer",),
}


def called(*words: str) -> tuple[int, str]:
    """Exit code and errors of a command in this process, which is quick enough for all."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        code = main(list(words))
    return code, errors.getvalue()


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"python", "unit-test"}))
def test_an_option_that_does_not_exist(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACK_STATE_DIR", str(tmp_path))
    code, errors = called(name, "--no-such-option-at-all")
    assert code == 2, errors
    assert errors.startswith("Error: ") and errors.count("Error: ") == 1
    assert "Traceback" not in errors and len(errors.splitlines()) <= 2


@pytest.mark.parametrize("name", sorted(SAMPLE))
def test_a_configuration_file_that_is_broken(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACK_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("SPACK_DISABLE_LOCAL_CONFIG", "1")
    folder = tmp_path / "etc" / "spack"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("config: {build_jobs: [\n")
    code, errors = called(name, *SAMPLE[name])
    assert code == 1, errors
    assert "config.yaml:" in errors and errors.startswith("Error: ")
    assert "Traceback" not in errors


@pytest.mark.parametrize("name", sorted(SAMPLE))
def test_a_configuration_file_that_cannot_be_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACK_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("SPACK_DISABLE_LOCAL_CONFIG", "1")
    # A directory in the place of the file: that stops root too.
    (tmp_path / "etc" / "spack" / "config.yaml").mkdir(parents=True)
    code, errors = called(name, *SAMPLE[name])
    assert code == 1, errors
    assert "config.yaml" in errors and errors.count("Error: ") == 1
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "words", [("help", "--all"), ("find",), ("config", "blame"), ("commands", "--format", "rst")]
)
def test_output_that_cannot_be_written(words: tuple[str, ...], built: Instance) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [str(Path(__file__).parents[2] / "bin" / "spack"), *words],
            env=built.variables,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert result.returncode == 1
    assert result.stderr == "Error: No space left on device\n"


@pytest.mark.parametrize(
    "words", [("help", "--all"), ("find",), ("config", "blame"), ("commands", "--format", "bash")]
)
def test_a_reader_that_goes_away(words: tuple[str, ...], built: Instance) -> None:
    process = subprocess.Popen(
        [str(Path(__file__).parents[2] / "bin" / "spack"), *words],
        env=built.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize("words, code", [("find", 0), ("spec answer", 0), ("find sleeper", 1)])
def test_streams_that_are_closed(words: str, code: int, closed: str, built: Instance) -> None:
    launcher = Path(__file__).parents[2] / "bin" / "spack"
    result = subprocess.run(
        ["sh", "-c", f"'{launcher}' {words} {closed}"],
        env=built.variables,
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == code
    assert "Traceback" not in result.stderr


def limit_files() -> None:
    """No file may grow beyond some bytes, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@pytest.mark.parametrize(
    "words",
    [
        ("env", "create", "e"),
        ("config", "add", "config:build_jobs:3"),
        ("mirror", "add", "m", "/" + "x" * 200),
        ("commands", "--update", "file", "--format", "bash"),
        ("graph", "--svg", "-o", "file", "--static", "compiler-wrapper"),
    ],
    ids=lambda words: words[0],
)
def test_a_disk_that_is_full(words: tuple[str, ...], tmp_path: Path, root: Path) -> None:
    (tmp_path / "cwd").mkdir()
    result = subprocess.run(
        [str(root / "bin" / "spack"), *words],
        cwd=str(tmp_path / "cwd"),
        env={**os.environ, "SPACK_STATE_DIR": str(tmp_path), "SPACK_DISABLE_LOCAL_CONFIG": "1"},
        preexec_fn=limit_files,
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode in (0, 1), result.stderr
    assert "Traceback" not in result.stderr and "internal error" not in result.stderr
    if result.returncode:
        errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, result.stderr


@pytest.mark.parametrize("words", [("install", "sleeper"), ("install", "--fail-fast", "sleeper")])
def test_an_interruption(words: tuple[str, ...], instance: Instance) -> None:
    process = instance.start(*words)
    deadline = time.monotonic() + 120
    while not list(instance.state.glob("opt/spack/**/begun")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 130, shown
    assert "Traceback" not in shown
    assert "sleeper" not in instance.installed()


def test_an_interruption_before_anything_happens(spack: Run, root: Path, tmp_path: Path) -> None:
    """Also while modules are loaded there is no traceback."""
    for delay in (0.05, 0.07, 0.09):
        process = subprocess.Popen(
            [str(root / "bin" / "spack"), "list"],
            env={**os.environ, "SPACK_STATE_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (130, -signal.SIGINT, 0), errors
        assert "Traceback" not in errors


def test_errors_that_nobody_can_read_do_not_change_the_exit_code(root: Path) -> None:
    launcher = root / "bin" / "spack"
    with open("/dev/full", "w") as full:
        assert subprocess.run([str(launcher), "nosuch"], stderr=full).returncode == 2
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert subprocess.run([str(launcher), "nosuch"], stderr=writer).returncode == 2
    finally:
        os.close(writer)
