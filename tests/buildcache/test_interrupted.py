"""Pushes and installations whose process is killed at any step, and pushes of one spec at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from tests.buildcache.caches import APP, LIB, cache_in, pull, push_all, store_with

from spack.buildcache import unpacking
from spack.buildcache.caches import BinaryCache, offer_of, without_keys
from spack.buildcache.layout import SPEC_MANIFESTS
from spack.buildcache.upkeep import read_manifests
from spack.errors import NotFoundError, SpackError
from spack.store.store import Store


def in_child(work: Callable[[], object]) -> int:
    """Run something in a child; the number of the signal that ended it, else its exit code."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


class Killer:
    """Calls a function, and ends this process before its n-th call."""

    def __init__(self, number: int, function: Callable[..., object]) -> None:
        self.left = number
        self.function = function

    def __call__(self, *words: object, **named: object) -> object:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.function(*words, **named)


def calls(work: Callable[[int], int]) -> Iterator[int]:
    """Kill at the first call, the second … until the work comes to its end."""
    for number in range(1, 100):
        ended = work(number)
        if ended == 0:
            return
        assert ended == signal.SIGKILL
        yield number


def whole(cache: BinaryCache) -> bool:
    """Whether every manifest that is there has its blobs."""
    manifests = read_manifests(cache, cache.transport.list(SPEC_MANIFESTS))
    blobs = set()
    for manifest in manifests.values():
        assert not isinstance(manifest, SpackError)
        blobs |= {blob.path for blob in manifest.blobs}
    return cache.transport.exists(blobs) == blobs


def test_a_push_that_is_killed_leaves_no_half_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_with(tmp_path / "store", LIB, APP)
    real = os.replace

    def work(number: int) -> int:
        monkeypatch.setattr(os, "replace", Killer(number, real))
        ended = in_child(lambda: push_all(store, cache_in(tmp_path / f"{number}"), LIB, APP))
        monkeypatch.setattr(os, "replace", real)
        return ended

    killed = list(calls(work))
    assert killed == [1, 2, 3, 4, 5, 6, 7]  # the layout, then three files of each package
    for number in killed:
        cache = cache_in(tmp_path / f"{number}")
        assert whole(cache)
        assert [pushed.error for pushed in push_all(store, cache, LIB, APP)] == [None, None]
        assert whole(cache)
    assert pull(Store(str(tmp_path / "other")), cache_in(tmp_path / "4"), LIB, tmp_path).is_dir()


def test_an_installation_that_is_killed_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_all(store_with(tmp_path / "store", LIB), cache := cache_in(tmp_path / "cache"), LIB)
    there = tmp_path / "other"
    real = unpacking._write

    def work(number: int) -> int:
        monkeypatch.setattr(unpacking, "_write", Killer(number, real))
        ended = in_child(lambda: pull(Store(str(there)), cache, LIB, tmp_path / "scratch"))
        monkeypatch.setattr(unpacking, "_write", real)
        return ended

    killed = 0
    for _ in calls(work):
        killed += 1
        store = Store(str(there))
        assert not store.is_installed(LIB)
        store.recover()
        assert not os.path.exists(store.layout.prefix(LIB))
    assert killed >= 4
    assert Store(str(there)).is_installed(LIB)


def test_one_spec_may_be_pushed_by_several_at_once(tmp_path: Path) -> None:
    store = store_with(tmp_path / "store", LIB, APP)
    cache = cache_in(tmp_path / "cache")
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            done = push_all(store, cache, LIB, APP)
            os._exit(any(pushed.error for pushed in done))
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert whole(cache)
    assert offer_of(cache, APP, without_keys).spec == APP
    with pytest.raises(NotFoundError):
        offer_of(cache_in(tmp_path / "nothing"), APP, without_keys)
