"""An install that is interrupted or killed: nothing half-built is listed, the next run finishes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance


def wait_for_sleeper(instance: Instance) -> Path:
    """Wait until the recipe of ``sleeper`` has installed its first file."""
    for _ in range(600):
        for path in instance.state.glob("opt/spack/*/sleeper-*/begun"):
            return path.parent
        time.sleep(0.05)
    raise AssertionError("sleeper was not begun")


def finished(instance: Instance, tmp_path: Path) -> None:
    """Install once more and see that everything is whole."""
    awake = tmp_path / "awake"
    awake.touch()
    variables = {"SLEEPER_WAKES": str(awake)}
    instance.ok("install", "--dirty", "sleeper", variables=variables)
    assert {"answer", "asker", "sleeper"} <= set(instance.installed())
    prefix = Path(instance.ok("location", "-i", "sleeper").strip())
    assert (prefix / "finished").exists()
    asker = Path(instance.ok("location", "-i", "asker").strip())
    assert subprocess.check_output([str(asker / "bin" / "asker")]) == b"the answer is 42\n"
    again = instance.ok("install", "--dirty", "sleeper", variables=variables)
    assert "Building" not in again


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_a_build(
    signal_number: signal.Signals, instance: Instance, tmp_path: Path
) -> None:
    process = instance.start("install", "sleeper")
    prefix = wait_for_sleeper(instance)
    os.kill(process.pid, signal_number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode not in (0, 70)
    assert "Traceback" not in output
    assert instance.installed().count("sleeper") == 0
    assert not prefix.exists()
    finished(instance, tmp_path)


def test_control_c_reaches_the_whole_group(instance: Instance, tmp_path: Path) -> None:
    process = instance.start("install", "sleeper")
    wait_for_sleeper(instance)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Error: interrupted" in output
    assert "Traceback" not in output
    finished(instance, tmp_path)


def test_killed_during_a_build(instance: Instance, tmp_path: Path) -> None:
    process = instance.start("install", "sleeper")
    wait_for_sleeper(instance)
    process.kill()
    process.communicate()
    assert "sleeper" not in instance.installed()
    assert "asker" in instance.installed()
    finished(instance, tmp_path)


@pytest.mark.parametrize("moment", [0.1, 0.3, 0.5, 0.7, 0.9, 1.2])
def test_killed_at_some_moment(moment: float, instance: Instance, tmp_path: Path) -> None:
    process = instance.start("install", "sleeper")
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    for name in instance.installed():
        prefix = Path(instance.ok("location", "-i", "--first", name).strip())
        assert (prefix / ".spack" / "spec.json").exists()
    assert "sleeper" not in instance.installed()
    finished(instance, tmp_path)


def test_two_installs_at_once(instance: Instance, tmp_path: Path) -> None:
    first = instance.start("install", "asker")
    second = instance.start("install", "asker", "answer@1.0")
    outputs = [process.communicate(timeout=120)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert instance.installed().count("asker") == 1
    assert instance.installed().count("answer") == 2
