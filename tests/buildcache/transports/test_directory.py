"""Caches in directories: whole files only, nothing outside, what is refused and why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spack.buildcache.transports.directory import UNFINISHED, DirectoryTransport
from spack.buildcache.transports.port import Transport, UploadError
from spack.errors import NotFoundError
from spack.sources.fetching.retries import DownloadError


@pytest.fixture
def cache(tmp_path: Path) -> Transport:
    """An empty cache."""
    return DirectoryTransport(str(tmp_path / "cache"))


def put(cache: Transport, path: str, data: bytes) -> None:
    cache.upload(path, data, media_type="text/plain")


def test_bytes_and_files_come_back(cache: Transport, tmp_path: Path) -> None:
    source = tmp_path / "file"
    source.write_bytes(b"x" * 3_000_000)
    put(cache, "v3/a.json", b"{}")
    cache.upload("blobs/b", str(source), media_type="application/x")
    assert cache.read("v3/a.json", limit=2) == b"{}"
    cache.download("blobs/b", str(tmp_path / "copy"), size=3_000_000)
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()
    assert not (tmp_path / "copy.part").exists()
    assert cache.read_part("blobs/b", 2_999_999, 5) == b"x"
    local = cache.local_file("v3/a.json")
    assert local is not None and Path(local).read_bytes() == b"{}"


def test_more_bytes_than_allowed_are_refused(cache: Transport, tmp_path: Path) -> None:
    put(cache, "a", b"1234")
    with pytest.raises(DownloadError, match="more than 3 bytes"):
        cache.read("a", limit=3)
    for size in (3, 5):
        with pytest.raises(DownloadError, match=f"has 4 bytes, expected {size}"):
            cache.download("a", str(tmp_path / "copy"), size=size)
    assert not (tmp_path / "copy").exists()


def test_absent_files_and_other_kinds(cache: Transport, tmp_path: Path) -> None:
    put(cache, "d/a", b"1")
    os.mkfifo(tmp_path / "cache" / "pipe")
    for path in ("b", "d", "d/a/c", "pipe"):
        with pytest.raises(NotFoundError):
            cache.read(path, limit=10)
    assert cache.exists(["b", "d", "d/a", "d/a/c", "pipe"]) == {"d/a"}


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a//b", "a/../b", ".", "", "a\nb", "a\\b"])
def test_nothing_outside_is_touched(cache: Transport, tmp_path: Path, path: str) -> None:
    (tmp_path / "x").write_text("secret")
    with pytest.raises(NotFoundError):
        cache.read(path, limit=100)
    with pytest.raises(NotFoundError):
        put(cache, path, b"1")
    with pytest.raises(NotFoundError):
        cache.delete(path)
    assert cache.exists([path]) == set()
    assert (tmp_path / "x").read_text() == "secret"


def test_content_is_read_again_only_when_it_changed(cache: Transport) -> None:
    put(cache, "a", b"1")
    first = cache.read_changed("a", "", limit=10)
    assert first is not None and first.data == b"1"
    assert cache.read_changed("a", first.tag, limit=10) is None
    put(cache, "a", b"2")
    second = cache.read_changed("a", first.tag, limit=10)
    assert second is not None and second.data == b"2"


def test_listing_and_removal(cache: Transport) -> None:
    for path in ("v3/a", "v3/b/c", "other"):
        put(cache, path, b"1")
    assert set(cache.list("")) == {"v3/a", "v3/b/c", "other"}
    assert set(cache.list("v3/b")) == {"v3/b/c"}
    assert list(cache.list("none")) == []
    cache.delete("v3/a")
    cache.delete("v3/a")
    assert set(cache.list("v3/")) == {"v3/b/c"}


def test_permissions_are_said(cache: Transport, tmp_path: Path) -> None:
    put(cache, "a", b"1")
    (tmp_path / "cache" / "f").write_text("")
    with pytest.raises(UploadError):
        put(cache, "f/a", b"1")


_PUSHER = """
import sys
sys.path.insert(0, sys.argv[1])
from spack.buildcache.transports.directory import DirectoryTransport
cache = DirectoryTransport(sys.argv[2])
print("ready", flush=True)
number = 0
while True:
    number = (number + 1) % 10
    cache.upload("a", str(number).encode() * 1_000_000, media_type="x")
"""


def test_readers_see_whole_files_while_pushers_are_killed(cache: Transport, tmp_path: Path) -> None:
    library = str(Path(__file__).parents[3] / "lib" / "spack")
    command = [sys.executable, "-c", _PUSHER, library, str(tmp_path / "cache")]
    put(cache, "a", b"0" * 1_000_000)
    for delay in (0.01, 0.03, 0.05, 0.08):
        pushers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
        for pusher in pushers:
            assert pusher.stdout is not None and pusher.stdout.readline() == b"ready\n"
        end = time.monotonic() + delay
        while time.monotonic() < end:
            data = cache.read("a", limit=1_000_000)
            assert len(data) == 1_000_000 and data == data[:1] * 1_000_000
        for pusher in pushers:
            pusher.send_signal(signal.SIGKILL)
            pusher.wait()
            assert pusher.stdout is not None
            pusher.stdout.close()
        assert list(cache.list("")) == ["a"]


def test_old_leftovers_go_and_new_ones_stay(tmp_path: Path) -> None:
    unfinished = tmp_path / "cache" / UNFINISHED
    unfinished.mkdir(parents=True)
    (unfinished / "upload-old").write_text("half")
    (unfinished / "upload-new").write_text("half")
    os.utime(unfinished / "upload-old", (1, 1))
    put(DirectoryTransport(str(tmp_path / "cache")), "a", b"1")
    assert os.listdir(unfinished) == ["upload-new"]
