"""Stages that somebody works in stay, whoever it is and wherever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spack.sources.stage import remove_all_stages, remove_stages
from spack.sources.stage_use import DIRECTORY, StageUse, without_users

NAME = "spack-stage-a-1.0-hash"


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    directory = tmp_path / "stages" / NAME
    (directory / "spack-src").mkdir(parents=True)
    (directory / "spack-src" / "work").write_text("of a day")
    return directory


@pytest.fixture
def sleeper() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def left(stage: Path) -> str:
    """The users of the stage that clean leaves, as it tells; empty if clean removes it."""
    found = remove_all_stages(str(stage.parent))
    assert (found.removed == (NAME,)) != stage.exists()
    return found.left[0][1] if found.left else ""


def test_a_stage_that_nobody_works_in_goes(stage: Path) -> None:
    assert left(stage) == ""


def test_a_build_of_any_instance(stage: Path) -> None:
    use = StageUse(str(stage.parent), NAME)
    assert f"process {os.getpid()}" in left(stage)
    use.end()
    assert left(stage) == ""


def test_a_process_that_was_killed_works_in_nothing(stage: Path) -> None:
    code = (
        "import os, sys; sys.path[:0] = sys.argv[3:]\n"
        "from spack.sources.stage_use import StageUse\n"
        "use = StageUse(*sys.argv[1:3]); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(stage.parent), NAME, *sys.path])
    assert [name for name in os.listdir(stage.parent / DIRECTORY) if "@" in name]
    assert left(stage) == ""
    assert os.listdir(stage.parent / DIRECTORY) == ["lock"]


def test_another_machine(stage: Path) -> None:
    mark = stage.parent / DIRECTORY / f"{NAME}@node17@4711"
    mark.parent.mkdir()
    mark.touch()
    assert left(stage).startswith("process 4711 of node17; ")
    assert left(stage).endswith(f"remove {mark}")
    mark.unlink()
    assert left(stage) == ""


@pytest.mark.parametrize("way", ["ended", "killed"])
def test_a_process_of_another_host(
    way: str, stage: Path, sleeper: list[subprocess.Popen[bytes]]
) -> None:
    """One root, two identities: the one that works there ends, or is killed."""
    code = (
        "import sys; sys.path[:0] = sys.argv[3:]\n"
        "from spack.sources import stage_use\n"
        "stage_use._host = lambda: 'node17'\n"
        "use = stage_use.StageUse(*sys.argv[1:3])\n"
        "print(flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", code, str(stage.parent), NAME, *sys.path]
    other = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    sleeper.append(other)
    assert other.stdin is not None and other.stdout is not None
    other.stdout.readline()
    assert f"process {other.pid} (" in left(stage)
    if way == "killed":
        other.kill()
    other.stdin.close()
    other.wait()
    other.stdout.close()
    if way == "killed":
        assert left(stage).startswith(f"process {other.pid} of node17; ")
    else:
        assert left(stage) == ""


def test_a_shell_in_the_stage(stage: Path, sleeper: list[subprocess.Popen[bytes]]) -> None:
    sleeper.append(subprocess.Popen(["sleep", "1000"], cwd=stage / "spack-src"))
    assert f"process {sleeper[0].pid}" in left(stage)


def test_an_editor_of_a_file_in_the_stage(
    stage: Path, sleeper: list[subprocess.Popen[bytes]]
) -> None:
    with open(stage / "spack-src" / "work") as stream:
        sleeper.append(subprocess.Popen(["sleep", "1000"], stdin=stream))
    assert "work open" in left(stage)


def test_a_root_that_is_a_link(stage: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(stage.parent)
    with open(stage / "spack-src" / "work"):
        assert remove_stages(str(tmp_path / "link"), [NAME]).removed == ()


def test_two_builds_of_one_stage_wait_for_each_other(stage: Path) -> None:
    said: list[str] = []
    first = StageUse(str(stage.parent), NAME)
    first.alone(said.append)
    assert said == []
    with without_users(str(stage.parent), NAME, []) as user:
        assert str(os.getpid()) in user

    def say(text: str) -> None:
        said.append(text)
        first.end()

    second = StageUse(str(stage.parent), NAME)
    second.alone(say)
    assert said[0].startswith(f"Waiting for process {os.getpid()}")
    with without_users(str(stage.parent), NAME, []) as user:
        assert str(os.getpid()) in user
