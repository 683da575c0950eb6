"""Locks between objects, threads and processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Callable

import pytest

from spack.system.files import locks
from spack.system.files.locks import Lock, LockError, LockTimeoutError

SOURCE = str(Path(locks.__file__).parents[3])

HOLDER = """
import sys
from spack.system.files.locks import Lock
lock = Lock(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
getattr(lock, "acquire_" + sys.argv[4])()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "sub" / "lock")


def holder(path: str, start: int, length: int, how: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path, str(start), str(length), how],
        env={**os.environ, "PYTHONPATH": SOURCE},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    return child


def is_taken(acquire: Callable[[float], None]) -> bool:
    """Whether a lock could be taken at once."""
    try:
        acquire(0)
    except LockTimeoutError:
        return False
    return True


def test_objects_exclude_each_other(path: str) -> None:
    first, second = Lock(path), Lock(path, timeout=0)
    with first.exclusive():
        assert first.held and not is_taken(second.acquire_exclusive)
        assert not is_taken(second.acquire_shared)
        assert not second.held
    with first.shared(), second.shared():
        assert not is_taken(second.acquire_exclusive) and second.held
    with second.exclusive():
        pass
    assert not first.held and not second.held


def test_ranges_are_independent(path: str) -> None:
    with Lock(path, 0, 1).exclusive(), Lock(path, 1, 1).exclusive():
        assert not is_taken(Lock(path, 0, 2).acquire_shared)
        with Lock(path, 2, 0, timeout=0).exclusive():
            pass
    far = (1 << 62) - 5
    with Lock(path, far, 1).exclusive():
        assert not is_taken(Lock(path, far, 1).acquire_shared)
        assert is_taken(Lock(path, far + 1, 1).acquire_shared)


def test_taking_again_counts(path: str) -> None:
    lock, other = Lock(path), Lock(path)
    with lock.exclusive():
        with lock.exclusive(), lock.shared():
            pass
        assert not is_taken(other.acquire_shared)
    assert is_taken(other.acquire_exclusive)
    other.release_exclusive()


def test_upgrade(path: str) -> None:
    lock, other = Lock(path), Lock(path)
    with lock.shared():
        with lock.exclusive():
            assert not is_taken(other.acquire_shared)
        assert is_taken(other.acquire_shared)
        with pytest.raises(LockTimeoutError):
            lock.acquire_exclusive(0)
        assert lock.held and not is_taken(other.acquire_exclusive)
        other.release_shared()


def test_releasing_what_is_not_held(path: str) -> None:
    lock = Lock(path)
    for release in (lock.release_shared, lock.release_exclusive):
        with pytest.raises(LockError, match="not held"):
            release()


def test_a_time_limit_names_the_holder(path: str) -> None:
    child = holder(path, 3, 1, "exclusive")
    lock = Lock(path, 3, 1, timeout=0.05, description="the package zlib")
    with pytest.raises(LockTimeoutError, match=r"the package zlib.*0\.05 seconds") as caught:
        lock.acquire_shared()
    assert str(child.pid) in str(caught.value) and "exclusively" in str(caught.value)
    assert [one.pid for one in lock.holders()] == [child.pid]
    assert Lock(path, 4, 1).holders() == [] and Lock(path + "x").holders() == []
    child.communicate()
    with lock.shared():
        assert lock.holders() == []


def test_a_holder_that_the_launcher_started_is_told_as_it_was_typed(path: str) -> None:
    """Without the text of the program that Python was given."""
    text = (
        "import fcntl, sys\nfile = open(sys.argv[4], 'a')\nfcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\nsys.stdin.read()\n"
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", text, "lib", "cache", "install", path]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8") as child:
        assert child.stdout is not None and child.stdout.readline() == "held\n"
        told = [one.command for one in Lock(path).holders()]
        child.communicate("")
    assert told == [f"spack install {path}"]


def test_a_killed_holder_sets_free(path: str) -> None:
    child = holder(path, 0, 0, "exclusive")
    child.kill()
    child.communicate()
    with Lock(path, timeout=5).exclusive():
        pass


def test_waiting_gets_the_lock(path: str) -> None:
    child = holder(path, 0, 0, "shared")
    lock = Lock(path)
    assert is_taken(lock.acquire_shared)
    lock.release_shared()
    taken: list[bool] = []

    def take() -> None:
        with Lock(path, timeout=30).exclusive():
            taken.append(True)

    thread = threading.Thread(target=take)
    thread.start()
    assert taken == []
    child.communicate()
    thread.join()
    assert taken == [True]


def test_threads_count_without_loss(path: str, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")

    def work() -> None:
        lock = Lock(path)
        for _ in range(20):
            with lock.exclusive():
                counter.write_text(str(int(counter.read_text()) + 1))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.read_text() == "80"


def test_a_replaced_file_is_noticed(path: str) -> None:
    first = Lock(path)
    first.acquire_exclusive()
    os.unlink(path)
    second = Lock(path)
    assert is_taken(second.acquire_exclusive)
    second.release_exclusive()
    first.release_exclusive()


def test_a_lock_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LockError, match="cannot be opened"):
        Lock(tmp_path / "file" / "lock").acquire_shared()
